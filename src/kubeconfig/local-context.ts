import type { Change, Json } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'
import { problem } from '../problems/problem.ts'
import { contextForeign } from '../problems/kubernetes.ts'
import type { Edit, Fields, Section } from './changes.ts'
import { sections } from './changes.ts'
import type { Kubeconfig, NamedEntry } from './config.ts'
import { parseKubeconfig } from './config.ts'
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
  readonly files: { readonly [S in Section]: string }
  /** The file whose `current-context` is to change. */
  readonly current: string | undefined
  readonly namespace: string
  readonly changes: readonly Change[]
}

interface Parsed {
  readonly path: string
  readonly exists: boolean
  readonly config: Kubeconfig
}

/** The cluster and user entries of a context of ours; a context's name alone is too likely to be taken. */
function entryName(section: Section, contextName: string): string {
  return section === 'contexts' ? contextName : `devk8s-${contextName}`
}

function parseAll(files: readonly KubeconfigFile[]): readonly Parsed[] | { readonly problem: Problem } {
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
 * file (facts sheet, 2.2). An entry of that name which is not ours is a problem.
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
  const places: Partial<Record<Section, string>> = {}
  const changes: Change[] = []
  let namespace = wanted.namespace
  for (const section of sections) {
    const found = find(parsed, section, entryName(section, wanted.name))
    if (found !== undefined && found.entry.marker?.profile !== wanted.minikubeProfile) {
      return { problem: foreign(section, found.entry, found.path, wanted.name) }
    }
    places[section] = found?.path ?? fallback
    changes.push(...entryChanges(section, found?.entry, places[section], wanted, server))
    if (section === 'contexts') namespace = namespaceOf(found?.entry, wanted.namespace)
  }
  const effective = parsed.find(({ config }) => config.currentContext)?.config.currentContext
  const moves =
    effective !== wanted.name &&
    (wanted.makeCurrent === 'always' || (wanted.makeCurrent === 'if-none' && effective === undefined))
  if (moves) {
    const from = effective === undefined ? {} : { from: effective }
    changes.push({ field: `${fallback}: current-context`, ...from, to: wanted.name, effect: 'in-place' })
  }
  const current = moves ? fallback : undefined
  return { placement: { files: places as Record<Section, string>, current, namespace, changes } }
}

/** A namespace that a person has set on our context since stays; one that is still ours follows the profile. */
function namespaceOf(entry: NamedEntry | undefined, wanted: string): string {
  const now = entry?.fields['namespace']
  return entry !== undefined && typeof now === 'string' && now !== entry.marker?.namespace ? now : wanted
}

function entryChanges(
  section: Section,
  entry: NamedEntry | undefined,
  path: string,
  wanted: LocalContext,
  server: string | undefined,
): readonly Change[] {
  const field = `${path}: ${section.slice(0, -1)} ${entryName(section, wanted.name)}`
  if (entry === undefined) return [{ field, effect: 'create' }]
  if (section !== 'clusters' || server === undefined || entry.fields['server'] === server) return []
  return [{ field: `${field} server`, from: String(entry.fields['server']), to: server, effect: 'in-place' }]
}

function find(files: readonly Parsed[], section: Section, name: string) {
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
  { files, current, namespace }: Placement,
  wanted: LocalContext,
  stanzas: MinikubeStanzas,
  credentials: Credentials,
): readonly Edit[] {
  const { name, minikubeProfile: profile } = wanted
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
  const edits = sections.filter((section) => files[section] === file).map((section) => all[section])
  return current === file ? [...edits, { kind: 'current', context: name }] : edits
}

/**
 * The edits, by file, that take the local cluster's entries out: only those that carry our marker for this
 * cluster. `current-context` is emptied in each file where it names our context.
 */
export function removalEdits(
  files: readonly KubeconfigFile[],
  { name, minikubeProfile }: Pick<LocalContext, 'name' | 'minikubeProfile'>,
):
  | { readonly edits: ReadonlyMap<string, readonly Edit[]>; readonly changes: readonly Change[] }
  | { readonly problem: Problem } {
  const parsed = parseAll(files)
  if ('problem' in parsed) return parsed
  const edits = new Map<string, readonly Edit[]>()
  const changes: Change[] = []
  const found = find(parsed, 'contexts', name)
  // A name without its context, as an interrupted removal leaves it, points nowhere and may go as well.
  const mayUnset = found === undefined || found.entry.marker?.profile === minikubeProfile
  for (const { path, config } of parsed) {
    const mine: Edit[] = []
    for (const section of sections) {
      const entry = config[section].find((each) => each.name === entryName(section, name))
      if (entry?.marker?.profile !== minikubeProfile) continue
      mine.push({ kind: 'remove', section, name: entry.name })
      changes.push({ field: `${path}: ${section.slice(0, -1)} ${entry.name}`, effect: 'remove' })
    }
    if (mayUnset && config.currentContext === name) {
      mine.push({ kind: 'current', context: undefined })
      changes.push({ field: `${path}: current-context`, from: name, effect: 'remove' })
    }
    if (mine.length > 0) edits.set(path, mine)
  }
  return { edits, changes }
}
