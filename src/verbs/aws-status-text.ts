import type { KeyedPod } from '../pods/pods.ts'
import { lineOf } from '../pods/restart.ts'
import type { Json } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'
import type { AwsPlaces } from '../upkeep/places.ts'
import { agentText, type Health, healthValue, type LaneHealth } from '../roles/lane-health.ts'
import { isNotThere } from '../upkeep/round.ts'
import { untilText } from '../upkeep/until.ts'
import { brokerLines, brokerValue } from './aws-broker-text.ts'
import type { SeenAws, SeenPart } from './aws-status.ts'
import { partTitles } from './part-titles.ts'
import { renderTable } from './table.ts'

/** For `--json`: all of it, times as ISO. */
export function statusValue(seen: SeenAws, places: AwsPlaces, nowMs: number): Json {
  const { upkeep, identity, parts, pods, broker, health } = seen
  return {
    cluster: upkeep.cluster,
    source: {
      profile: upkeep.source.profile ?? null,
      region: upkeep.source.region ?? null,
      role: upkeep.source.roleArn ?? null,
    },
    identity:
      'problem' in identity
        ? { problem: problemValue(identity.problem) }
        : { account: identity.account, arn: identity.arn, userId: identity.userId },
    images: upkeep.images === undefined ? null : { mode: upkeep.images.mode, why: upkeep.images.why },
    parts: parts.map((each) => partValue(each, nowMs)),
    restart: pods === undefined ? null : pods.ending.map(podValue),
    olderKeys: pods === undefined ? null : pods.older.map(podValue),
    agent: health === undefined ? null : healthValue(health),
    broker: brokerValue(broker, places),
  }
}

function partValue(each: SeenPart, nowMs: number): Json {
  if ('problem' in each) return { part: each.part, problem: problemValue(each.problem) }
  const { changes, goodUntilMs, dueAtMs, detail } = each.standing
  return {
    part: each.part,
    fresh: changes.length === 0,
    good: goodUntilMs === undefined ? null : goodUntilMs > nowMs,
    goodUntil: goodUntilMs === undefined ? null : new Date(goodUntilMs).toISOString(),
    dueAt: dueAtMs === undefined ? null : new Date(dueAtMs).toISOString(),
    changes: changes.map((change) => ({ ...change })),
    detail,
  }
}

const problemValue = ({ code, title, detail, next }: Problem): Json => ({ code, title, detail, next })

const podValue = ({ namespace, name, owner, keys }: KeyedPod): Json => ({
  namespace,
  name,
  owner: owner === undefined ? null : `${owner.kind}/${owner.name}`,
  keys: keys.is,
  end: 'endsAtMs' in keys && keys.endsAtMs !== undefined ? new Date(keys.endsAtMs).toISOString() : null,
})

/** For people, in lines of `columns` cells. */
export function statusText(seen: SeenAws, nowMs: number, columns: number): string {
  const { upkeep, parts, pods, broker } = seen
  const isDown = parts.some((each) => 'problem' in each && isNotThere(each.problem))
  const rows = [
    ...identityRows(seen),
    ['Cluster', isDown ? `${upkeep.cluster} does not run` : upkeep.cluster],
    ...(isDown
      ? []
      : parts.flatMap((each) => [
          [partTitles[each.part], partText(each, seen, nowMs)],
          ...registriesRow(each, upkeep),
        ])),
    ...(seen.health === undefined ? [] : healthRows(seen.health)),
    ...(pods?.ending ?? []).map((pod, index) => [index === 0 ? 'Restart' : '', lineOf(pod, nowMs)]),
    ...olderRow(pods?.older ?? [], nowMs),
    ...brokerLines(broker, nowMs).map((line, index) => [index === 0 ? 'Broker' : '', line.trim()]),
  ]
  return renderTable(rows, columns)
}

/** The agent, and each lane with what it is for, or why it does not work. */
function healthRows({ agent, lanes }: Health): readonly (readonly string[])[] {
  return [
    ['Agent', agentText(agent)],
    ...lanes.map(({ lane, state, words }, index) => [
      `Lane ${lane}`,
      laneText(state, words, lanes.slice(0, index)),
    ]),
  ]
}

