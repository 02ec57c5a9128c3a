import { classifyFailure } from '../kube/failures.ts'
import { callTimeoutMs, kubectlCommand } from '../kube/kubectl.ts'
import { readLive, readNamed } from '../kube/live.ts'
import { resourceOf, titleOf } from '../kube/object.ts'
import { managedSelector } from '../kube/objects.ts'
import { workloadState } from '../kube/workloads.ts'
import type { Finding, KubectlRef, Runner, StepContext, Wants } from '../plan/step.ts'
import { DevK8sError, problem, type Problem } from '../problems/problem.ts'
import { agentForeign } from '../problems/roles.ts'
import { agentProblem, stuckPods } from '../roles/agent-trouble.ts'
import { agentName, agentNamespace } from '../roles/names.ts'
import { runner as objects } from './objects-applied.ts'

/**
 * The agent's objects are in the cluster and it answers on every node, before the first pod is given its address. How
 * long that may take is up to the image, 58 MB, which a node pulls once; not waited for is what the kubelet has given up.
 */
export const runner: Runner<'aws-agent.running'> = {
  lane: 'cluster',
  settleMs: 5 * 60_000,

  async check({ want, ...step }, context): Promise<Finding> {
    const applied = await objects.check({ ...step, kind: 'objects.applied', want }, context)
    if (isWaiting(applied)) return readiness(want.kubectl, applied, context)
    const foreign = await foreignProblem(want, applied, context)
    return foreign === undefined ? applied : { state: 'blocked', problem: foreign }
  },

  async apply({ want, ...step }, found, context) {
    await objects.apply({ ...step, kind: 'objects.applied', want }, found, context)
    const stuck = found.detail?.['stuck']
    await remakePods(want.kubectl, Array.isArray(stuck) ? stuck.map(String) : [], context)
  },
}

/** Of objects that have our names and not our label: nothing is applied then, since one call would change some of them. */
async function foreignProblem(
  { kubectl, objects: wanted }: Wants['aws-agent.running'],
  applied: Finding,
  { ports, signal }: StepContext,
): Promise<Problem | undefined> {
  const changes = 'changes' in applied ? (applied.changes ?? []) : []
  const lacking = new Set(changes.flatMap(({ field, effect }) => (effect === 'create' ? [field] : [])))
  const missing = wanted.filter((object) => lacking.has(titleOf(object)))
  if (missing.length === 0) return undefined
  // Beside those in the agent's namespace the ones of the whole cluster are read by the same call.
  const named = missing.map((object) => ({
    ...object,
    metadata: { namespace: agentNamespace, ...object.metadata },
  }))
  const found = await readNamed(ports.exec, kubectl, named, signal)
  if ('problem' in found) return found.problem
  const [first, ...others] = found.objects
  if (first === undefined) return undefined
  const { namespace, name } = first.metadata
  const where = namespace === undefined ? '' : ` --namespace ${namespace}`
  return problem(agentForeign, {
    detail: `Without the label ${managedSelector}: ${[first, ...others].map(titleOf).join(', ')}. Nothing of the agent was applied.`,
    next: [
      `kubectl --kubeconfig ${kubectl.kubeconfig} --context ${kubectl.context} get ${resourceOf(first)} ${name}${where} --output yaml`,
    ],
  })
}

/** All of it is there, and its pods are not ready everywhere. */
const isWaiting = ({ state, detail }: Finding): boolean =>
  state === 'ready' && Array.isArray(detail?.['waiting']) && detail['waiting'].length > 0

/** Why the agent's pods are not ready: one more call of kubectl. */
async function readiness(kubectl: KubectlRef, applied: Finding, context: StepContext): Promise<Finding> {
  const { ports, signal } = context
  const which = { namespace: agentNamespace }
  const read = await readLive(ports.exec, kubectl, ['DaemonSet.apps', 'Pod'], which, signal)
  if ('problem' in read) return { state: 'blocked', problem: read.problem }
  const daemonSet = read.objects.find(
    ({ kind, metadata }) => kind === 'DaemonSet' && metadata.name === agentName,
  )
  if (daemonSet === undefined) return applied
  const { isReady, workload, reasons } = workloadState(daemonSet, read.objects)
  if (isReady) return applied
  const nowMs = ports.clock.now()
  return {
    state: 'drifted',
    changes: [{ field: workload, to: `ready (now: ${reasons.join('; ')})`, effect: 'in-place' }],
    problem: agentProblem(reasons, read.objects, kubectl, nowMs),
    detail: { ...applied.detail, waiting: [...reasons], stuck: stuckPods(read.objects, nowMs) },
  }
}

/**
 * The kubelet tries again every 5 minutes what failed a few times; a new pod it tries at once, as when the network is
 * back or the image was loaded by hand.
 */
async function remakePods(
  kubectl: KubectlRef,
  names: readonly string[],
  context: StepContext,
): Promise<void> {
  if (names.length === 0) return
  const args = ['delete', 'pod', ...names, '-n', agentNamespace, '--ignore-not-found', '--wait=false']
  const command = kubectlCommand(kubectl, args, { changes: true })
  const { exec } = context.ports
  const ran = await exec.run(command, { timeoutMs: callTimeoutMs, signal: context.signal })
  const failure = classifyFailure(ran, kubectl)
  if (failure !== undefined) throw new DevK8sError(failure)
}
