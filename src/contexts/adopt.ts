import type { Edit, Section } from '../kubeconfig/changes.ts'
import { find } from '../kubeconfig/local-context.ts'
import type { Change } from '../ports/event.ts'
import { Secret } from '../ports/secret.ts'
import { fieldChanges } from './remote-changes.ts'
import type { ParsedFiles, Placed, RemotePlacement } from './remote-place.ts'
import { placeRemote, remoteEdits } from './remote-place.ts'
import { entryNameOf } from './entry-name.ts'
import { clusterFields, type Stanzas, userFields } from './stanzas.ts'

/** How a person's own context becomes one that devk8s keeps. */
export interface Adoption {
  readonly placement: RemotePlacement
  /** The token or password, where the credentials are one. */
  readonly secret?: Secret
  /** The person's cluster and user, which go unless something else names them. */
  readonly former: readonly { readonly section: 'clusters' | 'users'; readonly name: string }[]
  readonly changes: readonly Change[]
}

/**
 * What taking over the person's context of that name does: it gets our cluster and user in place of its own, which go
 * unless another context of any file names them. Its namespace stays, and so do fields that devk8s does not write.
 * @param given the secret that the profile names; without it the one that the person's user has stays.
 * @returns undefined when there is no such context.
 */
export function adoptionOf(
  parsed: ParsedFiles,
  wanted: Stanzas,
  team: string,
  given?: Secret,
): Adoption | undefined {
  const own = find(parsed, 'contexts', wanted.name)
  if (own === undefined) return undefined
  const old = { clusters: oldEntry(parsed, own, 'clusters'), users: oldEntry(parsed, own, 'users') }
  const kept = wanted.secret === undefined ? undefined : old.users?.entry.fields[wanted.secret.field]
  const secret = given ?? (typeof kept === 'string' && kept !== '' ? Secret.of(kept) : undefined)
  const placement = placeRemote(parsed, wanted, team, secret, own)
  const former = (['clusters', 'users'] as const).flatMap((section) => {
    const name = old[section]?.entry.name
    return name === undefined || name === entryNameOf(wanted.name) ? [] : [{ section, name }]
  })
  return {
    placement,
    ...(secret === undefined ? {} : { secret }),
    former,
    changes: [
      ...replaced('cluster', old.clusters, placement.puts.clusters, clusterFields),
      ...replaced('user', old.users, placement.puts.users, userFields),
      ...replaced('context', own, placement.puts.contexts, []),
      { field: `context ${wanted.name} kept by`, to: `devk8s, for profile ${team}`, effect: 'in-place' },
      ...removable(parsed, former, wanted.name).map(({ path, section, name }) => ({
        field: `${path}: ${section.slice(0, -1)} ${name}`,
        effect: 'remove' as const,
      })),
    ],
  }
}

function oldEntry(parsed: ParsedFiles, own: Placed, section: 'clusters' | 'users'): Placed | undefined {
  const name = own.entry.fields[section.slice(0, -1)]
  return typeof name === 'string' ? find(parsed, section, name) : undefined
}

/** Field by field, what the context had and what it gets. */
function replaced(
  what: string,
  old: Placed | undefined,
  { name, fields }: RemotePlacement['puts'][Section],
  all: readonly string[],
): readonly Change[] {
  const gone = all.filter((field) => fields[field] === undefined)
  return fieldChanges(old?.entry.fields ?? {}, fields, gone).map((change) => ({
    ...change,
    field: `${what} ${name} ${change.field}`,
  }))
}

/** Former entries that nothing names any more, once our context does not; those that devk8s wrote are not looked at. */
function removable(parsed: ParsedFiles, former: Adoption['former'], contextName: string) {
  return former.flatMap(({ section, name }) => {
    const found = find(parsed, section, name)
    if (found === undefined || found.entry.marker !== undefined) return []
    const isNamed = parsed.some(({ config }) =>
      config.contexts.some(
        (entry) => entry.name !== contextName && entry.fields[section.slice(0, -1)] === name,
      ),
    )
    return isNamed ? [] : [{ section, name, path: found.path }]
  })
}

/** The edits of one file, given all of them as they are now. */
export function adoptionEdits(
  parsed: ParsedFiles,
  file: string,
  { placement, former }: Adoption,
  contextName: string,
  secret?: string,
): readonly Edit[] {
  return [
    ...remoteEdits(file, placement, secret),
    ...removable(parsed, former, contextName)
      .filter(({ path }) => path === file)
      .map(({ section, name }): Edit => ({ kind: 'remove', section, name })),
  ]
}
