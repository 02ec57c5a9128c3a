import { applyObjects } from '../kube/apply.ts'
import { callTimeoutMs, kubectlCommand } from '../kube/kubectl.ts'
import { readLive, readNamed } from '../kube/live.ts'
import type { KubeObject, KubectlTarget } from '../kube/object.ts'
import type { Ports } from '../ports/ports.ts'
import { DevK8sError, type Problem } from '../problems/problem.ts'
import { podRefused, podUndecided, type UnservedRegistry } from './pod-advice.ts'
import { hasPullSecret, type PodSight, proofLabel, pullPod, pullSecretName, readPullPod } from './pull-pod.ts'

export interface PodProofContext {
  readonly ports: Pick<Ports, 'exec' | 'clock' | 'hashing'>
  readonly signal: AbortSignal
  readonly kubectl: KubectlTarget
  readonly namespace: string
  readonly unserved?: UnservedRegistry
}

export interface PodOutcome {
  /** Whether the pod was given the pull secret. */
  readonly hasSecret: boolean
  readonly durationMs: number
  readonly problem?: Problem
}

/** A large image on a slow line. */
const deadlineMs = 5 * 60_000
const pauseMs = 1_000

/**
 * Lets a pod pull the image in the way that every pod of the namespace has, and removes it again, whatever happens.
 * @throws DevK8sError when the pod cannot be made, as in a namespace that is not there.
 */
export async function checkPodPull(image: string, context: PodProofContext): Promise<PodOutcome> {
  const { ports, kubectl, namespace, signal } = context
  const { clock } = ports
  const pod = pullPod(image, {
    name: nameFor(image, ports),
    namespace,
    seconds: deadlineMs / 1_000 + 60,
  })
  const started = clock.monotonic()
  try {
    await applyObjects(ports, kubectl, [pod], signal)
    const end = await untilDecided(pod, started + deadlineMs, context)
    const durationMs = clock.monotonic() - started
    const hasSecret = hasPullSecret(end.pod)
    if (end.sight.kind === 'pulled') return { hasSecret, durationMs }
    const problem =
      end.sight.kind === 'refused'
        ? podRefused(image, end.sight.message, {
            kubectl,
            namespace,
            hasSecret,
            isSecretThere: await isSecretThere(context),
            ...(context.unserved === undefined ? {} : { unserved: context.unserved }),
          })
        : podUndecided(end.sight.why, { kubectl, namespace, minutes: deadlineMs / 60_000 })
    return { hasSecret, durationMs, problem }
  } finally {
    await remove(pod, context)
  }
}

interface Seen {
  readonly pod: KubeObject | undefined
  readonly sight: PodSight
}

/** Asks until the pull has succeeded or failed, or the time is over. */
async function untilDecided(wanted: KubeObject, deadline: number, context: PodProofContext): Promise<Seen> {
  const { ports, signal } = context
  for (;;) {
    const pod = await podNow(wanted, context)
    const sight = readPullPod(pod, [])
    if (sight.kind === 'pulled') return { pod, sight }
    if (sight.kind !== 'waiting' || ports.clock.monotonic() >= deadline) {
      return { pod, sight: readPullPod(pod, await eventsNow(context)) }
    }
    await ports.clock.sleep(pauseMs, signal)
  }
}

async function podNow(
  wanted: KubeObject,
  { ports, kubectl, signal }: PodProofContext,
): Promise<KubeObject | undefined> {
  const live = await readNamed(ports.exec, kubectl, [wanted], signal)
  if ('problem' in live) throw new DevK8sError(live.problem)
  return live.objects[0]
}

/** They only say more of what the pod's status says already, so one does without. */
async function eventsNow({
  ports,
  kubectl,
  namespace,
  signal,
}: PodProofContext): Promise<readonly KubeObject[]> {
  const live = await readLive(ports.exec, kubectl, ['Event'], { namespace }, signal)
  return 'problem' in live ? [] : live.objects
}

/** Only whether it is there: what it holds is asked for by nobody who needs not. */
async function isSecretThere({ ports, kubectl, namespace, signal }: PodProofContext): Promise<boolean> {
  const args = ['get', 'secret', pullSecretName, '-n', namespace, '--ignore-not-found', '-o', 'name']
  const command = kubectlCommand(kubectl, args, { changes: false })
  const ran = await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal })
  return ran.exitCode === 0 && ran.stdout.trim() !== ''
}

/**
 * Also after an interruption, so with a signal of its own. With it go those that a killed run has left. What fails here
 * fails silently: the proof is made, and a pod that stays has ended by itself.
 */
async function remove({ metadata }: KubeObject, context: PodProofContext): Promise<void> {
  const { ports, kubectl, namespace } = context
  const { signal } = new AbortController()
  const selector = `${proofLabel}=true`
  const live = await readLive(ports.exec, kubectl, ['Pod'], { selector, namespace }, signal)
  const others = 'problem' in live ? [] : live.objects.filter((pod) => isLeft(pod, ports.clock.now()))
  const names = [...new Set([metadata.name, ...others.map((pod) => pod.metadata.name)])]
  const args = ['delete', 'pod', ...names, '-n', namespace, '--ignore-not-found', '--wait=false']
  await ports.exec.run(kubectlCommand(kubectl, args, { changes: true }), { timeoutMs: callTimeoutMs, signal })
}

/** Older than any proof takes: nobody waits for it any more. */
function isLeft({ metadata }: KubeObject, now: number): boolean {
  const made = Date.parse(String((metadata as { readonly creationTimestamp?: unknown }).creationTimestamp))
  return made < now - 2 * deadlineMs
}

/** Another one each time: two proofs side by side must not share a pod. */
function nameFor(image: string, { clock, hashing }: PodProofContext['ports']): string {
  const hasher = hashing.sha256()
  hasher.update(`${image} ${clock.now()} ${clock.monotonic()}`)
  return `devk8s-pull-${hasher.hex().slice(0, 10)}`
}
