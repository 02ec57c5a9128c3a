import type { Files } from '../ports/files.ts'
import type { Hashing } from '../ports/hash.ts'
import type { Problem } from '../problems/problem.ts'
import { DevK8sError, fail, problem } from '../problems/problem.ts'
import {
  profileBaseNotFound,
  profileCycle,
  profileNotAProfile,
  profileNotFound,
  profilePathMissing,
} from '../problems/profile.ts'
import { checkFile } from './check.ts'
import { defaultLayer } from './defaults.ts'
import type { JsonMap, ParsedFile } from './document.ts'
import { largestProfileBytes, parseProfileText } from './document.ts'
import type { Path } from './faults.ts'
import { fault, renderPath, sortFaults, suggest } from './faults.ts'
import type { FoundProfile, Whereabouts } from './find.ts'
import { bundledNames, findBase, findProfile } from './find.ts'
import type { Layer, Merged } from './merge.ts'
import { mergeLayers, placeOf, renderCanonical } from './merge.ts'
import { checkOverrides, overridesFile } from './overrides.ts'
import { baseNameOf, folderOf, resolvePath } from './paths.ts'
import type { LoadedProfile, Origin, Profile } from './profile.ts'
import { absolutePaths, resolveProfile } from './resolve.ts'
import { checkRules } from './rules.ts'
import { profileSchema } from './schema.ts'
import { flagValues, layerOfTexts, variableValues } from './texts.ts'
import { prune } from './tree.ts'

export interface LoadRequest extends Whereabouts {
  /** What flags lay over the profile, by dotted path of the file form: `cluster.memory` → `6g`. */
  readonly overrides: Readonly<Record<string, string>>
  /** For commands that apply no manifest: one that is not there is no fault of the profile. */
  readonly mayLackManifests?: boolean
}

/**
 * Finds, reads, extends, merges and checks the profile. From lowest to highest: defaults, the bases that it
 * extends, the file, the person's overrides, variables, flags.
 * @throws DevK8sError with every fault at once, each with its place, exit 2; DK2011 when there is no profile.
 */
export async function loadProfile(
  request: LoadRequest,
  files: Files,
  hashing: Hashing,
): Promise<LoadedProfile> {
  return loadFound(await findProfile(request, files), request, files, hashing)
}

/** As `loadProfile`, for a profile that has been found already. */
export async function loadFound(
  found: FoundProfile,
  request: LoadRequest,
  files: Files,
  hashing: Hashing,
): Promise<LoadedProfile> {
  const chain = await readChain(found, request, files)
  const personal = await readOverrides(request, files)
  const variables = layerOfTexts(variableValues(request.env), 'env')
  const flags = layerOfTexts(flagValues(request.overrides, request.env), 'flag')
  const inFiles = [...chain.layers, ...personal.layers]
  const layers = [defaultLayer, ...onlyWithAws([...inFiles, variables.layer, flags.layer])]
  const merged = mergeLayers(withoutStaleSums(layers))
  const profile = resolveProfile(merged.tree, chain.name, found.bundled ? undefined : found.path)
  const faults = [
    ...chain.faults,
    ...personal.faults,
    ...variables.problems,
    ...flags.problems,
    ...ruleFaults(profile, merged, layers),
    ...(await missingPaths(
      request.mayLackManifests === true ? { ...profile, manifests: [] } : profile,
      layers,
      files,
    )),
  ]
  const [first, ...others] = sortFaults(faults, [...chain.files, ...personal.files])
  if (first !== undefined) throw new DevK8sError([first, ...others])
  return { profile, origins: originsOf(merged, profile), hash: hashOf(profile, hashing) }
}

interface Chain {
  /** First the farthest base. */
  readonly layers: readonly Layer[]
  readonly files: readonly string[]
  readonly faults: readonly Problem[]
  readonly name: string
}

/** Reads the file and everything it extends. */
async function readChain(found: FoundProfile, request: LoadRequest, files: Files): Promise<Chain> {
  const layers: Layer[] = []
  const faults: Problem[] = []
  const paths: string[] = []
  let name = ''
  let next: { readonly path: string; readonly bundled: boolean } | undefined = found
  while (next !== undefined) {
    const { path, bundled }: { readonly path: string; readonly bundled: boolean } = next
    next = undefined
    paths.push(path)
    const parsed = await readFile(path, files)
    const checked = checkFile(parsed, profileSchema)
    faults.push(...checked.faults)
    layers.unshift(fileLayer(parsed, checked.tree, bundled, request.home))
    if (name === '') name = nameIn(checked.tree)
    const base = checked.tree['extends']
    if (typeof base !== 'string') break
    const place = parsed.locate(['extends'])
    const result = await findBase(base, { path }, request, files)
    if ('searched' in result) {
      const meant = suggest(base, await bundledNames(request.bundledFolder, files))
      faults.push(
        fault(profileBaseNotFound, place, `extends: ${base}: there is no file ${result.searched}.${meant}`),
      )
    } else if (await isAmong(result.path, paths, files)) {
      const circle = [...paths, result.path].map((each) => baseNameOf(each)).join(' → ')
      faults.push(fault(profileCycle, place, `extends: ${base} closes a circle: ${circle}.`))
    } else next = result
  }
  return { layers, files: paths, faults, name }
}

/** Two names of one file are one file. */
async function isAmong(path: string, paths: readonly string[], files: Files): Promise<boolean> {
  const real = (each: string) => files.realPath(each)
  const all = await Promise.all([path, ...paths].map(real))
  return all.slice(1).includes(all[0])
}

const nameIn = (tree: JsonMap): string => {
  const name = (tree['metadata'] as JsonMap | undefined)?.['name']
  return typeof name === 'string' ? name : 'unnamed'
}