/** The same reason, long as it may be, is told once. */
function laneText(state: LaneHealth['state'], words: string, before: readonly LaneHealth[]): string {
  const same = before.find((each) => each.words === words)
  return `${stateWords[state]}: ${same === undefined ? words : `as lane ${same.lane}`}`
}

const stateWords: { readonly [S in LaneHealth['state']]: string } = {
  works: 'works',
  broken: 'does not work',
  unknown: 'not known',
  none: 'none',
}

/** Information: nothing has to be done yet. */
function olderRow(older: readonly KeyedPod[], nowMs: number): readonly (readonly string[])[] {
  const ends = older.flatMap(({ keys }) =>
    'endsAtMs' in keys && keys.endsAtMs !== undefined ? keys.endsAtMs : [],
  )
  if (ends.length === 0) return []
  const have = older.length === 1 ? '1 pod has older keys' : `${older.length} pods have older keys`
  return [['Older', `${have}, good until ${untilText(Math.min(...ends), nowMs)}`]]
}

/** From where images are pulled, and in how many namespaces. */
function registriesRow(each: SeenPart, { images }: SeenAws['upkeep']): readonly (readonly string[])[] {
  if (each.part !== 'images' || !('standing' in each)) return []
  const { regions, served, namespaces } = each.standing.detail
  if (!Array.isArray(regions) || typeof served !== 'number' || typeof namespaces !== 'number') return []
  const of = (images?.registries ?? []).flatMap(({ account, regions: all }) => {
    const theirs = all.filter((region) => regions.includes(region))
    return theirs.length === 0 ? [] : [`${account} in ${theirs.join(', ')}`]
  })
  const from = of.length === 0 ? regions.join(', ') : of.join('; ')
  return [['ECR', `${from}; pull secrets in ${served} of ${namespaces} namespaces`]]
}

function identityRows({ identity, upkeep }: SeenAws): readonly (readonly string[])[] {
  const { profile, region, roleArn } = upkeep.source
  const source = [
    ...(profile === undefined ? [] : [['Profile', profile]]),
    ...(roleArn === undefined ? [] : [['As role', roleArn]]),
    ...(region === undefined ? [] : [['Region', region]]),
  ]
  if ('problem' in identity) {
    return [
      ['You', `${identity.problem.title} (${identity.problem.code})`],
      ['', identity.problem.detail],
      ...source,
    ]
  }
  return [['You', identity.arn], ['Account', identity.account], ...source]
}

function partText(each: SeenPart, { upkeep }: SeenAws, nowMs: number): string {
  if ('problem' in each) return `${each.problem.title} (${each.problem.code}): ${each.problem.detail}`
  const { changes, goodUntilMs, detail } = each.standing
  const until =
    goodUntilMs === undefined
      ? undefined
      : goodUntilMs <= nowMs
        ? untilText(goodUntilMs, nowMs)
        : `good until ${untilText(goodUntilMs, nowMs)}`
  const mode =
    each.part === 'images' && upkeep.images !== undefined
      ? `${upkeep.images.mode}, as ${upkeep.images.why}`
      : undefined
  const missing = each.part === 'policies' ? policiesText(detail, upkeep) : undefined
  const state =
    changes.length > 0
      ? `not fresh: ${changes
          .map(({ field }) => field)
          .slice(0, 3)
          .join(', ')}`
      : undefined
  return [mode, until, missing, state].filter((text) => text !== undefined).join('; ') || 'fresh'
}

function policiesText(
  detail: Readonly<Record<string, Json>>,
  { kubernetes }: SeenAws['upkeep'],
): string | undefined {
  if (detail['served'] !== false) return missingText(detail['missing'])
  return detail['isOff'] === true
    ? 'none: the API server has them off'
    : `none: Kubernetes ${kubernetes} has none`
}

/** A policy cannot look service accounts up: those that it does not name get no keys. */
function missingText(missing: Json | undefined): string | undefined {
  if (!Array.isArray(missing) || missing.length === 0) return undefined
  return `service accounts that they do not know yet: ${missing.join(', ')}`
}
