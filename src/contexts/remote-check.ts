import { ageText } from '../kubeconfig/age.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import { find, parseAll } from '../kubeconfig/local-context.ts'
import { isRemote } from '../kubeconfig/marker.ts'
import { readKubeconfigs } from '../kubeconfig/user-files.ts'
import type { StepContext, Wants } from '../plan/step.ts'
import type { Change, Note } from '../ports/event.ts'
import type { Secret } from '../ports/secret.ts'
import { contextSecretMissing } from '../problems/contexts.ts'
import { type Problem, problem } from '../problems/problem.ts'
import type { RemoteContextSpec } from '../profile/profile.ts'
import { readableSecretNotes } from './readable-secret.ts'
import type { FoundCluster } from './remote-cluster.ts'
import { contextNameOf } from './remote-cluster.ts'
import { type Entries, openWaysTo } from './open-ways.ts'
import { ownClusters } from './remote-discovered.ts'
import { type Known, whereIs } from './remote-known.ts'
import type { Foreign, ParsedFiles, RemotePlacement } from './remote-place.ts'
import { entryNameOf } from './entry-name.ts'
import { protectKey, protectKeyOf } from './protect-key.ts'
import { foreignEntry, isOfTeam, ownContext, placeRemote, profileNameOf } from './remote-place.ts'
import { namedSecret, sourceText } from './remote-secrets.ts'
import { stanzasOf, type Stanzas } from './stanzas.ts'

type Want = Readonly<Wants['remote-context.present']>

/** One context as it is and should be. */
export type Looked = {
  /** As the profile has it. */
  readonly name: string
  readonly notes: readonly Note[]
} & (
  | {
      readonly state: 'placed'
      readonly wanted: Stanzas
      readonly placement: RemotePlacement
      readonly secret?: Secret
      /** What was withheld until now would be handed out, or was agreed to, at any time. */
      readonly losesProtection: boolean
    }
  | { readonly state: 'foreign'; readonly foreign: Foreign }
  /** What only a person knows is missing, and none can be asked. */
  | { readonly state: 'left-out' }
  | { readonly state: 'blocked'; readonly problem: Problem }
)

/** What a look at one entry of the profile found. */
export type Look =
  | {
      readonly state: 'looked'
      readonly contexts: readonly Looked[]
      readonly notes: readonly Note[]
      readonly known?: Known
    }
  /** Nobody could be asked, and what is there stays as it is. */
  | { readonly state: 'kept'; readonly names: readonly string[]; readonly notes: readonly Note[] }
  | { readonly state: 'blocked'; readonly problem: Problem }

/** Looks the clusters up and compares with the kubeconfig files. Changes nothing. */
export async function lookAt(want: Want, context: StepContext): Promise<Look> {
  const parsed = parseAll(await readKubeconfigs(context.ports.files, want.userKubeconfig))
  if ('problem' in parsed) return { state: 'blocked', problem: parsed.problem }
  // Where the cluster is would change nothing then, so nobody is asked.
  const foreign = isOne(want) ? foreignEntry(parsed, want.team, want.spec.name) : undefined
  if (foreign !== undefined)
    return { state: 'looked', contexts: [foreignContext(want.spec.name, foreign)], notes: [] }
  const known = await whereIs(want, context)
  if (known.state === 'unknown' && known.remembered === undefined)
    return withoutAnswer(want, known.problem, parsed)
  const clusters = known.state === 'answered' ? known.clusters : (known.remembered?.clusters ?? [])
  const told =
    known.state === 'answered' ? known.notes : [offlineNote(want, known, context.ports.clock.now())]
  const own = await ownClusters(want, clusters, want.others ?? [], context)
  const contexts: Looked[] = []
  for (const found of own.clusters) {
    const name = contextNameOf(want.spec, found)
    if (found.isReady === false) continue
    contexts.push(await lookAtOne(want, found, name, parsed, context))
  }
  return { state: 'looked', contexts, notes: [...told, ...own.notes], known }
}

/** Whether the spec is for one context, whose name is its own. */
const isOne = ({ spec }: Pick<Want, 'spec'>): boolean => spec.eks?.discover !== true

function foreignContext(name: string, foreign: Foreign): Looked {
  return { state: 'foreign', name, foreign, notes: [foreignNote(name, foreign)] }
}

