import type { KubeObject } from '../kube/object.ts'
import { managedLabel, upkeepLabel } from '../kube/objects.ts'
import type { Secret } from '../ports/secret.ts'
import { expiresAnnotation, issuedAnnotation } from '../upkeep/lifetime.ts'
import { keysSecret, regionVariables } from './names.ts'

/** Which of the person's identities the keys are of: `sourceKey`. */
const sourceAnnotation = 'devk8s.dev/aws-source'
const accountAnnotation = 'devk8s.dev/aws-account'
const regionAnnotation = 'devk8s.dev/aws-region'
const previousAnnotation = 'devk8s.dev/previous-expires-at'

/** What a Secret with keys says of them; none of it is secret. */
export interface KeysRecord {
  readonly source: string
  readonly account: string
  readonly region?: string
  /** ms since 1970. */
  readonly issuedAtMs: number
  /** ms since 1970; always after `issuedAtMs`. */
  readonly expiresAtMs: number
  /** When the keys end that these took the place of: what started before has those. ms since 1970. */
  readonly previousExpiresAtMs?: number
}

/** The Secret of a namespace that is in the cluster. */
export interface LiveKeys {
  readonly namespace: string
  /** It carries our label: another one of that name is somebody else's. */
  readonly isOurs: boolean
  /** Undefined when its annotations cannot be read. */
  readonly record: KeysRecord | undefined
}

/** Secrets with keys among objects of the cluster, by namespace. Their values are not looked at. */
export function liveKeys(objects: readonly KubeObject[]): ReadonlyMap<string, LiveKeys> {
  const found = objects
    .filter(({ kind, metadata }) => kind === 'Secret' && metadata.name === keysSecret)
    .map(({ metadata: { namespace = 'default', labels, annotations } }) => ({
      namespace,
      isOurs: labels?.[upkeepLabel] === 'true',
      record: recordIn(annotations ?? {}),
    }))
  return new Map(found.map((each) => [each.namespace, each]))
}

function recordIn(annotations: Readonly<Record<string, string>>): KeysRecord | undefined {
  const [issuedAtMs = NaN, expiresAtMs = NaN] = [issuedAnnotation, expiresAnnotation].map((name) =>
    Date.parse(annotations[name] ?? ''),
  )
  if (!(expiresAtMs > issuedAtMs)) return undefined
  const region = annotations[regionAnnotation]
  const previousExpiresAtMs = Date.parse(annotations[previousAnnotation] ?? '')
  return {
    source: annotations[sourceAnnotation] ?? '',
    account: annotations[accountAnnotation] ?? '',
    ...(region === undefined ? {} : { region }),
    issuedAtMs,
    expiresAtMs,
    ...(Number.isFinite(previousExpiresAtMs) ? { previousExpiresAtMs } : {}),
  }
}

export interface SessionKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret
}

/**
 * The List of Secrets with the keys for these namespaces, for kubectl's standard input. Each holds the five variables that
 * every SDK and tool reads.
 * @param previous by namespace, when the keys end that are there now.
 */
export function renderKeys(
  namespaces: readonly string[],
  { accessKeyId, secretAccessKey, sessionToken }: SessionKeys,
  record: KeysRecord,
  previous: ReadonlyMap<string, number>,
): Secret {
  const { region } = record
  const regions = region === undefined ? [] : regionVariables.map((name) => [name, btoa(region)] as const)
  return secretAccessKey.with(sessionToken, (key, token) => {
    const data = {
      AWS_ACCESS_KEY_ID: btoa(accessKeyId),
      AWS_SECRET_ACCESS_KEY: btoa(key),
      AWS_SESSION_TOKEN: btoa(token),
      ...Object.fromEntries(regions),
    }
    const items = namespaces.map((namespace) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: keysSecret,
        namespace,
        labels: { [managedLabel]: 'true', [upkeepLabel]: 'true' },
        annotations: annotationsOf(record, previous.get(namespace)),
      },
      type: 'Opaque',
      data,
    }))
    return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  })
}

function annotationsOf(
  { source, account, region, issuedAtMs, expiresAtMs }: KeysRecord,
  previousExpiresAtMs: number | undefined,
): Readonly<Record<string, string>> {
  return {
    [sourceAnnotation]: source,
    [accountAnnotation]: account,
    ...(region === undefined ? {} : { [regionAnnotation]: region }),
    [issuedAnnotation]: new Date(issuedAtMs).toISOString(),
    [expiresAnnotation]: new Date(expiresAtMs).toISOString(),
    ...(previousExpiresAtMs === undefined
      ? {}
      : { [previousAnnotation]: new Date(previousExpiresAtMs).toISOString() }),
  }
}
