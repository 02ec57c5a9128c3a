import type { Change, Json } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'
import { problem } from '../problems/problem.ts'
import { contextForeign } from '../problems/kubernetes.ts'
import type { Edit, Fields, Section } from './changes.ts'
import { sections } from './changes.ts'
import type { Kubeconfig } from './config.ts'
import { parseKubeconfig } from './config.ts'
import type { NamedEntry } from './entries.ts'
import { isRemote } from './marker.ts'
import type { MinikubeStanzas } from './minikube.ts'

/** One of the user's kubeconfig files; `text` is undefined when it does not exist. */
export interface KubeconfigFile {
  readonly path: string
  readonly text: string | undefined
}

export interface LocalContext {
  readonly name: string
  readonly namespace: string
  readonly makeCurrent: 'if-none' | 'always' | 'never'
  readonly minikubeProfile: string
}

/** Which file each entry goes to; the credentials come in when the edits are made. */
export interface Placement {
  /** The name wanted; or, while that belongs to somebody else, the one that our context has. */
  readonly name: string
  readonly files: { readonly [S in Section]: string }
  /** Entries of ours under names of before, which go once the present ones are there. */
  readonly former: readonly FormerEntry[]
  /** The file whose `current-context` is to change. */
  readonly current: string | undefined
  readonly namespace: string
  readonly changes: readonly Change[]
}

interface FormerEntry {
  readonly section: Section
  readonly path: string
  readonly name: string
}

export interface Parsed {
  readonly path: string
  readonly exists: boolean
  readonly config: Kubeconfig
}

/** The cluster and user entries of a context of ours; a context's name alone is too likely to be taken. */
function entryName(section: Section, contextName: string): string {
  return section === 'contexts' ? contextName : `devk8s-${contextName}`
}

/** Each file parsed, or the problem of the first that cannot be. */
export function parseAll(
  files: readonly KubeconfigFile[],
): readonly Parsed[] | { readonly problem: Problem } {
  const all: Parsed[] = []
  for (const { path, text } of files) {
    const parsed = parseKubeconfig(text ?? '', path)
    if ('problem' in parsed) return parsed
    all.push({ path, exists: text !== undefined, config: parsed.config })
  }
  return all
}

/**
 * Where the local cluster's entries belong, by kubectl's rules: an entry goes back to the file that has it, a
 * new one to the first file that exists, else to the last of the list; `current-context` to that same default
 * file (facts sheet, 2.2). Entries of ours under another name, as another `context.name` or `kubectl config
 * rename-context` leaves them, get the name wanted; while somebody else has that, they keep theirs. A foreign entry of
 * that name is a problem as long as there is none of ours.
 * @param server the cluster's address; undefined while it is not known, and then it counts as unchanged.
 */
export function placeContext(
  files: readonly KubeconfigFile[],
  wanted: LocalContext,
  server: string | undefined,
): { readonly placement: Placement } | { readonly problem: Problem } {
  const parsed = parseAll(files)
  if ('problem' in parsed) return parsed
  const fallback = (parsed.find(({ exists }) => exists) ?? parsed.at(-1))?.path ?? ''
  const name = nameFor(parsed, wanted)
  const former = formerEntries(parsed, name, wanted.minikubeProfile)
  const places: Partial<Record<Section, string>> = {}
  const changes: Change[] = []
  for (const section of sections) {
    const found = find(parsed, section, entryName(section, name))
    if (found !== undefined && !isOf(wanted.minikubeProfile)(found.entry)) {
      return { problem: foreign(section, found.entry, found.path, wanted.name) }
    }
    const before = former.find((entry) => entry.section === section)
    places[section] = found?.path ?? before?.path ?? fallback
    changes.push(...entryChanges(section, found?.entry, before, places[section], name, server))
  }
  const current = currentMove(parsed, wanted, name, former, fallback)
  const namespace = namespaceOf(contextEntry(parsed, name, former), wanted.namespace)
  return {
    placement: {
      name,
      files: places as Record<Section, string>,
      former,
      current: current?.path,
      namespace,
      changes: [...changes, ...(current === undefined ? [] : [current.change])],
    },
  }
}

/** The name by which the local cluster is reached in these files, or will be. */
export function contextNameIn(files: readonly KubeconfigFile[], wanted: LocalContext): string {
  const parsed = parseAll(files)
  return 'problem' in parsed ? wanted.name : nameFor(parsed, wanted)
}

/** The name our context gets: the one wanted, unless somebody else has it and ours is there under another one. */
function nameFor(parsed: readonly Parsed[], { name, minikubeProfile }: LocalContext): string {
  const isTaken = sections.some((section) => {
    const found = find(parsed, section, entryName(section, name))
    return found !== undefined && !isOf(minikubeProfile)(found.entry)
  })
  if (!isTaken) return name
  const ours = parsed.flatMap(({ config }) => config.contexts).find(isOf(minikubeProfile))
  return ours?.name ?? name
}

/** Entries that devk8s wrote for this cluster. */
export const isOf = (minikubeProfile: string) => (entry: NamedEntry) =>
  entry.marker !== undefined && !isRemote(entry.marker) && entry.marker.profile === minikubeProfile

