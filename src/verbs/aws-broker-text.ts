import type { Holder } from '../engine/lock.ts'
import type { Json } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'
import type { BrokerRecord, BrokerState, ClusterState } from '../upkeep/broker-files.ts'
import type { AwsPlaces } from '../upkeep/places.ts'
import { clockText, untilText } from '../upkeep/until.ts'

/** What is known of the broker. */
export interface SeenBroker {
  readonly running: Holder | undefined
  readonly record: BrokerRecord | undefined
  /** Of the broker that runs. */
  readonly state: BrokerState | undefined
  /** What keeps clusters from being renewed, by anybody. */
  readonly held: readonly Problem[]
  /** The file of its service, where that is there. */
  readonly service?: string
}

export function brokerValue(
  { running, record, state, held, service }: SeenBroker,
  { brokerLog }: AwsPlaces,
): Json {
  return {
    running: running !== undefined,
    pid: running?.pid ?? null,
    by: record?.by ?? null,
    service: record?.file ?? service ?? null,
    startedAt: running === undefined ? null : iso(running.startedAt),
    log: brokerLog,
    clusters: Object.entries(state?.clusters ?? {}).map(([cluster, each]) => ({
      cluster,
      state: each.state,
      goodUntil: iso(each.goodUntilMs),
      dueAt: iso(each.dueAtMs),
      lookAt: iso(each.lookAtMs),
      problem: each.problem === undefined ? null : { ...each.problem },
    })),
    held: held.map(({ code, title, detail, next }) => ({ code, title, detail, next })),
  }
}

/** For people, a line each. */
export function brokerLines(seen: SeenBroker, nowMs: number): readonly string[] {
  return [...runLines(seen, nowMs), ...seen.held.map(({ code, detail }) => `  ${code} ${detail}`)]
}

function runLines({ running, record, state, service }: SeenBroker, nowMs: number): readonly string[] {
  if (running === undefined) {
    const file = record?.file ?? service
    return [file === undefined ? 'No broker runs.' : `No broker runs, although ${file} is there.`]
  }
  const by = record === undefined ? '' : `, by ${record.by === 'process' ? 'itself' : record.by}`
  const clusters = Object.entries(state?.clusters ?? {})
  return [
    `The broker runs as process ${running.pid}${by}, since ${clockText(running.startedAt, nowMs)}.`,
    ...(clusters.length === 0 ? ['It keeps nothing fresh: devk8s up says what it is to keep.'] : []),
    ...clusters.flatMap(([cluster, each]) => clusterLines(cluster, each, nowMs)),
  ]
}

function clusterLines(cluster: string, each: ClusterState, nowMs: number): readonly string[] {
  const until = each.goodUntilMs === undefined ? '' : `good until ${untilText(each.goodUntilMs, nowMs)}`
  const text = { fresh: until || 'fresh', stopped: 'does not run', waiting: '', failing: '', damaged: '' }[
    each.state
  ]
  if (each.problem === undefined || each.state === 'stopped') return [`  ${cluster}: ${text}`]
  const next = `Looked at again at ${clockText(each.lookAtMs, nowMs)}.`
  const waits = each.state === 'waiting' ? 'waits for you' : 'could not be renewed'
  return [
    `  ${cluster}: ${waits}${until === '' ? '' : `; what is there is ${until}`}`,
    `    ${each.problem.code} ${each.problem.detail} ${next}`,
  ]
}

const iso = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString())
