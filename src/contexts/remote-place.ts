import type { Edit, Fields, Section } from '../kubeconfig/changes.ts'
import { sections } from '../kubeconfig/changes.ts'
import type { NamedEntry } from '../kubeconfig/entries.ts'
import type { parseAll } from '../kubeconfig/local-context.ts'
import { find } from '../kubeconfig/local-context.ts'
import type { RemoteMarker } from '../kubeconfig/marker.ts'
import { isRemote } from '../kubeconfig/marker.ts'
import { isText } from '../kubeconfig/transaction.ts'
import type { Change } from '../ports/event.ts'
import type { Secret } from '../ports/secret.ts'
import { entryNameOf, nameInProfile } from './entry-name.ts'
import { fieldChanges, markerChanges } from './remote-changes.ts'
import type { Stanzas } from './stanzas.ts'
import { clusterFields, userFields } from './stanzas.ts'

/** Kubeconfig files that could be read, in kubectl's order. */
export type ParsedFiles = Exclude<ReturnType<typeof parseAll>, { readonly problem: unknown }>

/** Entries that devk8s wrote for this team's profile. */
export const isOfTeam =
  (team: string) =>
  ({ marker }: NamedEntry): boolean =>
    isRemote(marker) && marker.team === team

/** As `nameInProfile`, of an entry as it is parsed. */
export const profileNameOf = ({ name, fields }: NamedEntry): string =>
  nameInProfile({ name, cluster: fields['cluster'], user: fields['user'] })

/** An entry and the file it is in. */
export interface Placed {
  readonly path: string
  readonly entry: NamedEntry
}

/** Our context for a name of the profile; a person may have renamed it. */
export function ownContext(parsed: ParsedFiles, team: string, name: string): Placed | undefined {
  const mine = parsed.flatMap(({ path, config }) =>
    config.contexts
      .filter(isOfTeam(team))
      .filter((entry) => profileNameOf(entry) === name)
      .map((entry) => ({ path, entry })),
  )
  return mine.find(({ entry }) => entry.name === name) ?? mine[0]
}

/** An entry of somebody else's that has a name which ours would need. */
export interface Foreign {
  readonly section: Section
  readonly name: string
  readonly path: string
  /** The team whose devk8s wrote it, when one did. */
  readonly team?: string
}

/** What stands in the way of our entries for a name of the profile, first the context itself. */
export function foreignEntry(parsed: ParsedFiles, team: string, name: string): Foreign | undefined {
  const own = ownContext(parsed, team, name)
  const isOurs = isOfTeam(team)
  const wanted = [
    ['contexts', own?.entry.name ?? name],
    ['clusters', entryNameOf(name)],
    ['users', entryNameOf(name)],
  ] as const
  for (const [section, entryName] of wanted) {
    const found = find(parsed, section, entryName)
    if (found === undefined) continue
    // Of two contexts with one name kubectl sees the first file's.
    const isShadowed = section === 'contexts' && found.entry !== own?.entry
    if (isOurs(found.entry) && !isShadowed) continue
    const { marker } = found.entry
    const owner = isRemote(marker) && marker.team !== team ? { team: marker.team } : {}
    return { section, name: entryName, path: found.path, ...owner }
  }
  return undefined
}

/** Where the entries of a context go, and what would change. */
export interface RemotePlacement {
  /** What the context is called. */
  readonly name: string
  readonly files: { readonly [S in Section]: string }
  readonly puts: { readonly [S in Section]: Omit<Extract<Edit, { kind: 'put' }>, 'section'> }
  /** The user's field for the secret; undefined when what is there stays. */
  readonly secretField: string | undefined
  /** The secret is neither given nor in the file. */
  readonly lacksSecret: boolean
  readonly changes: readonly Change[]
}

/**
 * Where our entries belong, by kubectl's rules: an entry goes back to the file that has it, a new one to that of its
 * context, else to the first file that exists, else to the last of the list. What a person has changed of them since
 * stays: the context's name, its namespace, its colour, and fields that devk8s does not write.
 * @param secret of `wanted.secret`; undefined when it is not known, and then one that is there stays.
 * @param own our context as it is; another one when that is to become ours.
 */
export function placeRemote(
  parsed: ParsedFiles,
  wanted: Stanzas,
  team: string,
  secret?: Secret,
  own = ownContext(parsed, team, wanted.name),
): RemotePlacement {
  const entryName = entryNameOf(wanted.name)
  const name = own?.entry.name ?? wanted.name
  const found = {
    clusters: find(parsed, 'clusters', entryName),
    users: find(parsed, 'users', entryName),
    contexts: own,
  }
  const home = own?.path ?? (parsed.find(({ exists }) => exists) ?? parsed.at(-1))?.path ?? ''
  const files = {
    clusters: found.clusters?.path ?? home,
    users: found.users?.path ?? home,
    contexts: home,
  }
  const has = wanted.secret === undefined ? undefined : found.users?.entry.fields[wanted.secret.field]
  const isThere = typeof has === 'string' && has !== ''
  const keeps = wanted.secret !== undefined && isThere ? [wanted.secret.field] : []
  const puts = putsOf(wanted, team, own?.entry, name, keeps)
  const secretChange =
    secret !== undefined && !(isThere && isText(secret, has)) && wanted.secret !== undefined
      ? [{ field: `user ${entryName} ${wanted.secret.field}`, to: '***', effect: 'in-place' } as const]
      : []
  return {
    name,
    files,
    puts,
    secretField: secret === undefined ? undefined : wanted.secret?.field,
    lacksSecret: wanted.secret !== undefined && secret === undefined && !isThere,
    changes: changesOf(found, puts, files, secretChange, wanted),
  }
}

