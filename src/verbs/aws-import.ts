import type { Json } from '../ports/event.ts'
import type { PodIdentityAssociation } from '../ports/aws.ts'
import { importSourceOpen, notImported } from '../problems/aws-import.ts'
import { fail } from '../problems/problem.ts'
import type { Profile } from '../profile/profile.ts'
import {
  type ImportedCluster,
  importedFrom,
  readImported,
  removeImported,
  writeImported,
} from '../roles/association-files.ts'
import {
  accountName,
  type AssociationChange,
  associationChanges,
  changeRows,
} from '../roles/import-difference.ts'
import {
  eksContexts,
  forgetCommand,
  importSource,
  type ImportSource,
  refuseOpen,
} from '../roles/import-source.ts'
import { askedOfEks } from '../roles/import-asking.ts'
import { bringAbout, type Effect, localNamespaces } from '../roles/import-effect.ts'
import { type AwsPlaces, awsPlaces } from '../upkeep/places.ts'
import { columnsOf } from '../world.ts'
import { consentTo } from './consent.ts'
import { keepingContext } from './kept.ts'
import { loadSessionProfile } from './prepare.ts'
import type { Verb, VerbEnd } from './session.ts'
import { renderTable } from './table.ts'

type ImportSession = Parameters<Verb<'aws.import'>>[0]

/** Reads what service accounts of a real cluster have by EKS Pod Identity; with `--remove` forgets it. */
export const awsImport: Verb<'aws.import'> = async (session) => {
  const { profile } = await loadSessionProfile(session)
  const places = awsPlaces(session.layout, session.world.platform)
  return session.request.remove ? forget(session, profile, places) : read(session, profile, places)
}

async function read(session: ImportSession, profile: Profile, places: AwsPlaces): Promise<VerbEnd> {
  const { ports, request, signal } = session
  const wanted = sourceOf(request.eks, profile)
  const { cluster } = wanted
  const { region } = wanted.source
  const [before, now] = await Promise.all([
    importedFrom(cluster, ports.files, places),
    askedOfEks(wanted, ports.aws, signal),
  ])
  const of = { cluster, ...(region === undefined ? {} : { region }) }
  const readAt = new Date(ports.clock.now()).toISOString()
  return settle(session, profile, places, {
    ...of,
    imported: now.length === 0 ? undefined : { version: 1, ...of, readAt, associations: now },
    before,
    changes: associationChanges(before?.associations ?? [], now),
  })
}

function sourceOf(named: string | undefined, profile: Profile): ImportSource {
  const [only, ...others] = eksContexts(profile)
  const name = named ?? (others.length === 0 ? only : undefined)
  return name === undefined ? refuseOpen(profile) : importSource(name, profile)
}

async function forget(session: ImportSession, profile: Profile, places: AwsPlaces): Promise<VerbEnd> {
  const all = await readImported(session.ports.files, places)
  const names = all.map(({ cluster }) => cluster)
  const cluster = forgettable(session.request.eks, names, profile)
  const before = all.find((each) => each.cluster === cluster)
  const changes = associationChanges(before?.associations ?? [], [])
  return settle(session, profile, places, { cluster, imported: undefined, before, changes })
}

/** @throws DevK8sError DK5120 when it could be several, DK5124 when nothing was imported. */
function forgettable(named: string | undefined, imported: readonly string[], profile: Profile): string {
  const [only, ...others] = imported
  const next = imported.map(forgetCommand)
  if (only === undefined) fail(notImported, { detail: 'Nothing was imported from any cluster.' })
  if (named === undefined) {
    if (others.length === 0) return only
    fail(importSourceOpen, { detail: `Imported are ${imported.join(', ')}.`, next })
  }
  // What was imported keeps its name, though the profile may no longer have the context.
  const cluster = imported.includes(named) ? named : importSource(named, profile).cluster
  if (imported.includes(cluster)) return cluster
  return fail(notImported, {
    detail: `Nothing was imported from ${named}. Imported ${others.length === 0 ? 'is' : 'are'} ${imported.join(', ')}.`,
    next,
  })
}

interface Found {
  readonly cluster: string
  readonly region?: string
  /** What is to be kept; undefined where there is nothing, or where it is to be forgotten. */
  readonly imported: ImportedCluster | undefined
  readonly before: ImportedCluster | undefined
  readonly changes: readonly AssociationChange[]
}

async function settle(
  session: ImportSession,
  profile: Profile,
  places: AwsPlaces,
  found: Found,
): Promise<VerbEnd> {
  const { cluster, imported, changes } = found
  const { remove } = session.request
  const { files } = session.ports
  const context = keepingContext(session)
  const missing = await missingNamespaces(imported?.associations ?? [], profile, places, context)
  const head = `${headOf(found, remove)}\n`
  if (changes.length === 0 && !remove) {
    session.answer(valueOf(found, missing, []), head)
    return { exit: 0 }
  }
  await agree(session, found, missing)
  await (imported === undefined
    ? removeImported(cluster, files, places)
    : writeImported(imported, files, places))
  const effects = await bringAbout(profile.name, places, session.layout.minikubeHome, context)
  const outcome = outcomeOf(found, profile, effects)
  session.answer(
    valueOf(found, missing, effects),
    [
      head,
      tableOf(changes, columnsOf(session.world.stdout)),
      ...[...missingText(missing), ...outcome.lines].map((line) => `\n${line}\n`),
    ].join(''),
  )
  return { exit: 0, next: outcome.next }
}

