import { clockText, untilText } from '../upkeep/until.ts'
import { quote } from '../profile/faults.ts'
import type { Json } from '../ports/event.ts'
import type { SessionRecords } from './session-records.ts'

/** How a session stands in the cluster, by what may be told of it. */
export type ToldSession = { readonly id: string } & (
  | {
      readonly is: 'good' | 'over'
      readonly account: string
      readonly arn: string
      readonly endsAtMs: number
      /** Why it is another one than was asked for. */
      readonly instead?: string
    }
  /** AWS gave none. */
  | { readonly is: 'refused'; readonly reason: string; readonly next?: string }
  /** AWS has not been asked yet. */
  | { readonly is: 'missing' }
)

export function toldSession(id: string, { sessions, refused }: SessionRecords, nowMs: number): ToldSession {
  const record = Object.hasOwn(sessions, id) ? sessions[id] : undefined
  if (record !== undefined) {
    const { account, arn, expiresAtMs: endsAtMs, instead } = record
    const is = endsAtMs > nowMs ? 'good' : 'over'
    return { id, is, account, arn, endsAtMs, ...(instead === undefined ? {} : { instead }) }
  }
  const refusal = Object.hasOwn(refused, id) ? refused[id] : undefined
  if (refusal === undefined) return { id, is: 'missing' }
  const { reason, next } = refusal
  return { id, is: 'refused', reason, ...(next === undefined ? {} : { next }) }
}

/** Rows for people. */
export function sessionRows(told: ToldSession, nowMs: number): readonly (readonly [string, string])[] {
  switch (told.is) {
    case 'good':
    case 'over':
      return [
        ['as', `${told.arn}, account ${told.account}`],
        ...(told.instead === undefined ? [] : [['instead', told.instead] as const]),
        [
          'until',
          told.is === 'good'
            ? untilText(told.endsAtMs, nowMs)
            : `over since ${clockText(told.endsAtMs, nowMs)}`,
        ],
      ]
    case 'refused':
      return [['as', `nobody: ${told.reason}`]]
    case 'missing':
      return [['as', 'nobody yet: AWS has not been asked for this session']]
  }
}

export function sessionValue(told: ToldSession): Json {
  switch (told.is) {
    case 'good':
    case 'over':
      return {
        id: told.id,
        is: told.is,
        account: told.account,
        arn: told.arn,
        expiresAt: new Date(told.endsAtMs).toISOString(),
        instead: told.instead ?? null,
      }
    case 'refused':
      return { id: told.id, is: told.is, reason: told.reason }
    case 'missing':
      return { id: told.id, is: told.is }
  }
}

/**
 * What gets a session that is not there, or is over. While one is signed in sessions are renewed before they are over, so
 * one that is over needs the sign-in.
 */
export function sessionNext(told: ToldSession): readonly string[] {
  switch (told.is) {
    case 'good':
      return []
    case 'over':
      return [loginFor(told.id)]
    case 'refused':
      if (told.next === undefined) return ['devk8s aws refresh']
      // A sign-in renews by itself.
      return told.next.startsWith('devk8s aws login') ? [told.next] : [told.next, 'devk8s aws refresh']
    case 'missing':
      return ['devk8s aws refresh']
  }
}

function loginFor(id: string): string {
  const name = /^profile:(.*)$/s.exec(id)?.[1]
  return name === undefined ? 'devk8s aws login' : `devk8s aws login --aws-profile ${quote(name)}`
}
