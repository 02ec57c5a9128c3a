import type { Edit, Section } from '../kubeconfig/changes.ts'
import { sections } from '../kubeconfig/changes.ts'
import type { NamedEntry } from '../kubeconfig/entries.ts'
import { find } from '../kubeconfig/local-context.ts'
import { isRemote } from '../kubeconfig/marker.ts'
import { emptied } from '../kubeconfig/no-context.ts'
import type { Change } from '../ports/event.ts'
import { entryNameOf } from './entry-name.ts'
import type { ParsedFiles } from './remote-place.ts'
import { isOfTeam, profileNameOf } from './remote-place.ts'

/** Contexts of the team that the profile has no more, with what goes along with them. */
export interface Trimming {
  /** The contexts, as they are called now. */
  readonly names: readonly string[]
  readonly edits: ReadonlyMap<string, readonly Edit[]>
  readonly changes: readonly Change[]
}

/**
 * What has to go: our contexts whose name no entry of the profile stands for, and our clusters and users of such names
 * once no context of any file names them. `current-context` is emptied where it names one that goes, never moved.
 * @param gone names of contexts that an earlier pass took out of another file.
 * @param boundFile the file that binds this shell, whose `current-context` must not become empty: see `noContext`.
 */
export function trimmingOf(
  parsed: ParsedFiles,
  team: string,
  isStanding: (name: string) => boolean,
  {
    gone = [],
    boundFile,
  }: { readonly gone?: readonly string[]; readonly boundFile?: string | undefined } = {},
): Trimming {
  const isOurs = isOfTeam(team)
  const isDropped = (entry: NamedEntry) => isOurs(entry) && !isStanding(profileNameOf(entry))
  const staying = parsed.flatMap(({ config }) => config.contexts.filter((entry) => !isDropped(entry)))
  const isNamed = (section: Section, { name }: NamedEntry) =>
    staying.some(({ fields }) => fields[section.slice(0, -1)] === name)
  const goes = (section: Section, entry: NamedEntry) =>
    section === 'contexts'
      ? isDropped(entry)
      : isOurs(entry) && !isStanding(plainName(entry.name)) && !isNamed(section, entry)
  const edits = new Map<string, readonly Edit[]>()
  const changes: Change[] = []
  const names = new Set(gone)
  for (const { path, config } of parsed) {
    const mine = sections.flatMap((section) =>
      config[section]
        .filter((entry) => goes(section, entry))
        .map(({ name }): Extract<Edit, { kind: 'remove' }> => ({ kind: 'remove', section, name })),
    )
    for (const { section, name } of mine) {
      if (section === 'contexts') names.add(name)
      changes.push({ field: `${path}: ${section.slice(0, -1)} ${name}`, effect: 'remove' })
    }
    if (mine.length > 0) edits.set(path, mine)
  }
  for (const { path, config } of parsed) {
    const current = config.currentContext
    if (current === undefined || !names.has(current)) continue
    const target = find(parsed, 'contexts', current)
    if (target !== undefined && !isDropped(target.entry)) continue
    const currents = parsed.map((each) => ({ path: each.path, current: each.config.currentContext }))
    const context = emptied(path, currents, boundFile)
    edits.set(path, [...(edits.get(path) ?? []), { kind: 'current', context }])
    changes.push({ field: `${path}: current-context`, from: current, effect: 'remove' })
  }
  return { names: [...names], edits, changes }
}

/**
 * Protected contexts among those that would go: what somebody guards is not tidied up by the way.
 * @returns their names now, and those that the profile gave them.
 */
export function guardedIn(
  parsed: ParsedFiles,
  team: string,
  isStanding: (name: string) => boolean,
): readonly { readonly name: string; readonly profileName: string }[] {
  return parsed
    .flatMap(({ config }) => config.contexts.filter(isOfTeam(team)))
    .filter(({ marker }) => isRemote(marker) && marker.protected === true)
    .map((entry) => ({ name: entry.name, profileName: profileNameOf(entry) }))
    .filter(({ profileName }) => !isStanding(profileName))
}

const plainName = (name: string) =>
  name.startsWith(entryNameOf('')) ? name.slice(entryNameOf('').length) : name