async function agree(
  session: ImportSession,
  { cluster, imported, changes }: Found,
  missing: readonly string[],
): Promise<void> {
  const forgets = `Forget what was imported from ${cluster}?`
  const none = session.request.remove ? '' : ' It has no associations any more.'
  const text =
    imported === undefined
      ? `${forgets}${none}`
      : `Take over what ${cluster} has? Pods of these service accounts then get it here, as the profile says.`
  // Narrower by as much as a question sets its details back.
  const rows = tableOf(changes, columnsOf(session.world.stdout) - 4)
  const details = [...rows.split('\n').filter((line) => line !== ''), ...missingText(missing)]
  // As with `aws logout`, taking away needs no terminal.
  const asked = { id: 'aws.import', text, details, ...(session.request.remove ? { fallback: true } : {}) }
  await consentTo(session, asked, { detail: 'Nothing was changed.' })
}

const tableOf = (changes: readonly AssociationChange[], columns: number): string =>
  renderTable(changeRows(changes), columns)

async function missingNamespaces(
  associations: readonly PodIdentityAssociation[],
  profile: Profile,
  places: AwsPlaces,
  context: ReturnType<typeof keepingContext>,
): Promise<readonly string[]> {
  const wanted = new Set(associations.map(({ namespace }) => namespace))
  if (wanted.size === 0) return []
  const there = await localNamespaces(profile, places, context)
  return [...wanted].filter((namespace) => !there.includes(namespace))
}

function headOf({ cluster, region, imported, before, changes }: Found, isForgotten: boolean): string {
  const forgotten = `What was imported from ${isForgotten ? cluster : 'it'} is forgotten.`
  if (isForgotten) return forgotten
  const has = `EKS cluster ${cluster}${region === undefined ? '' : ` in ${region}`} has`
  if (imported === undefined) {
    return `${has} no Pod Identity associations.${changes.length === 0 ? '' : ` ${forgotten}`}`
  }
  const { length } = imported.associations
  const news = before !== undefined && changes.length === 0 ? ', as they were imported before' : ''
  return `${has} ${length} Pod Identity association${length === 1 ? '' : 's'}${news}.`
}

const missingText = (missing: readonly string[]): readonly string[] =>
  missing.length === 0
    ? []
    : [
        `The local cluster has no namespace ${missing.join(', ')}: nothing asks by those until it has${missing.length === 1 ? ' it' : ' them'}.`,
      ]

/** What has come of it in the local clusters, and what is still to be done. */
function outcomeOf(
  { imported, changes }: Found,
  { name, aws }: Profile,
  effects: readonly Effect[],
): { readonly lines: readonly string[]; readonly next: readonly string[] } {
  const lines = effects.map((effect) => effectText(effect, imported === undefined))
  if (effects.some(({ isRenewed }) => !isRenewed)) return { lines, next: ['devk8s up'] }
  if (imported === undefined) return { lines, next: [] }
  if (effects.length > 0) {
    const isMore = changes.some(({ is }) => is === 'added')
    const late =
      'Pods that run ask the metadata service for it; those made anew are told of the agent, as on EKS.'
    return { lines: [...lines, ...(isMore ? [late] : [])], next: isMore ? [restartCommand] : [] }
  }
  const isUsed = aws?.roles !== undefined && aws.lane !== 'env'
  const unused = aws?.lane === 'env' ? '`aws.lane: env`, which knows no associations' : 'no `aws.roles`'
  return isUsed
    ? { lines: ['devk8s up brings it into effect.'], next: ['devk8s up'] }
    : { lines: [`The profile ${name} has ${unused}: no pod gets anything by it.`], next: [] }
}

const restartCommand = 'devk8s aws refresh --restart'

function effectText({ cluster, isRenewed, problem }: Effect, isForgotten: boolean): string {
  const why = problem === undefined ? '' : ` (${problem.code} ${problem.title})`
  if (isForgotten)
    return `Cluster ${cluster} ${isRenewed ? 'answers by it no more' : `may still answer by it${why}`}.`
  return `Cluster ${cluster} ${isRenewed ? 'answers by it now' : `does not answer by it yet${why}`}.`
}

function valueOf(
  { cluster, region, imported, changes }: Found,
  missing: readonly string[],
  effects: readonly Effect[],
): Json {
  const of = (wanted: AssociationChange['is']) =>
    changes.filter(({ is }) => is === wanted).map(({ association }) => accountName(association))
  return {
    cluster,
    region: region ?? null,
    readAt: imported?.readAt ?? null,
    associations: (imported?.associations ?? []).map((each) => ({ ...each })),
    added: of('added'),
    removed: of('removed'),
    changed: of('changed'),
    missingNamespaces: [...missing],
    clusters: effects.map((effect) => ({
      cluster: effect.cluster,
      renewed: effect.isRenewed,
      problem: effect.problem?.code ?? null,
    })),
  }
}
