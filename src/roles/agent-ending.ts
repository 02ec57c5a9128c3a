import { classifyFailure } from '../kube/failures.ts'
import { getArgs, kubectlCommand, parseObjects } from '../kube/kubectl.ts'
import { type KubectlTarget, type KubeObject, keyOf } from '../kube/object.ts'
import { managedLabel, managedSelector, upkeepLabel, upkeepSelector } from '../kube/objects.ts'
import type { StepContext } from '../plan/step.ts'
import type { Change } from '../ports/event.ts'
import { routesLeft as routesLeftKind } from '../problems/agent.ts'
import { type Problem, problem } from '../problems/problem.ts'
import type { AgentUpkeep, Upkeep } from '../upkeep/upkeep.ts'
import { agentLabels, agentObjects } from './agent-objects.ts'
import { agentName, agentNamespace } from './names.ts'
import { removeRoutes, routesIn } from './routes.ts'

type Context = Pick<StepContext, 'ports' | 'signal'>

/** What of the agent is in a cluster, but for its Secret: that is among the keys. */
export interface AgentLeavings {
  /** In the order in which they are to go: the namespace last, and only when nothing of others is in it. */
  readonly objects: readonly KubeObject[]
  /** Rules and addresses in the nodes that run. */
  readonly routes: readonly Change[]
}

export const noAgent: AgentLeavings = { objects: [], routes: [] }

const kinds = [...new Set(agentObjects('').map(({ apiVersion, kind }) => resourceName(apiVersion, kind)))]

function resourceName(apiVersion: string, kind: string): string {
  const [group, version] = apiVersion.split('/')
  return version === undefined ? kind : `${kind}.${group}`
}

/**
 * Two calls of kubectl, one more where the namespace is there, and a `minikube ssh` for each node, side by side.
 * @param upkeep as it was recorded; undefined when the record cannot be read: objects are then looked for all the same.
 */
export async function agentLeavings(
  target: KubectlTarget,
  upkeep: Upkeep | undefined,
  context: Context,
): Promise<AgentLeavings | { readonly problem: Problem }> {
  if (upkeep !== undefined && upkeep.agent === undefined) return noAgent
  const [found, routes] = await Promise.all([
    objectsIn(target, context),
    upkeep?.agent === undefined ? [] : routesIn(upkeep.agent, context),
  ])
  return 'problem' in found ? found : { ...found, routes }
}

type Found = { readonly objects: readonly KubeObject[] } | { readonly problem: Problem }

async function objectsIn(target: KubectlTarget, context: Context): Promise<Found> {
  const [applied, told] = await Promise.all([
    labelledOurs(target, kinds, `${managedSelector},app.kubernetes.io/name=${agentName}`, context),
    labelledOurs(target, ['ConfigMap'], upkeepSelector, context),
  ])
  if ('problem' in applied) return applied
  if ('problem' in told) return told
  const found = [...applied.objects, ...told.objects].toSorted((a, b) => placeOf(a) - placeOf(b))
  if (!found.some(isNamespace)) return { objects: found }
  const mayGo = await holdsOursAlone(target, context)
  return { objects: mayGo ? found : found.filter((object) => !isNamespace(object)) }
}

async function labelledOurs(
  target: KubectlTarget,
  resources: readonly string[],
  selector: string,
  context: Context,
): Promise<Found> {
  const found = parseObjects(await get(target, getArgs(resources, { selector }), context), target)
  return 'problem' in found ? found : { objects: found.objects.filter((each) => order.includes(keyOf(each))) }
}

/** The program that runs, what it was told, what it may do; last the namespace. */
const order = agentObjects('')
  .map(keyOf)
  .toReversed()
  .toSpliced(1, 0, `ConfigMap ${agentNamespace}/${agentName}`)
const placeOf = (object: KubeObject) => order.indexOf(keyOf(object))

const isNamespace = ({ kind, metadata }: KubeObject) =>
  kind === 'Namespace' && metadata.name === agentNamespace

/** What a person may have put there: all that Kubernetes itself has for a namespace but Events and what follows others. */
const ofPersons = [
  'ConfigMap',
  'Secret',
  'Service',
  'ServiceAccount',
  'Pod',
  'PersistentVolumeClaim',
  'ResourceQuota',
  'LimitRange',
  'Role.rbac.authorization.k8s.io',
  'RoleBinding.rbac.authorization.k8s.io',
  'Ingress.networking.k8s.io',
  'NetworkPolicy.networking.k8s.io',
  'PodDisruptionBudget.policy',
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'Job.batch',
  'CronJob.batch',
]
/** In every namespace. */
const ofKubernetes = ['configmap/kube-root-ca.crt', 'serviceaccount/default']

/** By their names alone: what Secrets of others hold is nobody's business. Not to be told counts as no. */
async function holdsOursAlone(target: KubectlTarget, context: Context): Promise<boolean> {
  const [[label, name] = []] = Object.entries(agentLabels)
  const selector = `${label}!=${name},${managedLabel}!=true,${upkeepLabel}!=true`
  const args = ['get', ofPersons.join(','), '-n', agentNamespace, '-l', selector, '-o', 'name']
  const ran = await get(target, args, context)
  if (classifyFailure(ran, target) !== undefined) return false
  const names = ran.stdout.split(/\r?\n/).filter((line) => line !== '')
  return names.every((each) => ofKubernetes.includes(each))
}

/** Whoever stops a cluster does not wait for one that hangs. */
const lookTimeoutMs = 20_000

const get = async (target: KubectlTarget, args: readonly string[], { ports, signal }: Context) =>
  ports.exec.run(kubectlCommand(target, args, { changes: false }), { timeoutMs: lookTimeoutMs, signal })

/**
 * Takes the rules and the addresses out of the nodes. A node that is stopped or gone has none any more.
 * @returns the problem when a node that runs kept them, or does not say: DK5113.
 */
export async function endRoutes(
  agent: AgentUpkeep | undefined,
  context: Context,
): Promise<readonly Problem[]> {
  if (agent === undefined) return []
  const [first, ...others] = await removeRoutes(agent, context)
  if (first === undefined) return []
  const more = others.length === 0 ? '' : ` So did ${others.map(({ node }) => node).join(', ')}.`
  return [
    problem(routesLeftKind, {
      detail: `Node ${first.node} kept them: ${first.why}${more}`,
      next: [
        `minikube ssh -p ${agent.minikube.profile} -n ${first.node} -- sudo iptables -t nat -S PREROUTING`,
      ],
    }),
  ]
}
