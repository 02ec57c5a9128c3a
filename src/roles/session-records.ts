import { isRecord } from '../kubeconfig/entries.ts'
import { renewAt } from '../upkeep/due.ts'
import type { Lifetime } from '../upkeep/lifetime.ts'

/** What is said of a session in the cluster; none of it is secret. */
export interface SessionRecord extends Lifetime {
  /** What AWS was asked for: another one, and the session is not the one that is wanted. */
  readonly source: string
  /** 12 digits. */
  readonly account: string
  readonly arn: string
  readonly userId: string
  /** Of a session that AWS has handed out more than once: when to ask for the next one. ms since 1970. */
  readonly renewAtMs?: number
  /** Why it is another one than was asked for, in words. */
  readonly instead?: string
  /** When to ask for the right one again. ms since 1970. */
  readonly retryAtMs?: number
  /** The statement that the role's trust policy lacks, in JSON. */
  readonly statement?: string
  /** Of a role that is assumed: the rule that says so. */
  readonly pattern?: string
}

/** A session that AWS did not give. */
export interface RefusalRecord {
  readonly reason: string
  readonly next?: string
  readonly source: string
  /** When to ask again. ms since 1970. */
  readonly retryAtMs: number
  readonly statement?: string
}

/** By id. */
export interface SessionRecords {
  readonly sessions: Readonly<Record<string, SessionRecord>>
  readonly refused: Readonly<Record<string, RefusalRecord>>
}

/** When a session is to be renewed, ms since 1970. */
export function sessionDueAt({ issuedAtMs, expiresAtMs, renewAtMs, retryAtMs }: SessionRecord): number {
  return Math.min(renewAtMs ?? renewAt(issuedAtMs, expiresAtMs), retryAtMs ?? Infinity)
}

/** All annotations of an object together may have 256 KiB (apimachinery, validation.TotalAnnotationSizeLimitB). */
const mostBytes = 200_000
/** What is left of a sentence where all of them are too much. */
const shortest = 160

/** As an annotation. Where it would be too long for one, it goes without statements to paste, then with less of each reason. */
export function renderRecords(records: SessionRecords): string {
  const whole = textOf(records)
  if (bytesOf(whole) <= mostBytes) return whole
  const bare = without(records, (reason) => reason)
  const text = textOf(bare)
  return bytesOf(text) <= mostBytes ? text : textOf(without(bare, (reason) => reason.slice(0, shortest)))
}

const textOf = ({ sessions, refused }: SessionRecords): string =>
  JSON.stringify({ version: 1, sessions, refused })

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

function without({ sessions, refused }: SessionRecords, cut: (reason: string) => string): SessionRecords {
  return {
    sessions: mapped(sessions, ({ statement: _pasted, instead, ...record }) =>
      instead === undefined ? record : { ...record, instead: cut(instead) },
    ),
    refused: mapped(refused, ({ statement: _pasted, reason, ...record }) => ({
      ...record,
      reason: cut(reason),
    })),
  }
}

const mapped = <T>(all: Readonly<Record<string, T>>, change: (each: T) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(all).map(([id, each]) => [id, change(each)]))

/** Undefined for what devk8s did not write. */
export function parseRecords(text: string | undefined): SessionRecords | undefined {
  let value: unknown
  try {
    value = JSON.parse(text ?? '')
  } catch {
    return undefined
  }
  if (!isRecord(value) || value['version'] !== 1) return undefined
  const { sessions, refused } = value
  if (!isRecord(sessions) || !Object.values(sessions).every(isSession)) return undefined
  if (!isRecord(refused) || !Object.values(refused).every(isRefusal)) return undefined
  // Each field has been looked at above.
  return { sessions, refused } as unknown as SessionRecords
}

const isText = (value: unknown) => typeof value === 'string'
const isTime = (value: unknown) => typeof value === 'number' && Number.isFinite(value)
const orAbsent = (holds: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || holds(value)

function isSession(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { source, account, arn, userId, issuedAtMs, expiresAtMs } = value
  const { renewAtMs, retryAtMs, instead, statement, pattern } = value
  return (
    [source, account, arn, userId].every(isText) &&
    [issuedAtMs, expiresAtMs].every(isTime) &&
    [renewAtMs, retryAtMs].every(orAbsent(isTime)) &&
    [instead, statement, pattern].every(orAbsent(isText)) &&
    Number(expiresAtMs) > Number(issuedAtMs)
  )
}

function isRefusal(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { reason, next, source, retryAtMs, statement } = value
  return [reason, source].every(isText) && isTime(retryAtMs) && [next, statement].every(orAbsent(isText))
}
