import type { KeyedPod } from '../pods/pods.ts'
import { lineOf } from '../pods/restart.ts'
import type { Json } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'
import type { AwsPlaces } from '../upkeep/places.ts'
import { isNotThere } from '../upkeep/round.ts'
import { untilText } from '../upkeep/until.ts'
import { brokerLines, brokerValue } from './aws-broker-text.ts'
import type { SeenAws, SeenPart } from './aws-status.ts'
import { partTitles } from './part-titles.ts'
import { renderTable } from './table.ts'

/** For `--json`: all of it, times as ISO. */
export function statusValue(seen: SeenAws, places: AwsPlaces, nowMs: number): Json {
  const { upkeep, identity, parts, ending, broker } = seen
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
    restart: ending === undefined ? null : ending.map(podValue),
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

/** For people, a line each. */
export function statusText(seen: SeenAws, nowMs: number): string {
  const { upkeep, parts, ending = [], broker } = seen
  const isDown = parts.some((each) => 'problem' in each && isNotThere(each.problem))
  return renderTable([
    ...identityRows(seen),
    ['Cluster', isDown ? `${upkeep.cluster} does not run` : upkeep.cluster],
    ...(isDown ? [] : parts.map((each) => [partTitles[each.part], partText(each, seen, nowMs)])),
    ...ending.map((pod, index) => [index === 0 ? 'Restart' : '', lineOf(pod, nowMs)]),
    ...brokerLines(broker, nowMs).map((line, index) => [index === 0 ? 'Broker' : '', line.trim()]),
  ])
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
  const missing = each.part === 'policies' ? missingText(detail['missing']) : undefined
  const state =
    changes.length > 0
      ? `not fresh: ${changes
          .map(({ field }) => field)
          .slice(0, 3)
          .join(', ')}`
      : undefined
  return [mode, until, missing, state].filter((text) => text !== undefined).join('; ') || 'fresh'
}

/** A policy cannot look service accounts up: those that it does not name get no keys. */
function missingText(missing: Json | undefined): string | undefined {
  if (!Array.isArray(missing) || missing.length === 0) return undefined
  return `service accounts that they do not know yet: ${missing.join(', ')}`
}
