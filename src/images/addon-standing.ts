import { isAllowedAccount } from '../aws/accounts.ts'
import type { Change, Note } from '../ports/event.ts'
import { isAhead, renewAt } from '../upkeep/due.ts'
import type { Standing } from '../upkeep/keeper.ts'
import { untilText } from '../upkeep/until.ts'
import { addonTitle } from './addon-deployment.ts'
import { addonNamespace, type AddonRecord, addonSecretName, type LiveAddonSecret } from './addon-secret.ts'
import { pullSecret } from '../pods/names.ts'
import type { Wanted } from './secret-state.ts'
import { listed } from './secret-standing.ts'
import type { Survey } from './survey.ts'

/** How long registry-creds has after a restart to fill all namespaces: it takes a quarter of a minute for each. */
const restartPauseMs = 10 * 60_000

export interface AddonWanted extends Omit<Wanted, 'regions' | 'registries'> {
  readonly regions: readonly [string, ...string[]]
  /** Accounts of the registries; none: the caller's own. */
  readonly registries: readonly string[]
}

export interface AddonDue {
  readonly session: boolean
  readonly start: boolean
  /** Namespaces whose pull secret it has emptied, to be filled by a restart. */
  readonly refill: readonly string[]
}

/** What is to be done about registry-creds. */
export function addonDue(survey: Survey, live: LiveAddonSecret | undefined, wanted: AddonWanted): AddonDue {
  const { addon, secrets } = survey
  const session = isSessionDue(live, wanted)
  const rested = addon?.restartedAtMs === undefined || addon.restartedAtMs + restartPauseMs <= wanted.nowMs
  const emptied = [...secrets.values()].filter(({ config }) => config.auths.size === 0)
  const runs = addon !== undefined && addon.replicas > 0
  return {
    session,
    start: addon?.replicas === 0,
    refill: runs && rested ? emptied.map(({ namespace }) => namespace) : [],
  }
}

function isSessionDue(live: LiveAddonSecret | undefined, wanted: AddonWanted): boolean {
  const record = live?.isOurs === true ? live.record : undefined
  if (record === undefined || record.source !== wanted.source || record.region !== wanted.regions[0])
    return true
  const registries = wanted.registries.length === 0 ? [record.account] : wanted.registries
  if (record.registries.join() !== registries.join() || !isAllowedAccount(wanted.accounts, record.account))
    return true
  const { issuedAtMs, expiresAtMs } = record
  return isAhead(issuedAtMs, wanted.nowMs) || renewAt(issuedAtMs, expiresAtMs) <= wanted.nowMs
}

/** What there is of registry-creds' keys and what is due; pure. */
export function addonStanding(
  survey: Survey,
  live: LiveAddonSecret | undefined,
  wanted: AddonWanted,
  why: string,
): Standing {
  const due = addonDue(survey, live, wanted)
  const record = live?.isOurs === true ? live.record : undefined
  const filled = [...survey.secrets.values()].filter(({ config }) => config.auths.size > 0)
  return {
    changes: changesOf(survey, live, due, wanted),
    ...(record === undefined
      ? {}
      : {
          goodUntilMs: record.expiresAtMs,
          dueAtMs: renewAt(record.issuedAtMs, record.expiresAtMs),
        }),
    detail: {
      mode: 'addon',
      why,
      regions: [wanted.regions[0]],
      namespaces: survey.namespaces.length,
      served: filled.length,
      running: (survey.addon?.replicas ?? 0) > 0,
      ...(record === undefined ? {} : { until: new Date(record.expiresAtMs).toISOString() }),
    },
    notes: [...regionNotes(wanted.regions), ...lifeNotes(record)],
  }
}

function changesOf(
  { addon }: Survey,
  live: LiveAddonSecret | undefined,
  due: AddonDue,
  { regions, nowMs }: AddonWanted,
): readonly Change[] {
  const to = `a session's keys, for ${regions[0]}`
  const from = live?.record === undefined ? {} : { from: untilText(live.record.expiresAtMs, nowMs) }
  const session: Change = {
    field: `Secret ${addonNamespace}/${addonSecretName}`,
    ...from,
    to,
    effect: live === undefined ? 'create' : 'in-place',
  }
  const restarts = (why: string): Change => ({ field: addonTitle, to: why, effect: 'restart' })
  return [
    ...(due.session ? [session] : []),
    ...(due.session && (addon?.replicas ?? 0) > 0 ? [restarts('restarted, to read the new keys')] : []),
    ...(due.start
      ? [{ field: `${addonTitle}: replicas`, from: '0', to: '1', effect: 'in-place' as const }]
      : []),
    ...(due.refill.length > 0 && !due.session
      ? [restarts(`restarted, to fill the empty ${pullSecret} in ${listed(due.refill)}`)]
      : []),
  ]
}

/** Its one region is for all accounts, and no second Secret of its name can be (facts aws, 2.6). */
function regionNotes([first, ...others]: readonly string[]): readonly Note[] {
  if (others.length === 0) return []
  const text = `registry-creds serves one region, ${first}: images from ${others.join(', ')} cannot be pulled. With aws.ecr.mode: secret, or auto, devk8s serves all.`
  return [{ level: 'warning', text }]
}

/** Shorter than this, and registry-creds is restarted more often than it renews by itself. */
const shortLifeMs = 2 * 3_600_000

function lifeNotes(record: AddonRecord | undefined): readonly Note[] {
  if (record === undefined || record.expiresAtMs - record.issuedAtMs >= shortLifeMs) return []
  const text =
    'The AWS sessions here last less than two hours, and registry-creds empties the pull secrets when one ends before devk8s has renewed it. Keep `devk8s aws broker` running, or set aws.ecr.mode: secret, whose tokens last twelve hours.'
  return [{ level: 'warning', text }]
}