type Found = { readonly [S in Section]: Placed | undefined }

function changesOf(
  found: Found,
  puts: RemotePlacement['puts'],
  files: RemotePlacement['files'],
  secretChange: readonly Change[],
  wanted: Stanzas,
): readonly Change[] {
  const at = (section: Section, what: string) => `${files[section]}: ${what}`
  if (found.contexts === undefined) {
    const field = at('contexts', `context ${puts.contexts.name}`)
    return [{ field, to: wanted.server, effect: 'create' }]
  }
  const changes = sections.flatMap((section): readonly Change[] => {
    const { name, fields, without = [], marker } = puts[section]
    const one = `${section.slice(0, -1)} ${name}`
    const entry = found[section]?.entry
    if (entry === undefined) return [{ field: at(section, one), effect: 'create' }]
    return [
      ...fieldChanges(entry.fields, fields, without),
      ...(marker === undefined ? [] : markerChanges(entry.marker, marker)),
    ].map((change) => ({ ...change, field: at(section, `${one} ${change.field}`) }))
  })
  return [...changes, ...secretChange.map((change) => ({ ...change, field: at('users', change.field) }))]
}

function putsOf(
  wanted: Stanzas,
  team: string,
  own: NamedEntry | undefined,
  name: string,
  keeps: readonly string[],
): RemotePlacement['puts'] {
  const entryName = entryNameOf(wanted.name)
  const owner: RemoteMarker = { team, source: wanted.source }
  const { now: namespace, wrote } = namespaceOf(own, wanted)
  const none = (all: readonly string[], fields: Fields) =>
    all.filter((each) => fields[each] === undefined && !keeps.includes(each))
  return {
    clusters: {
      kind: 'put',
      name: entryName,
      fields: wanted.cluster,
      without: none(clusterFields, wanted.cluster),
      marker: owner,
    },
    users: {
      kind: 'put',
      name: entryName,
      fields: wanted.user,
      without: none(userFields, wanted.user),
      marker: owner,
    },
    contexts: {
      kind: 'put',
      name,
      fields: { cluster: entryName, ...(namespace === undefined ? {} : { namespace }), user: entryName },
      without: namespace === undefined ? ['namespace'] : [],
      marker: {
        ...owner,
        ...told(wanted),
        ...colorsOf(own, wanted),
        ...(wrote === undefined ? {} : { namespace: wrote }),
      },
    },
  }
}

/** A namespace that a person has set since stays, and what devk8s wrote is remembered; else it follows the profile. */
function namespaceOf(own: NamedEntry | undefined, wanted: Stanzas) {
  const now = own?.fields['namespace']
  const wrote = isRemote(own?.marker) ? own.marker.namespace : undefined
  const isTheirs = typeof now === 'string' && now !== '' && now !== wrote
  return isTheirs ? { now, wrote } : { now: wanted.namespace, wrote: wanted.namespace }
}

/** A colour that a person has chosen since, or taken away, stays so. */
function colorsOf(
  own: NamedEntry | undefined,
  wanted: Stanzas,
): Pick<RemoteMarker, 'color' | 'profileColor'> {
  const marker = isRemote(own?.marker) ? own.marker : undefined
  const color = marker !== undefined && marker.color !== marker.profileColor ? marker.color : wanted.color
  return {
    ...(wanted.color === undefined ? {} : { profileColor: wanted.color }),
    ...(color === undefined ? {} : { color }),
  }
}

function told({
  aliases,
  description,
  clusterName,
  account,
  region,
  protected: isProtected,
  readOnly,
}: Stanzas): Partial<RemoteMarker> {
  return {
    ...(aliases === undefined ? {} : { aliases }),
    ...(description === undefined ? {} : { description }),
    ...(isProtected ? { protected: true as const } : {}),
    ...(readOnly ? { readOnly: true as const } : {}),
    ...(clusterName === undefined ? {} : { cluster: clusterName }),
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
  }
}

/** The edits of one file. Holds the secret where there is one: to be called inside `Secret.map` then. */
export function remoteEdits(
  file: string,
  { files, puts, secretField }: RemotePlacement,
  secret?: string,
): readonly Edit[] {
  return sections
    .filter((section) => files[section] === file)
    .map((section): Edit => {
      const put = puts[section]
      if (section !== 'users' || secret === undefined || secretField === undefined) return { ...put, section }
      const without = put.without?.filter((each) => each !== secretField) ?? []
      return { ...put, section, fields: { ...put.fields, [secretField]: secret }, without }
    })
}
