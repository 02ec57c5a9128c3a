import { fields, listIn, textIn } from './json.ts'
import type { AccountView, NamespaceView, PodView } from './view.ts'

// Objects of the API server, cut down to what an answer needs: anybody who may write to a namespace decides how long and
// how many its annotations are.

/** A pod, and what only the index of addresses asks. */
export interface KnownPod {
  readonly view: PodView
  /** It is being deleted. */
  readonly isEnding: boolean
  /** When the last of its containers started, as the kubelet has told; undefined when none has. */
  readonly startedAtMs: number | undefined
  /** When its init containers ran last, if they ran again: its sandbox was made anew, as after a start of the node. */
  readonly sandboxAgainAtMs: number | undefined
}

export interface Account extends AccountView {
  readonly namespace: string
  readonly name: string
}

/** An object with data of which only one key counts; undefined where it lacks that key. */
export interface Document {
  readonly name: string
  readonly text: string | undefined
}

/** What decide.ts and restrictions.ts read. */
const podAnnotations = [
  'iam.amazonaws.com/role',
  'iam.amazonaws.com/external-id',
  'iam.amazonaws.com/session-name',
] as const
const podLabels = ['devk8s.dev/aws', 'eks.amazonaws.com/skip-pod-identity-webhook'] as const
const accountAnnotations = ['eks.amazonaws.com/role-arn'] as const
const namespaceAnnotations = ['iam.amazonaws.com/allowed-roles', 'iam.amazonaws.com/permitted'] as const
const namespaceLabels = ['devk8s.dev/aws'] as const

/** An ARN of a role has 600 characters at most, an external id 1,224. */
const longestValue = 2048
/** Lists of roles and expressions. */
const longestList = 8192
/** In place of a value that is longer. No role, JSON list or expression reads so: who asks for it is refused with words. */
export const overlong = '(longer than the agent reads'

export function readPod(object: unknown): KnownPod | undefined {
  const { metadata, name, namespace, uid } = namesOf(object)
  if (uid === undefined || name === undefined || namespace === undefined) return undefined
  const spec = fields(fields(object)['spec'])
  const status = fields(fields(object)['status'])
  const phase = status['phase']
  const view: PodView = {
    uid,
    name,
    namespace,
    serviceAccount: textIn(spec['serviceAccountName']) ?? 'default',
    annotations: marksIn(metadata['annotations'], podAnnotations),
    labels: marksIn(metadata['labels'], podLabels),
    addresses: addressesIn(status),
    hostNetwork: spec['hostNetwork'] === true,
    isOver: phase === 'Succeeded' || phase === 'Failed',
  }
  const init = listIn(status['initContainerStatuses'])
  const hasRunAgain = init.some((each) => Number(fields(each)['restartCount']) > 0)
  return {
    view,
    isEnding: textIn(metadata['deletionTimestamp']) !== undefined,
    startedAtMs: lastStart([...listIn(status['containerStatuses']), ...init]),
    sandboxAgainAtMs: hasRunAgain ? lastStart(init) : undefined,
  }
}

export function readAccount(object: unknown): Account | undefined {
  const { metadata, name, namespace, uid } = namesOf(object)
  if (uid === undefined || name === undefined || namespace === undefined) return undefined
  return { namespace, name, uid, annotations: marksIn(metadata['annotations'], accountAnnotations) }
}

export function readNamespace(object: unknown): NamespaceView | undefined {
  const { metadata, name } = namesOf(object)
  if (name === undefined) return undefined
  return {
    name,
    labels: marksIn(metadata['labels'], namespaceLabels),
    annotations: marksIn(metadata['annotations'], namespaceAnnotations, longestList),
  }
}

/** The text of one key of a ConfigMap. */
export function readConfigMap(object: unknown, key: string): Document | undefined {
  return readDocument(object, key, (text) => text)
}

/** The text of one key of a Secret. */
export function readSecret(object: unknown, key: string): Document | undefined {
  return readDocument(object, key, (text) => Buffer.from(text, 'base64').toString('utf8'))
}

function readDocument(object: unknown, key: string, decode: (text: string) => string): Document | undefined {
  const { name } = namesOf(object)
  if (name === undefined) return undefined
  const text = textIn(fields(fields(object)['data'])[key])
  return { name, text: text === undefined ? undefined : decode(text) }
}

function namesOf(object: unknown) {
  const metadata = fields(fields(object)['metadata'])
  const [name, namespace, uid] = ['name', 'namespace', 'uid'].map((field) => textIn(metadata[field]))
  return { metadata, name, namespace, uid }
}

/** One object for all that have no marks that count: there are thousands of them. */
const none: Readonly<Record<string, string>> = Object.freeze({})

function marksIn(
  value: unknown,
  names: readonly string[],
  longest = longestValue,
): Readonly<Record<string, string>> {
  const marks = fields(value)
  const kept = names.flatMap((name) => {
    const text = textIn(marks[name])
    return text === undefined ? [] : [[name, text.length > longest ? overlong : text] as const]
  })
  return kept.length === 0 ? none : Object.fromEntries(kept)
}

/** The API server takes addresses alone, and a pod has one of each family; a status may be written by others too. */
const mostAddresses = 4
const longestAddress = 45

function addressesIn(status: Readonly<Record<string, unknown>>): readonly string[] {
  const all = [textIn(status['podIP']), ...listIn(status['podIPs']).map((each) => textIn(fields(each)['ip']))]
  const texts = all.filter((address) => address !== undefined && address !== '') as readonly string[]
  return [...new Set(texts.filter(({ length }) => length <= longestAddress))].slice(0, mostAddresses)
}

/** Of those that run, and that have ended since. */
function lastStart(statuses: readonly unknown[]): number | undefined {
  const starts = statuses.flatMap((each) => {
    const state = fields(fields(each)['state'])
    const text = textIn(fields(state['running'] ?? state['terminated'])['startedAt'])
    const ms = text === undefined ? Number.NaN : Date.parse(text)
    return ms > 0 ? [ms] : []
  })
  return starts.length === 0 ? undefined : Math.max(...starts)
}
