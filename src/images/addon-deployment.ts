import { classifyFailure } from '../kube/failures.ts'
import { callTimeoutMs, kubectlCommand } from '../kube/kubectl.ts'
import type { KubeObject } from '../kube/object.ts'
import type { KubectlRef, StepContext } from '../plan/step.ts'
import { DevK8sError } from '../problems/problem.ts'

const namespace = 'kube-system'
const name = 'registry-creds'
export const addonTitle = `Deployment ${namespace}/${name}`

export interface AddonDeployment {
  readonly replicas: number
  /** When it was last restarted by `rollout restart`, ms since 1970. */
  readonly restartedAtMs: number | undefined
  /** Finds its pods, as kubectl takes it. */
  readonly podSelector: string
}

/** registry-creds among the objects of a cluster. */
export function addonDeployment(objects: readonly KubeObject[]): AddonDeployment | undefined {
  const found = objects.find(
    ({ kind, metadata }) =>
      kind === 'Deployment' && metadata.namespace === namespace && metadata.name === name,
  )
  if (found === undefined) return undefined
  const spec = found['spec'] as
    | {
        readonly replicas?: unknown
        readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> }
        readonly template?: {
          readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> }
        }
      }
    | undefined
  const restarted = Date.parse(
    spec?.template?.metadata?.annotations?.['kubectl.kubernetes.io/restartedAt'] ?? '',
  )
  return {
    replicas: typeof spec?.replicas === 'number' ? spec.replicas : 1,
    restartedAtMs: Number.isFinite(restarted) ? restarted : undefined,
    podSelector: Object.entries(spec?.selector?.matchLabels ?? {})
      .map((label) => label.join('='))
      .join(),
  }
}

type Context = Pick<StepContext, 'ports' | 'signal'>

/** @throws DevK8sError of the DK40xx that kubectl's failure means. */
export async function scaleAddon(replicas: 0 | 1, kubectl: KubectlRef, context: Context): Promise<void> {
  await change(['scale', 'deployment', name, '-n', namespace, `--replicas=${replicas}`], kubectl, context)
}

const podsEndMs = 20_000

/**
 * Stops it, and waits a while for its pods: one that is still there may write over pull secrets once more.
 * @throws DevK8sError of the DK40xx that kubectl's failure to scale it means.
 */
export async function stopAddon(
  { podSelector }: AddonDeployment,
  kubectl: KubectlRef,
  context: Context,
): Promise<void> {
  await scaleAddon(0, kubectl, context)
  if (podSelector === '') return
  const { ports, signal } = context
  const args = ['delete', 'pods', '-n', namespace, '-l', podSelector, `--timeout=${podsEndMs / 1000}s`]
  const command = kubectlCommand(kubectl, args, { changes: true })
  // Those that are slow are on their way out all the same.
  await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal })
  signal.throwIfAborted()
}

/** Its keys are environment variables, read once: a new Secret needs new pods (facts minikube, 7.2). */
export async function restartAddon(kubectl: KubectlRef, context: Context): Promise<void> {
  await change(['rollout', 'restart', `deployment/${name}`, '-n', namespace], kubectl, context)
}

async function change(
  args: readonly string[],
  kubectl: KubectlRef,
  { ports, signal }: Context,
): Promise<void> {
  const command = kubectlCommand(kubectl, args, { changes: true })
  const ran = await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal })
  signal.throwIfAborted()
  const failure = classifyFailure(ran, kubectl)
  if (failure !== undefined) throw new DevK8sError(failure)
}
