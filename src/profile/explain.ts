import type { LoadedProfile, Origin, Profile } from './profile.ts'
import { renderMiB } from './units.ts'

/** One line of `profile show --explain`. */
export interface ExplainRow {
  /** Dotted, as in the file: `cluster.memory`. */
  readonly path: string
  readonly value: string
  readonly source: Origin['source']
  /** File and line, variable or flag. */
  readonly where: string
}

/** What is written where a value has no words of its own. */
const nothing = '-'

/** Every value of the profile with where it comes from, in the order of the file form. */
export function explainRows({ profile, origins }: LoadedProfile): readonly ExplainRow[] {
  const values = new Map(valuesOf(profile))
  return Object.entries(origins)
    .filter(([path]) => !isEmptyMap(path, values))
    .map(([path, { source, where }]) => ({ path, value: values.get(path) ?? nothing, source, where }))
    .toSorted((a, b) => rank(a.path) - rank(b.path) || (a.path < b.path ? -1 : 1))
}

const sections = [
  'cluster',
  'tools',
  'addons',
  'namespaces',
  'manifests',
  'context',
  'contexts',
  'aws',
  'dns',
  'team',
]
const rank = (path: string): number => sections.indexOf(path.split('.')[0] ?? '')

const isEmptyMap = (path: string, values: ReadonlyMap<string, string>): boolean =>
  values.get(path) === undefined &&
  /^(?:addons|cluster\.(?:featureGates|extraConfig)|tools\.\w+\.sha256)$/.test(path)

/** The resolved values by the dotted path of the file form, as text on one line. */
function valuesOf(profile: Profile): readonly (readonly [string, string])[] {
  const { cluster, tools, context } = profile
  const { memoryMiB, diskMiB, featureGates, extraConfig, ...plain } = cluster
  return [
    ...Object.entries(plain).map(([key, value]) => [`cluster.${key}`, textOf(value)] as const),
    ['cluster.memory', memoryMiB === 'auto' ? 'auto' : renderMiB(memoryMiB)],
    ['cluster.disk', renderMiB(diskMiB)],
    ...Object.entries(featureGates).map(
      ([gate, on]) => [`cluster.featureGates.${gate}`, String(on)] as const,
    ),
    ...extraConfig.map(
      ({ component, key, value }) => [`cluster.extraConfig.${component}.${keyOf(key)}`, value] as const,
    ),
    ...(['minikube', 'kubectl'] as const).flatMap((tool) => flatten(tools[tool], `tools.${tool}`)),
    ...Object.entries(profile.addons).flatMap(([addon, { enabled, options }]) => [
      [`addons.${addon}`, String(enabled)] as const,
      [`addons.${addon}.enabled`, String(enabled)] as const,
      ...flatten(options, `addons.${addon}.options`),
    ]),
    ['namespaces', textOf(profile.namespaces.map(({ name }) => name))],
    ['manifests', textOf(profile.manifests)],
    ...flatten(context, 'context'),
    ['contexts', textOf(profile.contexts.map((each) => each.name))],
    ...flatten(profile.aws ?? {}, 'aws'),
    ...flatten(profile.dns ?? {}, 'dns'),
    ...flatten(profile.team ?? {}, 'team'),
  ]
}

const keyOf = (key: string): string => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key))

function flatten(value: object, path: string): readonly (readonly [string, string])[] {
  return Object.entries(value).flatMap(([key, each]: [string, unknown]) => {
    const here = `${path}.${keyOf(key)}`
    const isMap = typeof each === 'object' && each !== null && !Array.isArray(each)
    return isMap ? flatten(each, here) : [[here, textOf(each)] as const]
  })
}

function textOf(value: unknown): string {
  if (!Array.isArray(value)) return String(value)
  return value.length === 0 ? nothing : value.map(itemText).join(', ')
}

function itemText(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item)
  return Object.values(item).map(String).join(':')
}
