import { unknownKindIn } from '../kube/failures.ts'
import { callTimeoutMs, getArgs, kubectlCommand, parseObjects } from '../kube/kubectl.ts'
import type { KubeObject } from '../kube/object.ts'
import { upkeepSelector } from '../kube/objects.ts'
import type { KubectlRef, StepContext } from '../plan/step.ts'
import { policyApiOf } from '../pods/policy-api.ts'
import { policyKinds } from '../pods/policy-state.ts'
import type { Ran } from '../ports/exec.ts'
import type { Problem } from '../problems/problem.ts'
import { assumesRoles } from '../roles/assume-says.ts'
import type { Upkeep } from './upkeep.ts'

// What the keepers of a cluster look at, read once a round for all of them: two calls of kubectl side by side, as a
// selector holds for all kinds of a call. What a call costs is the start of kubectl; a kind more is a few milliseconds.

type Context = Pick<StepContext, 'ports' | 'signal' | 'once'>
type Read = { readonly objects: readonly KubeObject[] } | { readonly problem: Problem }

/** What is in a cluster, whoever made it: namespaces, and of the other kinds those that the upkeep is about. */
export interface ClusterObjects {
  readonly objects: readonly KubeObject[]
  /** The API server has mutating admission policies. */
  readonly hasPolicies: boolean
}

type About = Pick<Upkeep, 'kubectl' | 'kubernetes' | 'images' | 'pods' | 'agent'>
type FoundObjects = ClusterObjects | { readonly problem: Problem }

/** One call of kubectl in a round, and another one where the API server runs without policies. */
export async function readClusterObjects(upkeep: About, context: Context): Promise<FoundObjects> {
  return context.once(keyOf(upkeep.kubectl, 'objects'), async () => readKinds([], upkeep, context))
}

/**
 * The same, and pods with their owners. Where it comes first in a round, that one call serves the others as well.
 */
export async function readClusterObjectsAndPods(upkeep: About, context: Context): Promise<FoundObjects> {
  const { kubectl } = upkeep
  const read = context.once(keyOf(kubectl, 'objects and pods'), async () =>
    readKinds(['Pod', 'ReplicaSet.apps', 'Job.batch'], upkeep, context),
  )
  await context.once(keyOf(kubectl, 'objects'), async () => read)
  return read
}

async function readKinds(
  more: readonly string[],
  { kubectl, kubernetes, images, pods, agent }: About,
  context: Context,
): Promise<FoundObjects> {
  const policies = policyApiOf(kubernetes) !== undefined
  const kinds = [
    'Namespace',
    // Roles of service accounts are told to a policy; without policies the accounts get the pull secret.
    ...(pods !== undefined || agent !== undefined || !policies ? ['ServiceAccount'] : []),
    // registry-creds is one.
    ...(images === undefined ? [] : ['Deployment.apps']),
    // The agent is one, and the few others of a cluster are small.
    ...(agent === undefined ? [] : ['DaemonSet.apps']),
    // Sessions of roles are asked for where a pod names the role; an annotation cannot be selected by.
    ...(agent !== undefined && assumesRoles(agent) && !more.includes('Pod') ? ['Pod'] : []),
    ...more,
  ]
  const first = await get(getArgs(policies ? [...kinds, ...policyKinds] : kinds), kubectl, context)
  // kubectl fails as a whole when the server does not know one of the kinds (recorded 023).
  const isUnknown = policies && first.exitCode !== 0 && unknownKindIn(first.stderr) !== undefined
  const parsed = parseObjects(isUnknown ? await get(getArgs(kinds), kubectl, context) : first, kubectl)
  return 'problem' in parsed ? parsed : { ...parsed, hasPolicies: policies && !isUnknown }
}

/**
 * The Secrets of this name, one in a namespace, ours and whatever others have made. Those of others are asked for, by
 * the name, only when one of these namespaces has none of ours.
 * @param ours what `readOurSecrets` gave.
 */
export async function readSecretsNamed(
  name: string,
  namespaces: readonly string[],
  ours: readonly KubeObject[],
  kubectl: KubectlRef,
  context: Context,
): Promise<Read> {
  const found = ours.filter(({ metadata }) => metadata.name === name)
  const has = new Set(found.map(({ metadata }) => metadata.namespace))
  return namespaces.every((namespace) => has.has(namespace))
    ? { objects: found }
    : readEverySecretNamed(name, kubectl, context)
}

/** All Secrets of this name, whoever made them. */
export async function readEverySecretNamed(
  name: string,
  kubectl: KubectlRef,
  context: Context,
): Promise<Read> {
  return context.once(keyOf(kubectl, `Secret ${name}`), async () => {
    const args = [...getArgs(['Secret']), '--field-selector', `metadata.name=${name}`]
    return parseObjects(await get(args, kubectl, context), kubectl)
  })
}

/** All Secrets that are kept fresh. */
export async function readOurSecrets(kubectl: KubectlRef, context: Context): Promise<Read> {
  const found = await readOurs(kubectl, context)
  return 'problem' in found ? found : { objects: found.objects.filter(({ kind }) => kind === 'Secret') }
}

/** All Secrets that are kept fresh, and ConfigMaps, of which the agent's mapping is one. */
export async function readOurs(kubectl: KubectlRef, context: Context): Promise<Read> {
  return context.once(keyOf(kubectl, 'Secrets'), async () => {
    const args = getArgs(['Secret', 'ConfigMap'], { selector: upkeepSelector })
    return parseObjects(await get(args, kubectl, context), kubectl)
  })
}

/** One ConfigMap, whoever made it. */
export async function readConfigMap(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  kubectl: KubectlRef,
  context: Context,
): Promise<Read> {
  return context.once(keyOf(kubectl, `ConfigMap ${namespace}/${name}`), async () => {
    const args = ['get', 'ConfigMap', name, '-n', namespace, '--ignore-not-found', '-o', 'json']
    return parseObjects(await get(args, kubectl, context), kubectl)
  })
}

async function get(args: readonly string[], kubectl: KubectlRef, { ports, signal }: Context): Promise<Ran> {
  const command = kubectlCommand(kubectl, args, { changes: false })
  return ports.exec.run(command, { timeoutMs: callTimeoutMs, signal })
}

const keyOf = ({ kubeconfig, context }: KubectlRef, what: string) =>
  `upkeep survey ${kubeconfig} ${context} ${what}`
