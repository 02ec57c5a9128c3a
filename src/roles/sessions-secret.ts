import type { RefusedSession, SessionEntry } from '../agent/documents.ts'
import { isRecord } from '../kubeconfig/entries.ts'
import type { KubeObject } from '../kube/object.ts'
import { managedLabel, upkeepLabel } from '../kube/objects.ts'
import type { Hashing } from '../ports/hash.ts'
import { Secret } from '../ports/secret.ts'
import { expiresAnnotation, issuedAnnotation, type Lifetime } from '../upkeep/lifetime.ts'
import { agentNamespace, sessionsSecret } from './names.ts'
import { parseRecords, renderRecords, type SessionRecords } from './session-records.ts'

const sessionsKey = 'sessions.json'
/** Of what is in the Secret: another one there, and it is not what devk8s wrote. */
const contentAnnotation = 'devk8s.dev/content-hash'
/** What the Secret holds, without what is secret of it. */
const recordsAnnotation = 'devk8s.dev/aws-sessions'

/** The keys of one session. */
export interface SessionKeys {
  /** Which one it is; AWS's logs show it too. */
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret
}

/** The Secret in the cluster. */
export interface LiveSessions {
  /** It carries our label: another one of that name is somebody else's. */
  readonly isOurs: boolean
  /** What its annotation says; nothing when it cannot be read. */
  readonly records: SessionRecords
  /** Its content is not what devk8s wrote: nobody knows what is in it. */
  readonly isDamaged: boolean
  /** By id; none when it is damaged. */
  readonly keys: ReadonlyMap<string, SessionKeys>
}

/** The Secret with the sessions among objects of the cluster. Of what it holds only ids are plain text here. */
export function liveSessions(objects: readonly KubeObject[], hashing: Hashing): LiveSessions | undefined {
  const found = objects.find(
    ({ kind, metadata }) =>
      kind === 'Secret' && metadata.name === sessionsSecret && metadata.namespace === agentNamespace,
  )
  if (found === undefined) return undefined
  const { labels, annotations = {} } = found.metadata
  const records = parseRecords(annotations[recordsAnnotation])
  const text = textIn(found['data'])
  const isWhole =
    records !== undefined &&
    text !== undefined &&
    annotations[contentAnnotation] === hashOf(Secret.of(text), hashing)
  return {
    isOurs: labels?.[upkeepLabel] === 'true',
    records: records ?? { sessions: {}, refused: {} },
    isDamaged: !isWhole,
    keys: isWhole ? keysIn(text) : new Map(),
  }
}

/** What is written is ASCII, so bytes are characters; what is not was written by somebody else. */
function textIn(data: unknown): string | undefined {
  const value = isRecord(data) ? data[sessionsKey] : undefined
  // Whoever wrote the Secret, the API server takes nothing but base64 there.
  return typeof value === 'string' ? atob(value) : undefined
}

/** Of a text whose hash is ours, so it is as `renderSessions` makes it. */
function keysIn(text: string): ReadonlyMap<string, SessionKeys> {
  const { sessions } = JSON.parse(text) as { readonly sessions: Readonly<Record<string, SessionEntry>> }
  return new Map(
    Object.entries(sessions).map(([id, { accessKeyId, secretAccessKey, sessionToken }]) => [
      id,
      {
        accessKeyId,
        secretAccessKey: Secret.of(secretAccessKey),
        sessionToken: Secret.of(sessionToken),
      },
    ]),
  )
}

/** The Secret, as an object in JSON that must not be seen. */
export function renderSessions(
  records: SessionRecords,
  keys: ReadonlyMap<string, SessionKeys>,
  hashing: Hashing,
): Secret {
  const content = contentOf(records, keys)
  const lifetime = lifetimeIn(records)
  const annotations = {
    [recordsAnnotation]: renderRecords(records),
    [contentAnnotation]: hashOf(content, hashing),
    ...(lifetime === undefined
      ? {}
      : {
          [issuedAnnotation]: new Date(lifetime.issuedAtMs).toISOString(),
          [expiresAnnotation]: new Date(lifetime.expiresAtMs).toISOString(),
        }),
  }
  return content.map((text) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: sessionsSecret,
        namespace: agentNamespace,
        labels: { [managedLabel]: 'true', [upkeepLabel]: 'true' },
        annotations,
      },
      type: 'Opaque',
      data: { [sessionsKey]: btoa(text) },
    }),
  )
}

/** `SessionsDocument` in JSON, one session after the other put into it, in ASCII. */
function contentOf({ sessions, refused }: SessionRecords, keys: ReadonlyMap<string, SessionKeys>): Secret {
  const entries = Object.entries(sessions).flatMap(([id, record]) => {
    const held = keys.get(id)
    if (held === undefined) return []
    const { account, arn, userId, issuedAtMs, expiresAtMs, instead } = record
    return [
      held.secretAccessKey.with(held.sessionToken, (secretAccessKey, sessionToken) => {
        const entry: SessionEntry = {
          accessKeyId: held.accessKeyId,
          secretAccessKey,
          sessionToken,
          account,
          arn,
          userId,
          issuedAt: new Date(issuedAtMs).toISOString(),
          expiresAt: new Date(expiresAtMs).toISOString(),
          ...(instead === undefined ? {} : { instead }),
        }
        return `${JSON.stringify(id)}:${JSON.stringify(entry)}`
      }),
    ]
  })
  const told = Object.entries(refused).map(([id, { reason, next }]): [string, RefusedSession] => [
    id,
    { reason, ...(next === undefined ? {} : { next }) },
  ])
  const end = `},"refused":${JSON.stringify(Object.fromEntries(told))}}`
  return entries
    .reduce(
      (all, entry, index) => all.with(entry, (a, b) => `${a}${index === 0 ? '' : ','}${b}`),
      Secret.of('{"version":1,"sessions":{'),
    )
    .map((text) => escaped(`${text}${end}`))
}

const escaped = (text: string): string =>
  text.replaceAll(/[^\x20-\x7E]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** The whole Secret as others judge it: from the youngest beginning to the first end. */
function lifetimeIn({ sessions }: SessionRecords): Lifetime | undefined {
  const all = Object.values(sessions)
  if (all.length === 0) return undefined
  return {
    issuedAtMs: Math.min(...all.map(({ issuedAtMs }) => issuedAtMs)),
    expiresAtMs: Math.min(...all.map(({ expiresAtMs }) => expiresAtMs)),
  }
}

/** Only the hash gets out of the secret. */
function hashOf(secret: Secret, hashing: Hashing): string {
  const hasher = hashing.sha256()
  secret.map((text) => {
    hasher.update(text)
    return ''
  })
  return hasher.hex()
}