/** The person's own files, read again when a context is about to be written: whether it still is as was found. */
export function placeAgain(
  files: readonly KubeconfigFile[],
  want: Want,
  { wanted, secret }: Extract<Looked, { state: 'placed' }>,
) {
  const parsed = parseAll(files)
  if ('problem' in parsed) return parsed
  if (foreignEntry(parsed, want.team, wanted.name) !== undefined) return undefined
  return placeRemote(parsed, wanted, want.team, secret)
}

async function lookAtOne(
  want: Want,
  found: FoundCluster,
  name: string,
  parsed: ParsedFiles,
  { ports, env }: StepContext,
): Promise<Looked> {
  const { spec, team, launcher } = want
  const foreign = foreignEntry(parsed, team, name)
  if (foreign !== undefined) return foreignContext(name, foreign)
  const wanted = stanzasOf({ spec, found, name, protectedAs: protectKey(team, name), launcher })
  const secret =
    wanted.secret === undefined
      ? undefined
      : await namedSecret(wanted.secret.from, { files: ports.files, env })
  const placement = placeRemote(parsed, wanted, team, secret)
  const from = wanted.secret?.from
  if (placement.lacksSecret && from !== undefined && from !== 'ask') {
    return { state: 'blocked', name, problem: secretProblem(name, from), notes: [] }
  }
  if (placement.lacksSecret && ports.prompts.canAsk === false) {
    return { state: 'left-out', name, notes: [leftOutNote(name, wanted)] }
  }
  const keptSecret = secret === undefined && from !== undefined && from !== 'ask'
  const losesProtection = isWeaker(parsed, team, wanted)
  const notes: readonly Note[] = [
    ...wanted.notes,
    ...(losesProtection ? [losesProtectionNote(placement.name, wanted)] : []),
    ...(keptSecret ? [keptSecretNote(name, from)] : []),
    ...(await readableSecretNotes(wanted, placement, ports)),
    ...(await missingFileNotes(name, spec, ports.files)),
    ...renamedNote(placement.name, name),
    ...sameClusterNotes(parsed, wanted),
  ]
  return {
    state: 'placed',
    name,
    wanted,
    placement,
    losesProtection,
    notes,
    ...(secret === undefined ? {} : { secret }),
  }
}

/** Whether our entries as they are ask before a switch, or withhold the credentials, and those that are wanted do not. */
function isWeaker(parsed: ParsedFiles, team: string, wanted: Stanzas): boolean {
  const own = ownContext(parsed, team, wanted.name)?.entry
  const user = find(parsed, 'users', entryNameOf(wanted.name))?.entry
  const asks = isRemote(own?.marker) && own.marker.protected === true
  return (
    (asks && !wanted.protected) ||
    (protectKeyOf(user?.fields) !== undefined && protectKeyOf(wanted.user) === undefined)
  )
}

function losesProtectionNote(name: string, wanted: Stanzas): Note {
  const text = wanted.protected
    ? `Context ${name} is protected, and its credentials would not be withheld any more.`
    : `Context ${name} is protected until now, and the profile protects it no more.`
  return { level: 'warning', text }
}

function secretProblem(name: string, from: Exclude<Stanzas['secret'], undefined>['from']): Problem {
  const detail = `Context ${name}: the profile takes the password from ${sourceText(from)}, and there is nothing.`
  return problem(contextSecretMissing, { detail, next: ['devk8s contexts sync'] })
}

const leftOutNote = (name: string, { secret }: Stanzas): Note => ({
  level: 'warning',
  text: `Context ${name} is left out: its ${secret?.field ?? 'secret'} is asked for, and there is nobody to ask. In a terminal, devk8s contexts sync asks and writes it.`,
})

const keptSecretNote = (name: string, from: Exclude<Stanzas['secret'], undefined>['from']): Note => ({
  level: 'warning',
  text: `Context ${name} keeps the password it has: there is nothing in ${sourceText(from)}.`,
})

/** Somebody else's entry is theirs: it is told, with the way to hand it over. */
function foreignNote(name: string, { section, name: entry, path, team }: Foreign): Note {
  const what = `${section.slice(0, -1)} "${entry}"`
  const whose = team === undefined ? 'was not written by devk8s' : `is that of team ${team}`
  const text = `${what} in ${path} ${whose} and is left as it is. To let devk8s keep it: devk8s contexts adopt ${name}`
  return { level: 'warning', text: `${text.slice(0, 1).toUpperCase()}${text.slice(1)}` }
}

