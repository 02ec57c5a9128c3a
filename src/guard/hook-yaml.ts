import { isMap, isScalar, isSeq, type Pair, parseDocument } from 'yaml'
import { blockEnd, blockStart, foldedCommand } from './hook-block.ts'

/** The entry of lefthook, below its name or in a list. */
export const lefthookRun = (): readonly string[] => ['run: >-', ...indented(foldedCommand(), 2)]

/** The entry of pre-commit. It shows what a hook says only when that fails, unless told: a warning would be for nobody. */
export const preCommitRepo = (): readonly string[] => [
  '- repo: local',
  '  hooks:',
  '    - id: devk8s-guard',
  '      name: no keys in the code',
  '      entry: >-',
  ...indented(foldedCommand(), 8),
  '      language: system',
  '      pass_filenames: false',
  '      always_run: true',
  '      verbose: true',
]

/**
 * lefthook.yml with a command in its pre-commit hook. The text is changed where the lines go in and nowhere else, and the
 * result is read again: undefined where it would not be what was there, and the command.
 */
export function lefthookWith(text: string): string | undefined {
  const document = parseDocument(text)
  const root = document.contents
  if (document.errors.length > 0 || (root !== null && (!isMap(root) || root.flow === true))) return undefined
  const hook = pairOf(root, 'pre-commit')
  const entry = ['devk8s-guard:', ...indented(lefthookRun(), 2)]
  if (hook === undefined)
    return checked(text, atEnd(text, ['pre-commit:', '  commands:', ...indented(entry, 4)]))
  if (!isMap(hook.value) || hook.value.flow === true) return undefined
  const jobs = pairOf(hook.value, 'jobs')
  if (jobs !== undefined) {
    if (!isSeq(jobs.value) || jobs.value.flow === true) return undefined
    return checked(text, beforeFirst(text, jobs, ['- name: devk8s-guard', ...indented(lefthookRun(), 2)]))
  }
  const commands = pairOf(hook.value, 'commands')
  if (commands === undefined)
    return checked(text, beforeFirst(text, hook, ['commands:', ...indented(entry, 2)]))
  if (!isMap(commands.value) || commands.value.flow === true) return undefined
  return checked(text, beforeFirst(text, commands, entry))
}

/** .pre-commit-config.yaml with a local hook at the head of its `repos`; undefined where that is not safe. */
export function preCommitWith(text: string): string | undefined {
  const document = parseDocument(text)
  const root = document.contents
  if (document.errors.length > 0 || !isMap(root) || root.flow === true) return undefined
  const repos = pairOf(root, 'repos')
  if (repos === undefined || !isSeq(repos.value) || repos.value.flow === true) return undefined
  return checked(text, beforeFirst(text, repos, preCommitRepo()))
}

const pairOf = (map: unknown, key: string): Pair | undefined =>
  isMap(map) ? map.items.find((pair) => isScalar(pair.key) && pair.key.value === key) : undefined

function indented(lines: readonly string[], columns: number): readonly string[] {
  return lines.map((line) => `${' '.repeat(columns)}${line}`)
}

const marked = (lines: readonly string[], columns: number): string =>
  indented([`${blockStart} (devk8s guard remove takes these lines away)`, ...lines, blockEnd], columns).join(
    '\n',
  )

function atEnd(text: string, lines: readonly string[]): string {
  return text === '' || text.endsWith('\n') ? `${text}${marked(lines, 0)}\n` : `${text}\n${marked(lines, 0)}`
}

/** In front of the first entry of a collection, as far to the right as that one is. */
function beforeFirst(text: string, { value }: Pair, lines: readonly string[]): string | undefined {
  const collection = value as { readonly items: readonly unknown[]; readonly range?: readonly number[] }
  const at = collection.range?.[0]
  if (at === undefined || collection.items.length === 0) return undefined
  const lineStart = text.lastIndexOf('\n', at - 1) + 1
  // Something else in front of it on its line: `repos: - a` is none of YAML's, `? ` and anchors are of nobody's.
  if (text.slice(lineStart, at).trim() !== '') return undefined
  return `${text.slice(0, lineStart)}${marked(lines, at - lineStart)}\n${text.slice(lineStart)}`
}

/** The new text when taking the entry out of its meaning again leaves the meaning of the old one. */
function checked(before: string, after: string | undefined): string | undefined {
  if (after === undefined) return undefined
  const document = parseDocument(after)
  if (document.errors.length > 0) return undefined
  const [old, now] = [parseDocument(before), document].map((each) =>
    JSON.stringify(without(each.toJS() ?? {})),
  )
  return old === now ? after : undefined
}

/** A value without our entry, and without what is empty then. */
function without(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !isOurs(item)).map(without)
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([key]) => key !== 'devk8s-guard')
    .map(([key, inner]) => [key, without(inner)] as const)
    .filter(([key, inner]) => !(/^(?:commands|pre-commit)$/.test(key) && isEmpty(inner)))
  return Object.fromEntries(entries)
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

function isOurs(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false
  const { name, repo, hooks } = item as { name?: unknown; repo?: unknown; hooks?: unknown }
  const [hook] = Array.isArray(hooks) ? (hooks as readonly { readonly id?: unknown }[]) : []
  return name === 'devk8s-guard' || (repo === 'local' && hook?.id === 'devk8s-guard')
}
