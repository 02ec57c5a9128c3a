import type { KubeObject } from '../kube/object.ts'
import { managedLabel } from '../kube/objects.ts'

/** No image has it, so a container that gets this far was pulled and ends before anything of it runs. */
const noProgram = '/devk8s-pulls-only'
const containerName = 'pull'

/** On every pod of a proof. */
export const proofLabel = 'devk8s.dev/pull-proof'
/** The name of the pull secret in every namespace, as registry-creds has it. */
export const pullSecretName = 'awsecr-cred'

/**
 * A pod that pulls an image as any pod of the namespace does, and never runs it. It names no pull secret of its own, so
 * that what is proved is what everybody's pods get. It is fit for namespaces of the level `restricted` (Pod Security
 * Standards), asks for next to nothing, and ends by itself should nobody remove it.
 */
export function pullPod(
  image: string,
  {
    name,
    namespace,
    seconds,
  }: { readonly name: string; readonly namespace: string; readonly seconds: number },
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { [managedLabel]: 'true', [proofLabel]: 'true' } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      activeDeadlineSeconds: seconds,
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: containerName,
          image,
          imagePullPolicy: 'Always',
          command: [noProgram],
          resources: { requests: { cpu: '1m', memory: '8Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  }
}

/** How far a pod of a proof has come. */
export type PodSight =
  | { readonly kind: 'pulled' }
  | { readonly kind: 'refused'; readonly message: string }
  /** Not there yet; `why` is the latest word, '' for none. */
  | { readonly kind: 'waiting'; readonly why: string }
  /** It ended, or is gone, and the image never came to it. */
  | { readonly kind: 'ended'; readonly why: string }

/** A container waits for these reasons when its image cannot be had (kubelet, pkg/kubelet/images/types.go). */
const pullReasons: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'ImageInspectError',
  'InvalidImageName',
  'RegistryUnavailable',
  'SignatureValidationFailed',
])

/** Reasons of a container before its image is asked for; all others come after (kubelet, startContainer: pull is first). */
const earlyReasons: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing', ''])

/**
 * What a pod's status and its events say of the pull. The container that cannot start has the reason StartError with
 * containerd and ContainerCannotRun with docker; neither is reached without the image (seen in
 * open-telemetry/opentelemetry-helm-charts#1876, with an image ID beside it).
 */
export function readPullPod(pod: KubeObject | undefined, events: readonly KubeObject[]): PodSight {
  if (pod === undefined) return { kind: 'ended', why: 'somebody has removed it' }
  const said = eventsOf(pod, events)
  const status = fieldsOf(pod['status'])
  const container = listOf(status['containerStatuses']).find((each) => each['name'] === containerName)
  const { waiting, terminated, running } = fieldsOf(container?.['state'])
  if (terminated !== undefined || running !== undefined || textOf(container?.['imageID']) !== '') {
    return wasPulled(container, said) ? { kind: 'pulled' } : endOf(status, terminated, said)
  }
  const reason = textOf(fieldsOf(waiting)['reason'])
  if (pullReasons.has(reason)) {
    return { kind: 'refused', message: pullMessage(fieldsOf(waiting), said) }
  }
  if (!earlyReasons.has(reason)) return { kind: 'pulled' }
  if (status['phase'] === 'Failed') return endOf(status, undefined, said)
  return { kind: 'waiting', why: waitingFor(status, said) }
}

/** A pod that ran out of time before the pull has a terminated container without an image. */
function wasPulled(container: Fields | undefined, said: readonly Said[]): boolean {
  const reason = textOf(fieldsOf(fieldsOf(container?.['state'])['terminated'])['reason'])
  const started = reason === 'StartError' || reason === 'ContainerCannotRun'
  return started || textOf(container?.['imageID']) !== '' || said.some((each) => each.reason === 'Pulled')
}

function endOf(status: Fields, terminated: unknown, said: readonly Said[]): PodSight {
  const refusal = said.find(({ message }) => isPullFailure(message))
  if (refusal !== undefined) return { kind: 'refused', message: bare(refusal.message) }
  const words = [status['reason'], status['message'], fieldsOf(terminated)['reason']].map(textOf)
  return {
    kind: 'ended',
    why: words.filter((word) => word !== '').join(': ') || 'it failed without a reason',
  }
}

function waitingFor(status: Fields, said: readonly Said[]): string {
  const unscheduled = listOf(status['conditions']).find(
    ({ type, status: is }) => type === 'PodScheduled' && is === 'False',
  )
  return textOf(unscheduled?.['message']) || (said.at(-1)?.message ?? '')
}

/** The event tells the cause; the status of a pod that waits before the next attempt need not. */
function pullMessage(waiting: Fields, said: readonly Said[]): string {
  const event = said.findLast(({ message }) => isPullFailure(message))
  const own = textOf(waiting['message'])
  return bare(event?.message ?? (own === '' ? textOf(waiting['reason']) : own))
}

const isPullFailure = (message: string) => message.startsWith('Failed to pull image')

/** Without the head that names the image once more: `Failed to pull image "…": rpc error: code = Unknown desc = …`. */
const bare = (message: string) =>
  message
    .replace(/^Failed to pull image "[^"]*": /, '')
    .replace(/^(?:rpc error: code = \w+ desc = )+/, '')
    .trim()

interface Said {
  readonly reason: string
  readonly message: string
}

function eventsOf({ metadata }: KubeObject, events: readonly KubeObject[]): readonly Said[] {
  return events
    .filter((event) => {
      const about = fieldsOf(event['involvedObject'])
      return about['kind'] === 'Pod' && about['name'] === metadata.name
    })
    .map((event) => ({ reason: textOf(event['reason']), message: textOf(event['message']) }))
}

/** Whether the pod was given the pull secret, by the policy or through its service account. */
export function hasPullSecret(pod: KubeObject | undefined): boolean {
  return listOf(fieldsOf(pod?.['spec'])['imagePullSecrets']).some(({ name }) => name === pullSecretName)
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : [])
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