const renamedNote = (name: string, wanted: string): readonly Note[] =>
  name === wanted ? [] : [{ level: 'info', text: `Context ${wanted} of the profile is called ${name} here.` }]

/** What `aws eks update-kubeconfig` and the like have written for the same cluster. */
function sameClusterNotes(parsed: ParsedFiles, wanted: Stanzas): readonly Note[] {
  const { name, server } = wanted
  const entries: Entries = {
    contexts: parsed.flatMap(({ config }) => config.contexts),
    clusters: parsed.flatMap(({ config }) => config.clusters),
    users: parsed.flatMap(({ config }) => config.users),
  }
  const others = openWaysTo(server, entries)
  if (wanted.protected) {
    return others.map((other) => ({
      level: 'warning',
      text: `Context ${other} of yours leads to the same cluster as ${name}, which is protected, and gets around that. To have one only: devk8s contexts remove ${other}`,
    }))
  }
  // Told once, when ours comes beside it.
  if (entries.clusters.some((entry) => entry.name === entryNameOf(name))) return []
  return others.map((other) => ({
    level: 'info',
    text: `Context ${other} of yours leads to the same cluster as ${name} and stays. To have one only: devk8s contexts remove ${other}`,
  }))
}

/** Files that the profile names: without them kubectl fails with its own words, later. */
async function missingFileNotes(
  name: string,
  { cluster, user }: RemoteContextSpec,
  files: StepContext['ports']['files'],
): Promise<readonly Note[]> {
  const { clientCertificate, clientKey, tokenFile, token, oidc } = user ?? {}
  const named = typeof token === 'object' && 'file' in token ? token.file : undefined
  const authorities = [cluster?.certificateAuthority, oidc?.certificateAuthority]
  const notes: Note[] = []
  for (const path of [...authorities, clientCertificate, clientKey, tokenFile, named]) {
    if (path === undefined || (await files.stat(path)) !== undefined) continue
    notes.push({ level: 'warning', text: `Context ${name} needs ${path}, which is not there yet.` })
  }
  return notes
}

function offlineNote({ spec }: Want, known: Extract<Known, { state: 'unknown' }>, nowMs: number): Note {
  const at = known.remembered?.at
  const age = at === undefined ? 'of before' : `${ageText(nowMs - at)} old`
  const [wayOut] = known.problem.next
  const text = `Where the cluster of ${spec.name} is could not be asked, and the answer used is ${age}. ${known.problem.title}: ${known.problem.detail}`
  return { level: 'warning', text: wayOut === undefined ? text : `${text} (${wayOut})` }
}

/** Entries of ours stay as they are; without any the problem stands in the way. */
function withoutAnswer({ spec, team }: Want, why: Problem, parsed: ParsedFiles): Look {
  const isMeant = (name: string) => (isOne({ spec }) ? name === spec.name : name.startsWith(`${spec.name}-`))
  const names = parsed
    .flatMap(({ config }) => config.contexts.filter(isOfTeam(team)))
    .filter((entry) => isMeant(profileNameOf(entry)))
    .map(({ name }) => name)
  if (names.length === 0) return { state: 'blocked', problem: why }
  const [wayOut] = why.next
  const text = `${names.join(', ')}: left as ${names.length === 1 ? 'it is' : 'they are'}. ${why.title}: ${why.detail}`
  return {
    state: 'kept',
    names,
    notes: [{ level: 'warning', text: wayOut === undefined ? text : `${text} (${wayOut})` }],
  }
}

/** Everything that would change. */
export function changesOf(contexts: readonly Looked[]): readonly Change[] {
  return contexts.flatMap((each): readonly Change[] => {
    if (each.state !== 'placed') return []
    const { placement, wanted } = each
    const asked: readonly Change[] =
      placement.lacksSecret && wanted.secret !== undefined
        ? [
            {
              field: `${placement.files.users}: ${wanted.secret.field} of ${each.name}`,
              to: 'asked for',
              effect: 'in-place',
            },
          ]
        : []
    return [...placement.changes, ...asked]
  })
}