/** What is ours and does not have the name that it should have. */
function formerEntries(
  parsed: readonly Parsed[],
  name: string,
  minikubeProfile: string,
): readonly FormerEntry[] {
  return parsed.flatMap(({ path, config }) =>
    sections.flatMap((section) =>
      config[section]
        .filter(isOf(minikubeProfile))
        .filter((entry) => entry.name !== entryName(section, name))
        .map((entry) => ({ section, path, name: entry.name })),
    ),
  )
}

/** Our context as it is now, by its present name or a former one. */
function contextEntry(parsed: readonly Parsed[], name: string, former: readonly FormerEntry[]) {
  const now = [name, ...former.filter(({ section }) => section === 'contexts').map((entry) => entry.name)]
  return now.map((each) => find(parsed, 'contexts', each)?.entry).find((entry) => entry !== undefined)
}

/** Whether, where and how `current-context` moves: when asked to, and along with a context that is renamed. */
function currentMove(
  parsed: readonly Parsed[],
  { makeCurrent }: LocalContext,
  name: string,
  former: readonly FormerEntry[],
  fallback: string,
): { readonly path: string; readonly change: Change } | undefined {
  const set = parsed.find(({ config }) => config.currentContext !== undefined)
  const effective = set?.config.currentContext
  if (effective === name) return undefined
  const isRenamed = former.some((entry) => entry.section === 'contexts' && entry.name === effective)
  const isWanted = makeCurrent === 'always' || (makeCurrent === 'if-none' && effective === undefined)
  if (!isRenamed && !isWanted) return undefined
  const path = isRenamed && set !== undefined ? set.path : fallback
  const from = effective === undefined ? {} : { from: effective }
  return { path, change: { field: `${path}: current-context`, ...from, to: name, effect: 'in-place' } }
}

/** A namespace that a person has set on our context since stays; one that is still ours follows the profile. */
function namespaceOf(entry: NamedEntry | undefined, wanted: string): string {
  const now = entry?.fields['namespace']
  return entry !== undefined && typeof now === 'string' && now !== entry.marker?.namespace ? now : wanted
}

function entryChanges(
  section: Section,
  entry: NamedEntry | undefined,
  former: FormerEntry | undefined,
  path: string,
  contextName: string,
  server: string | undefined,
): readonly Change[] {
  const one = section.slice(0, -1)
  const name = entryName(section, contextName)
  const field = `${path}: ${one} ${name}`
  if (former !== undefined)
    return [{ field: `${former.path}: ${one}`, from: former.name, to: name, effect: 'in-place' }]
  if (entry === undefined) return [{ field, effect: 'create' }]
  if (section !== 'clusters' || server === undefined || entry.fields['server'] === server) return []
  return [{ field: `${field} server`, from: String(entry.fields['server']), to: server, effect: 'in-place' }]
}

/** An entry as kubectl finds it: the first file that has it wins. */
export function find(files: readonly Parsed[], section: Section, name: string) {
  for (const { path, config } of files) {
    const entry = config[section].find((each) => each.name === name)
    if (entry !== undefined) return { path, entry }
  }
  return undefined
}

function foreign(section: Section, entry: NamedEntry, path: string, contextName: string): Problem {
  const what = `${section.slice(0, -1)} "${entry.name}"`
  const whose =
    entry.marker === undefined
      ? 'was not written by devk8s'
      : isRemote(entry.marker)
        ? `is the team’s remote context (profile ${entry.marker.team})`
        : `belongs to devk8s’ cluster "${entry.marker.profile}"`
  return problem(contextForeign, {
    detail: `${path}: ${what} ${whose}. It is left as it is.`,
    next: [
      `devk8s up --context-name devk8s-${contextName}`,
      `kubectl config delete-${section.slice(0, -1)} ${entry.name}`,
    ],
    place: { file: path },
  })
}

/** Base64 of the certificates, as `*-data` fields take it. */
export interface Credentials {
  readonly ca: string
  readonly clientCertificate: string
  readonly clientKey: string
}

/** The edits of one file. Holds the key: to be called inside `Secret.map` only. */
export function contextEdits(
  file: string,
  { name, files, former, current, namespace }: Placement,
  wanted: LocalContext,
  stanzas: MinikubeStanzas,
  credentials: Credentials,
): readonly Edit[] {
  const { minikubeProfile: profile } = wanted
  const put = (section: Section, fields: Fields, without: readonly string[], marker = { profile }): Edit => ({
    kind: 'put',
    section,
    name: entryName(section, name),
    fields,
    without,
    marker,
  })
  const { ca, clientCertificate, clientKey } = credentials
  const all: Readonly<Record<Section, Edit>> = {
    clusters: put('clusters', { ...stanzas.cluster, 'certificate-authority-data': ca }, [
      'certificate-authority',
    ]),
    users: put('users', { 'client-certificate-data': clientCertificate, 'client-key-data': clientKey }, [
      'client-certificate',
      'client-key',
    ]),
    contexts: put(
      'contexts',
      { cluster: entryName('clusters', name), namespace, user: entryName('users', name) } satisfies Json,
      [],
      { profile, ...(namespace === wanted.namespace ? { namespace } : {}) },
    ),
  }
  const edits: readonly Edit[] = [
    ...sections.filter((section) => files[section] === file).map((section) => all[section]),
    ...former
      .filter(({ path }) => path === file)
      .map((entry): Edit => ({ kind: 'remove', section: entry.section, name: entry.name })),
  ]
  return current === file ? [...edits, { kind: 'current', context: name }] : edits
}
