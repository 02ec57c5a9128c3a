import type { RefusedSession, SessionEntry } from './documents.ts'
import { isRecord, parsedJson } from './json.ts'

/** What the agent holds of the sessions Secret. */
export interface Sessions {
  readonly sessions: ReadonlyMap<string, SessionEntry>
  readonly refused: ReadonlyMap<string, RefusedSession>
}

export const noSessions: Sessions = { sessions: new Map(), refused: new Map() }

/**
 * What is held after the Secret said this. Good sessions are only followed by good ones: those of a document that cannot
 * be read stay, and so does each whose successor lacks something or has expired already. One that an intact document no
 * longer has is gone: somebody took it away.
 *
 * @param text `sessions.json`; undefined where the Secret lacks it.
 * @returns also what is wrong, for the log: names of sessions and fields, never their contents.
 */
export function followedBy(
  held: Sessions,
  text: string | undefined,
  nowMs: number,
): { readonly sessions: Sessions; readonly faults: readonly string[] } {
  const document = text === undefined ? undefined : parsedJson(text)
  if (!isRecord(document)) return { sessions: held, faults: ['sessions.json is no JSON object'] }
  if (document['version'] !== 1) return { sessions: held, faults: ['sessions.json is not of version 1'] }
  const { sessions: given, refused: reasons } = document
  if (!isRecord(given) || !isRecord(reasons))
    return { sessions: held, faults: ['sessions.json lacks sessions or refused'] }
  const faults: string[] = []
  const sessions = new Map<string, SessionEntry>()
  for (const [id, value] of Object.entries(given)) {
    const before = held.sessions.get(id)
    const lacking = faultOf(value)
    if (lacking) faults.push(`session ${named(id)}: ${lacking}`)
    const next = lacking ? undefined : (value as SessionEntry)
    const best = better(before, next, nowMs)
    if (best) sessions.set(id, best)
  }
  const refused = new Map<string, RefusedSession>()
  for (const [id, value] of Object.entries(reasons)) {
    if (isRefused(value)) refused.set(id, value)
    else faults.push(`refused ${named(id)}: lacks its reason`)
  }
  return { sessions: { sessions, refused }, faults }
}

function better(before: SessionEntry | undefined, next: SessionEntry | undefined, nowMs: number) {
  if (!before || !next) return next ?? before
  const isStillGood = Date.parse(before.expiresAt) > nowMs
  return isStillGood && Date.parse(next.expiresAt) <= nowMs ? before : next
}

const shapes: Readonly<Record<Exclude<keyof SessionEntry, 'instead'>, RegExp>> = {
  accessKeyId: /^\w{16,128}$/,
  secretAccessKey: /^[\x21-\x7e]{1,1024}$/,
  sessionToken: /^[\x21-\x7e]{1,16384}$/,
  account: /^\d{12}$/,
  arn: /^arn:[\x21-\x7e]+$/,
  userId: /^[\x21-\x7e]+$/,
  issuedAt: /^\d{4}-\d\d-\d\dT/,
  expiresAt: /^\d{4}-\d\d-\d\dT/,
}

function faultOf(value: unknown): string | undefined {
  if (!isRecord(value)) return 'is no object'
  for (const [field, shape] of Object.entries(shapes)) {
    const text = value[field]
    if (typeof text !== 'string' || !shape.test(text)) return `${field} is not what it should be`
  }
  const isTimed = ['issuedAt', 'expiresAt'].every(
    (field) => !Number.isNaN(Date.parse(value[field] as string)),
  )
  if (!isTimed) return 'has a time that is none'
  return ['string', 'undefined'].includes(typeof value['instead']) ? undefined : 'instead is no text'
}

function isRefused(value: unknown): value is RefusedSession {
  return (
    isRecord(value) &&
    typeof value['reason'] === 'string' &&
    ['string', 'undefined'].includes(typeof value['next'])
  )
}

/** An id in a line of the log, whatever it holds. */
const named = (id: string) => JSON.stringify(id.slice(0, 200))