/** Reads a file as YAML; one too large to be a profile is not read at all. */
async function readFile(path: string, files: Files): Promise<ParsedFile> {
  const stat = await files.stat(path)
  if (stat !== undefined && stat.sizeBytes > largestProfileBytes) {
    const detail = `The file has ${stat.sizeBytes} bytes; a profile has at most ${largestProfileBytes}.`
    const tooLarge = parseProfileText(path, '')
    return { ...tooLarge, faults: [fault(profileNotAProfile, { file: path, line: 1, column: 1 }, detail)] }
  }
  const text = stat?.kind === 'file' ? await files.readText(path) : undefined
  if (text !== undefined) return parseProfileText(path, text)
  return fail(profileNotFound, { detail: `There is no file at ${path}.`, next: ['devk8s profile list'] })
}

/** The keys of a file that are about the file, not about the cluster. */
const head: readonly Path[] = [['apiVersion'], ['kind'], ['metadata'], ['extends']]

function fileLayer(parsed: ParsedFile, tree: JsonMap, bundled: boolean, home: string | undefined): Layer {
  const { file } = parsed
  const shown = bundled ? baseNameOf(file) : file
  return {
    tree: absolutePaths(prune(tree, head) as JsonMap, folderOf(file), home),
    origin: (path) => ({
      source: bundled ? 'bundled' : 'file',
      where: `${shown}:${parsed.locate(path, 'key').line}`,
    }),
    place: (path, at) => parsed.locate(path, at),
  }
}

async function readOverrides(
  request: LoadRequest,
  files: Files,
): Promise<Pick<Chain, 'layers' | 'files' | 'faults'>> {
  const file = resolvePath(request.configFolder, overridesFile)
  const text = await files.readText(file)
  if (text === undefined || text.trim() === '') return { layers: [], files: [], faults: [] }
  const parsed = parseProfileText(file, text)
  const { tree, faults } = checkOverrides(parsed)
  const origin = (path: Path): Origin => ({
    source: 'personal',
    where: `${file}:${parsed.locate(path, 'key').line}`,
  })
  return { layers: [{ tree, origin, place: parsed.locate }], files: [file], faults }
}

const isTeam = (layer: Layer): boolean => ['file', 'bundled'].includes(layer.origin([]).source)

/** An AWS profile of the person's says which keys to use where the team uses AWS, not that it does. */
function onlyWithAws(layers: readonly Layer[]): readonly Layer[] {
  const uses = layers.findLast((layer) => isTeam(layer) && Object.hasOwn(layer.tree, 'aws'))
  if (uses !== undefined && uses.tree['aws'] !== null) return layers
  return layers.map((layer) =>
    isTeam(layer) ? layer : { ...layer, tree: prune(layer.tree, [['aws']]) as JsonMap },
  )
}

/** A layer that names another version without its sums must not inherit those of the old version. */
function withoutStaleSums(layers: readonly Layer[]): readonly Layer[] {
  return layers.map((layer) => {
    const tools = layer.tree['tools'] as JsonMap | undefined
    if (tools === undefined || layer === defaultLayer) return layer
    const dropped = Object.entries(tools).map(([name, tool]) => {
      const spec = tool as JsonMap
      const isStale = Object.hasOwn(spec, 'version') && !Object.hasOwn(spec, 'sha256')
      return [name, isStale ? { ...spec, sha256: null } : spec]
    })
    return { ...layer, tree: { ...layer.tree, tools: Object.fromEntries(dropped) as JsonMap } }
  })
}

function ruleFaults(profile: Profile, merged: Merged, layers: readonly Layer[]): readonly Problem[] {
  return checkRules(profile, merged.tree).map(({ kind, path, at, detail }) => {
    const place = placeOf(layers, path, at)
    if (place !== undefined) return fault(kind, place, detail)
    const origin = merged.origins[renderPath(path)]
    const given = origin === undefined || origin.source === 'default' ? '' : ` (from ${origin.where})`
    return problem(kind, { detail: `${detail}${given}`, next: ['devk8s profile show --explain'] })
  })
}

/** Files that the profile names and that must be there before anything starts. */
async function missingPaths(
  profile: Profile,
  layers: readonly Layer[],
  files: Files,
): Promise<readonly Problem[]> {
  const named: readonly { readonly path: Path; readonly file: string }[] = [
    ...profile.manifests.map((file, index) => ({ path: ['manifests', index], file })),
    ...profile.cluster.caCertificates.map((file, index) => ({
      path: ['cluster', 'caCertificates', index],
      file,
    })),
    ...profile.cluster.mounts.map(({ host }, index) => ({ path: ['cluster', 'mounts', index], file: host })),
  ]
  const problems: Problem[] = []
  for (const { path, file } of named) {
    const stat = await files.stat(file)
    const place = placeOf(layers, path)
    if (stat !== undefined || place === undefined) continue
    problems.push(fault(profilePathMissing, place, `${renderPath(path)} names ${file}, which is not there.`))
  }
  return problems
}

/** Where the values come from; kubectl's version follows the cluster's unless somebody gives one. */
function originsOf({ origins }: Merged, { tools }: Profile): Readonly<Record<string, Origin>> {
  const path = 'tools.kubectl.version'
  if (origins[path] !== undefined) return origins
  const follows: Origin = { source: 'default', where: `cluster.kubernetes ${tools.kubectl.version}` }
  return { ...origins, [path]: follows }
}

/** The hash of what the profile means: spelling, order and comments of the files do not count. */
function hashOf({ file: _file, ...meaning }: Profile, hashing: Hashing): string {
  const hasher = hashing.sha256()
  hasher.update(renderCanonical(meaning))
  return hasher.hex()
}
