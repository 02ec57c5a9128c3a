import { isRecord, namedError, parseEvents, type NamedError } from './events.ts'

/** One node as `minikube status -o json` shows it. */
export interface NodeStatus {
  readonly name: string
  /** Running, Stopped, Paused, Nonexistent, Error, InsufficientStorage … */
  readonly host: string
  readonly kubelet: string
  readonly apiServer: string
  /** Configured, Misconfigured, Stopped, Irrelevant … */
  readonly kubeconfig: string
  readonly worker: boolean
}

export type StatusAnswer =
  | { readonly kind: 'nodes'; readonly nodes: readonly [NodeStatus, ...NodeStatus[]] }
  /** `null`: minikube could not look at the node, for whatever reason (138, running-k8s-049, -102, -143). */
  | { readonly kind: 'no-node' }
  /** Exit 85: two info events instead of an object (007). */
  | { readonly kind: 'no-profile' }
  /** A named error event, e.g. HOST_CONFIG_LOAD (running-k8s-148). */
  | { readonly kind: 'refused'; readonly error: NamedError }
  /** A panic (running-117) or anything else that cannot be read. */
  | { readonly kind: 'unreadable'; readonly text: string }

/** Reads stdout of `minikube status -o json` together with its exit code; never throws. */
export function parseStatus(stdout: string, exitCode: number | null): StatusAnswer {
  const text = stdout.trim()
  const value = parseJson(text)
  if (value === null) return { kind: 'no-node' }
  const nodes = (Array.isArray(value) ? value : [value]).flatMap((each) => parseNode(each) ?? [])
  const [first, ...rest] = nodes
  if (first !== undefined) return { kind: 'nodes', nodes: [first, ...rest] }
  const error = namedError(parseEvents(text))
  if (error !== undefined) return { kind: 'refused', error }
  if (exitCode === 85) return { kind: 'no-profile' }
  return { kind: 'unreadable', text: text.slice(0, 400) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // several event lines, or nothing: told apart by the caller
  }
}

function parseNode(value: unknown): NodeStatus | undefined {
  if (!isRecord(value) || typeof value['Host'] !== 'string') return undefined
  const field = (name: string): string => (typeof value[name] === 'string' ? value[name] : '')
  return {
    name: field('Name'),
    host: value['Host'],
    kubelet: field('Kubelet'),
    apiServer: field('APIServer'),
    kubeconfig: field('Kubeconfig'),
    worker: value['Worker'] === true,
  }
}
