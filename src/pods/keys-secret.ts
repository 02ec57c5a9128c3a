import type { KubeObject } from '../kube/object.ts'
import { managedLabel, upkeepLabel } from '../kube/objects.ts'
import { Secret } from '../ports/secret.ts'
import { isRecord } from '../kubeconfig/entries.ts'
import { renewAt } from '../upkeep/due.ts'
import { expiresAnnotation, issuedAnnotation, type Lifetime } from '../upkeep/lifetime.ts'
import { keysSecret, regionVariables } from './names.ts'
import { parsePast, renderPast } from './past-sessions.ts'

/** Which of the person's identities the keys are of: `sourceKey`. */
const sourceAnnotation = 'devk8s.dev/aws-source'
const accountAnnotation = 'devk8s.dev/aws-account'
const regionAnnotation = 'devk8s.dev/aws-region'
/** Sessions that were there before, which pods may still have. */
const pastAnnotation = 'devk8s.dev/past-sessions'
/** Of a session that AWS has handed out more than once: when to ask for the next one. */
const renewAnnotation = 'devk8s.dev/renew-at'

/** What a Secret with keys says of them; none of it is secret. */
export interface KeysRecord {
  readonly source: string
  readonly account: string
  readonly region?: string
  /** ms since 1970. */
  readonly issuedAtMs: number
  /** ms since 1970; always after `issuedAtMs`. */
  readonly expiresAtMs: number
  /** Sessions that these took the place of, newest first: what started before has one of those. */
  readonly past?: readonly Lifetime[]
  /** When to ask AWS again, where that is not at half of their life: it gave the same ones then. ms since 1970. */
  readonly renewAtMs?: number
}

/** When keys are to be renewed, ms since 1970. */
export function keysDueAt({ issuedAtMs, expiresAtMs, renewAtMs }: KeysRecord): number {
  return renewAtMs ?? renewAt(issuedAtMs, expiresAtMs)
}

/** The Secret of a namespace that is in the cluster. */
export interface LiveKeys {
  readonly namespace: string
  /** It carries our label: another one of that name is somebody else's. */
  readonly isOurs: boolean
  /** Undefined when its annotations cannot be read. */
  readonly record: KeysRecord | undefined
  /** Undefined when it holds something else; a value may be empty. */
  readonly session: SessionKeys | undefined
}

/** Secrets with keys among objects of the cluster, by namespace. Of what they hold only the id is plain text here. */
export function liveKeys(objects: readonly KubeObject[]): ReadonlyMap<string, LiveKeys> {
  const found = objects
    .filter(({ kind, metadata }) => kind === 'Secret' && metadata.name === keysSecret)
    .map(({ metadata: { namespace = 'default', labels, annotations }, data }) => ({
      namespace,
      isOurs: labels?.[upkeepLabel] === 'true',
      record: recordIn(annotations ?? {}),
      session: sessionIn(data),
    }))
  return new Map(found.map((each) => [each.namespace, each]))
}

function sessionIn(data: unknown): SessionKeys | undefined {
  if (!isRecord(data)) return undefined
  const [id, key, token] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].map(
    (name) => data[name],
  )
  if (typeof id !== 'string' || typeof key !== 'string' || typeof token !== 'string') return undefined
  // Whoever wrote the Secret, the API server takes nothing but base64 there.
  return {
    accessKeyId: atob(id),
    secretAccessKey: Secret.of(atob(key)),
    sessionToken: Secret.of(atob(token)),
  }
}

function recordIn(annotations: Readonly<Record<string, string>>): KeysRecord | undefined {
  const [issuedAtMs = NaN, expiresAtMs = NaN] = [issuedAnnotation, expiresAnnotation].map((name) =>
    Date.parse(annotations[name] ?? ''),
  )
  if (!(expiresAtMs > issuedAtMs)) return undefined
  const region = annotations[regionAnnotation]
  const renewAtMs = Date.parse(annotations[renewAnnotation] ?? '')
  const past = parsePast(annotations[pastAnnotation])
  return {
    source: annotations[sourceAnnotation] ?? '',
    account: annotations[accountAnnotation] ?? '',
    ...(region === undefined ? {} : { region }),
    issuedAtMs,
    expiresAtMs,
    ...(past.length > 0 ? { past } : {}),
    ...(Number.isFinite(renewAtMs) ? { renewAtMs } : {}),
  }
}

/** A session, as a Secret holds it. */
export interface SessionKeys {
  /** Which one it is; AWS's logs show it too. */
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret
}

/** What a namespace is to have. */
export interface NamespaceKeys {
  readonly namespace: string
  readonly record: KeysRecord
}

/**
 * The List of Secrets with the keys for these namespaces, for kubectl's standard input. Each holds the five variables that
 * every SDK and tool reads.
 */
export function renderKeys(
  namespaces: readonly NamespaceKeys[],
  { accessKeyId, secretAccessKey, sessionToken }: SessionKeys,
): Secret {
  return secretAccessKey.with(sessionToken, (key, token) => {
    const data = {
      AWS_ACCESS_KEY_ID: btoa(accessKeyId),
      AWS_SECRET_ACCESS_KEY: btoa(key),
      AWS_SESSION_TOKEN: btoa(token),
    }
    const items = namespaces.map(({ namespace, record }) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: keysSecret,
        namespace,
        labels: { [managedLabel]: 'true', [upkeepLabel]: 'true' },
        annotations: annotationsOf(record),
      },
      type: 'Opaque',
      data: { ...data, ...regionsOf(record) },
    }))
    return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  })
}

function regionsOf({ region }: KeysRecord): Readonly<Record<string, string>> {
  return region === undefined ? {} : Object.fromEntries(regionVariables.map((name) => [name, btoa(region)]))
}

function annotationsOf(record: KeysRecord): Readonly<Record<string, string>> {
  const { source, account, region, issuedAtMs, expiresAtMs, past, renewAtMs } = record
  return {
    [sourceAnnotation]: source,
    [accountAnnotation]: account,
    ...(region === undefined ? {} : { [regionAnnotation]: region }),
    [issuedAnnotation]: new Date(issuedAtMs).toISOString(),
    [expiresAnnotation]: new Date(expiresAtMs).toISOString(),
    ...(past === undefined ? {} : { [pastAnnotation]: renderPast(past) }),
    ...(renewAtMs === undefined ? {} : { [renewAnnotation]: new Date(renewAtMs).toISOString() }),
  }
}
