import type { Change, Note } from '../ports/event.ts'
import type { Standing } from '../upkeep/keeper.ts'
import { untilText } from '../upkeep/until.ts'
import { addonTitle } from './addon-deployment.ts'
import { pullSecret } from '../pods/names.ts'
import { type LivePullSecret } from './pull-secret.ts'
import { secretDueAt, type SecretState, secretStateOf, type Wanted } from './secret-state.ts'
import type { Survey } from './survey.ts'

/** Served namespaces by the state of their pull secret. */
export type ByState = { readonly [S in SecretState]: readonly string[] }

export function namespacesByState({ namespaces, secrets }: Survey, wanted: Wanted): ByState {
  const states = namespaces.map((namespace) => [namespace, secretStateOf(secrets.get(namespace), wanted)])
  const of = (state: SecretState) => states.flatMap(([name = '', is]) => (is === state ? [name] : []))
  return {
    good: of('good'),
    missing: of('missing'),
    due: of('due'),
    emptied: of('emptied'),
    foreign: of('foreign'),
  }
}

/** What there is of pull secrets and what is due; pure. */
export function secretStanding(survey: Survey, wanted: Wanted, why: string): Standing {
  const by = namespacesByState(survey, wanted)
  const good = by.good.flatMap((namespace) => survey.secrets.get(namespace) ?? [])
  const there = [...good, ...by.due.flatMap((namespace) => survey.secrets.get(namespace) ?? [])]
  const goodUntilMs = earliest(there.flatMap(endsOf))
  const dueAtMs = earliest(good.flatMap((secret) => secretDueAt(secret, wanted) ?? []))
  return {
    changes: changesOf(survey, by, wanted, goodUntilMs),
    ...(goodUntilMs === undefined ? {} : { goodUntilMs }),
    ...(dueAtMs === undefined ? {} : { dueAtMs }),
    detail: {
      mode: 'secret',
      why,
      regions: wanted.regions,
      namespaces: survey.namespaces.length,
      served: by.good.length,
      ...(by.foreign.length === 0 ? {} : { foreign: by.foreign }),
      ...(goodUntilMs === undefined ? {} : { until: new Date(goodUntilMs).toISOString() }),
    },
    notes: [...foreignNotes(by.foreign), ...keptNotes(good, wanted)],
  }
}

function changesOf(
  { addon }: Survey,
  by: ByState,
  { regions, nowMs }: Wanted,
  goodUntilMs: number | undefined,
): readonly Change[] {
  const to = `a pull token for ${regions.join(', ')}`
  const from = goodUntilMs === undefined ? {} : { from: `good until ${untilText(goodUntilMs, nowMs)}` }
  return [
    ...(addon !== undefined && addon.replicas > 0 ? [addonStops(addon.replicas)] : []),
    ...change(by.missing, { to, effect: 'create' }),
    ...change(by.due, { ...from, to, effect: 'in-place' }),
    ...change(by.emptied, { from: 'empty, or of registry-creds', to, effect: 'in-place' }),
  ]
}

/** It writes over good secrets with empty ones as soon as its own session is over (facts aws, 2.6). */
function addonStops(replicas: number): Change {
  return {
    field: `${addonTitle}: replicas`,
    from: String(replicas),
    to: '0, since it would empty the pull secrets that devk8s keeps',
    effect: 'in-place',
  }
}

function change(namespaces: readonly string[], how: Omit<Change, 'field'>): readonly Change[] {
  return namespaces.length === 0 ? [] : [{ field: `Secret ${pullSecret} in ${listed(namespaces)}`, ...how }]
}

function foreignNotes(foreign: readonly string[]): readonly Note[] {
  if (foreign.length === 0) return []
  const [first = ''] = foreign
  const text = `The Secret ${pullSecret} in ${listed(foreign)} is not devk8s' own and is left alone: nobody renews it here. To hand it over, delete it: kubectl delete secret ${pullSecret} -n ${first}.`
  return [{ level: 'warning', text }]
}

/** Whoever was refused has just told of it, with the reason. */
const toldMs = 60_000

/** Regions that gave nothing new the last time. */
function keptNotes(good: readonly LivePullSecret[], { nowMs }: Wanted): readonly Note[] {
  const kept = Object.entries(good[0]?.record?.regions ?? {}).filter(
    ([, { triedAtMs }]) => triedAtMs !== undefined && nowMs - triedAtMs >= toldMs,
  )
  return kept.map(([region, { expiresAtMs }]) => ({
    level: 'warning',
    text: `ECR in ${region} gave no new pull token when it was last asked. The one in the cluster is good until ${untilText(expiresAtMs, nowMs)}.`,
  }))
}

function endsOf({ record }: LivePullSecret): readonly number[] {
  return Object.values(record?.regions ?? {}).map(({ expiresAtMs }) => expiresAtMs)
}

/** `shop, dev`; `a, b, c, d, e and 995 more`. */
export function listed(namespaces: readonly string[]): string {
  const shown = namespaces.slice(0, 5).join(', ')
  return namespaces.length > 5 ? `${shown} and ${(namespaces.length - 5).toLocaleString('en')} more` : shown
}

const earliest = (times: readonly number[]): number | undefined =>
  times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b))
