import { isMap, parseDocument, stringify } from 'yaml'
import type { Problem } from '../problems/problem.ts'
import { overrideNotAllowed } from '../problems/profile.ts'
import { checkFile } from './check.ts'
import type { JsonMap, ParsedFile } from './document.ts'
import { fault, renderPath } from './faults.ts'
import { leaves } from './merge.ts'
import { overridesSchema } from './schema.ts'
import { prune } from './tree.ts'

/** A person's own file in their configuration folder. */
export const overridesFile = 'overrides.yaml'

/** What a person may decide against the team's profile: what depends on the machine, and names on it. */
export const overridable = [
  'cluster.driver',
  'cluster.memory',
  'cluster.cpus',
  'cluster.disk',
  'aws.profile',
  'context.name',
  'context.makeCurrent',
] as const
export type Overridable = (typeof overridable)[number]

/** Checks `overrides.yaml`; what is not a person's to decide is a fault, key by key. */
export function checkOverrides(parsed: ParsedFile): {
  readonly tree: JsonMap
  readonly faults: readonly Problem[]
} {
  const { tree, faults } = checkFile(parsed, overridesSchema)
  const allowed: ReadonlySet<string> = new Set([...overridable, 'apiVersion', 'kind'])
  const refused = leaves(tree).filter((path) => !allowed.has(renderPath(path)) && !isEmptySection(path, tree))
  const notAllowed = refused.map((path) =>
    fault(
      overrideNotAllowed,
      parsed.locate(path, 'key'),
      `${renderPath(path)} belongs to the team's profile. Yours may say ${overridable.join(', ')}.`,
    ),
  )
  const values = prune(tree, [...refused, ['apiVersion'], ['kind']]) as JsonMap
  return { tree: values, faults: [...faults, ...notAllowed] }
}

/** `cluster: {}` says nothing, so there is nothing to refuse. */
function isEmptySection(path: readonly (string | number)[], tree: JsonMap): boolean {
  const section = path.length === 1 ? tree[String(path[0])] : undefined
  return (
    typeof section === 'object' &&
    section !== null &&
    !Array.isArray(section) &&
    Object.keys(section).length === 0
  )
}

/** The text of `overrides.yaml` for these answers, e.g. `{ 'cluster.driver': 'docker', 'cluster.memory': '6g' }`. */
export function renderOverrides(values: Readonly<Partial<Record<Overridable, string | number>>>): string {
  const sections: Record<string, Record<string, string | number>> = {}
  for (const path of overridable) {
    const value = values[path]
    const [section = '', key = ''] = path.split('.')
    if (value !== undefined) sections[section] = { ...sections[section], [key]: value }
  }
  const head =
    "# Yours, for this machine: what stands here wins over the team's profile.\n" +
    `# Allowed: ${overridable.join(', ')}.\n`
  return head + stringify({ apiVersion: 'devk8s.dev/v1', kind: 'Overrides', ...sections })
}

/** Whether a sign-in alone has written the file (`aws login`), before the machine was asked about. */
export function isOfSignIn(text: string): boolean {
  const there = Object.keys((parseDocument(text).toJS() ?? {}) as object)
  return there.filter((key) => key !== 'apiVersion' && key !== 'kind').join() === 'aws'
}

/** The text of `overrides.yaml` with these answers in it; see `withOverride`. */
export function withOverrides(
  text: string | undefined,
  values: Readonly<Partial<Record<Overridable, string>>>,
): string {
  const answers = Object.entries(values) as readonly (readonly [Overridable, string])[]
  return answers.reduce(
    (soFar, [path, value]) => withOverride(soFar, path, value),
    text ?? renderOverrides({}),
  )
}

/**
 * The text of `overrides.yaml` with one more answer in it. Comments, order and all other answers stay; of an empty or
 * missing file it is a new one.
 * @param text what is in the file; it has been checked (`checkOverrides`).
 */
export function withOverride(text: string | undefined, path: Overridable, value: string): string {
  if (text === undefined || text.trim() === '') return renderOverrides({ [path]: value })
  const document = parseDocument(text)
  // A file of nothing but comments; and sections that are empty or stand for another one cannot be added to.
  if (!isMap(document.contents)) return `${text.trimEnd()}\n${renderOverrides({ [path]: value })}`
  const [section = '', key = ''] = path.split('.')
  if (isMap(document.get(section))) document.setIn([section, key], value)
  else {
    const there = document.toJS() as Readonly<Record<string, Readonly<Record<string, unknown>> | null>>
    document.set(section, document.createNode({ ...there[section], [key]: value }))
  }
  const changed = document.toString({ lineWidth: 0 })
  return text.includes('\r\n') ? changed.replaceAll(/\r?\n/g, '\r\n') : changed
}
