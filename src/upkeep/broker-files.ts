import { type Holder, isStillHeld, parseHolder } from '../engine/lock.ts'
import { isRecord } from '../kubeconfig/entries.ts'
import { type BrokerReach, isBrokerProcess } from './broker-process.ts'
import type { AwsPlaces } from './places.ts'

/** How the broker was started, and so what ends it. */
export interface BrokerRecord {
  readonly version: 1
  readonly by: 'launchd' | 'systemd' | 'process'
  /** The file of the service. */
  readonly file?: string
  /** launchd's: `gui/501`. */
  readonly domain?: string
  /** The hash of what it was started with, to tell whether starting again would change anything. */
  readonly hash: string
}

export function parseRecord(text: string | undefined): BrokerRecord | undefined {
  const value = jsonOf(text)
  if (!isRecord(value)) return undefined
  const { by, file, domain, hash } = value
  if (by !== 'launchd' && by !== 'systemd' && by !== 'process') return undefined
  return {
    version: 1,
    by,
    hash: typeof hash === 'string' ? hash : '',
    ...(typeof file === 'string' ? { file } : {}),
    ...(typeof domain === 'string' ? { domain } : {}),
  }
}

/** How a cluster stood when the broker looked last. */
export interface ClusterState {
  readonly state: 'fresh' | 'stopped' | 'waiting' | 'failing' | 'damaged'
  /** ms since 1970; when it is looked at next. */
  readonly lookAtMs: number
  readonly goodUntilMs?: number
  readonly dueAtMs?: number
  readonly problem?: { readonly code: string; readonly title: string; readonly detail: string }
}

/** What the broker found last, for `aws broker status`. */
export interface BrokerState {
  readonly version: 1
  readonly pid: number
  /** ms since 1970. */
  readonly startedAtMs: number
  readonly clusters: Readonly<Record<string, ClusterState>>
}

const states: ReadonlySet<unknown> = new Set(['fresh', 'stopped', 'waiting', 'failing', 'damaged'])

/** Whatever is unreadable in it is left out: it is only told. */
export function parseState(text: string | undefined): BrokerState | undefined {
  const value = jsonOf(text)
  if (!isRecord(value)) return undefined
  const { pid, startedAtMs, clusters } = value
  if (typeof pid !== 'number' || typeof startedAtMs !== 'number' || !isRecord(clusters)) return undefined
  const found = Object.entries(clusters).filter((entry): entry is [string, ClusterState] => isState(entry[1]))
  return { version: 1, pid, startedAtMs, clusters: Object.fromEntries(found) }
}

function isState(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { state, lookAtMs, goodUntilMs, dueAtMs, problem } = value
  const isTime = (each: unknown) => each === undefined || typeof each === 'number'
  const isTold = problem === undefined || (isRecord(problem) && typeof problem['detail'] === 'string')
  return states.has(state) && typeof lookAtMs === 'number' && isTime(goodUntilMs) && isTime(dueAtMs) && isTold
}

/**
 * The broker that runs now: whoever holds its lock, lives, and is a broker. One that was killed leaves its lock, and in
 * time its number to another program. Costs a child process where the lock names a process that lives.
 */
export async function runningBroker(
  { brokerLock }: Pick<AwsPlaces, 'brokerLock'>,
  reach: BrokerReach,
): Promise<Holder | undefined> {
  const { files, host } = reach.ports
  const holder = parseHolder((await files.readText(brokerLock)) ?? '')
  if (holder === undefined) return undefined
  // A home folder on a network has the lock of another machine's broker, which keeps that machine's clusters.
  if (host.self !== undefined && holder.host !== host.self.machine) return undefined
  return (await isStillHeld(holder, host, (pid) => isBrokerProcess(pid, reach))) ? holder : undefined
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return undefined
  }
}
