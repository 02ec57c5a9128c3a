import { takesNextWord, isFlagLike } from './arrange.ts'
import { commandAt, groupBriefs, wordsAfter } from './commands.ts'
import { flagIn, flagOfWord } from './flags.ts'
import type { CommandSpec, FlagSpec, Values, WordSpec } from './spec.ts'

/** Where the values come from that only the machine knows. Each may be slow or empty; none may throw. */
export interface CompletionProvider {
  profiles(): Promise<readonly string[]>
  contexts(): Promise<readonly string[]>
  namespaces(): Promise<readonly string[]>
  addons(): Promise<readonly string[]>
  faults(): Promise<readonly string[]>
}

interface Completion {
  readonly value: string
  readonly brief?: string
}

interface Completions {
  readonly words: readonly Completion[]
  /** Whether names of files fit here as well; the shell knows those best. */
  readonly files: boolean
}

const none: Completions = { words: [], files: false }

/**
 * What may stand where the cursor is, as the lines that the scripts read: a candidate, its brief behind a tab,
 * and a last line `:files` where file names fit too. `words` are those after `devk8s`; the last is the one being
 * typed, empty when it has not been begun.
 */
export async function completeWords(
  words: readonly string[],
  provider: CompletionProvider,
): Promise<readonly string[]> {
  const { words: candidates, files } = await complete(words, provider)
  const lines = candidates.map(({ value, brief }) => (brief === undefined ? value : `${value}\t${brief}`))
  return files ? [...lines, ':files'] : lines
}

async function complete(words: readonly string[], provider: CompletionProvider): Promise<Completions> {
  const partial = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  if (before.includes('--')) return none
  const { path, positionals, awaiting } = readBefore(before)
  if (awaiting !== undefined) return withPartial(partial, await valuesOf(awaiting.values, provider))
  const command = commandAt(path)
  const assigned = /^(--[a-z-]+)=(.*)$/s.exec(partial)
  if (assigned !== null) return completeAssigned(assigned[1] ?? '', assigned[2] ?? '', command, provider)
  if (partial.startsWith('-')) return withPartial(partial, flagWords(command, before))
  if (command === undefined) return positionals > 0 ? none : withPartial(partial, commandWords(path))
  return withPartial(partial, await valuesOf(wordAt(command, positionals)?.values, provider))
}

interface Before {
  readonly path: readonly string[]
  /** How many plain words the command has already. */
  readonly positionals: number
  /** The flag whose value comes next. */
  readonly awaiting: FlagSpec | undefined
}

function readBefore(words: readonly string[]): Before {
  const path: string[] = []
  let positionals = 0
  let awaiting: FlagSpec | undefined
  for (const word of words) {
    if (awaiting !== undefined) awaiting = undefined
    else if (isFlagLike(word)) awaiting = takesNextWord(word) ? valueFlag(word, path) : undefined
    else if (positionals === 0 && wordsAfter(path).includes(word)) path.push(word)
    else positionals += 1
  }
  return { path, positionals, awaiting }
}

/** A flag that takes a value, for the command at this path. */
function valueFlag(word: string, path: readonly string[]): FlagSpec | undefined {
  const flag = flagOfWord(word)
  return flag === undefined || flagIn(commandAt(path), flag.name).kind === 'switch' ? undefined : flag
}

/** The word that comes next; the last one again where as many as one likes may be given. */
function wordAt({ words }: CommandSpec, index: number): WordSpec | undefined {
  const last = words.at(-1)
  return words[index] ?? (last?.many === true ? last : undefined)
}

function commandWords(path: readonly string[]): Completions {
  const words = wordsAfter(path).map((word) => ({
    value: word,
    brief: commandAt([...path, word])?.brief ?? groupBriefs[[...path, word].join(' ')] ?? '',
  }))
  return { words, files: false }
}

function flagWords(command: CommandSpec | undefined, before: readonly string[]): Completions {
  const given = before.map((word) => flagOfWord(word)).filter((flag) => flag?.kind !== 'list')
  const used = new Set(given.map((flag) => flag?.name))
  const own = (command?.flags ?? [])
    .map((name) => flagIn(command, name))
    .filter((flag) => !used.has(flag.name))
  const words = own.map(({ name, brief }) => ({ value: `--${name}`, brief }))
  return { words: [...words, { value: '--help', brief: 'Show help' }], files: false }
}

async function completeAssigned(
  name: string,
  partial: string,
  command: CommandSpec | undefined,
  provider: CompletionProvider,
): Promise<Completions> {
  const flag = flagOfWord(name)
  if (flag === undefined || flag.kind === 'switch' || command?.flags.includes(flag.name) !== true) return none
  const { words } = withPartial(partial, await valuesOf(flag.values, provider))
  return { words: words.map((word) => ({ ...word, value: `${name}=${word.value}` })), files: false }
}

async function valuesOf(values: Values | undefined, provider: CompletionProvider): Promise<Completions> {
  switch (values) {
    case undefined:
      return none
    case 'files':
      return { words: [], files: true }
    case 'profiles':
      return plain(await provider.profiles(), true)
    case 'contexts':
      return plain(await provider.contexts())
    case 'namespaces':
      return plain(await provider.namespaces())
    case 'addons':
      return plain(await provider.addons())
    case 'faults':
      return plain(await provider.faults())
    default:
      return plain(values)
  }
}

function plain(values: readonly string[], files = false): Completions {
  return { words: values.map((value) => ({ value })), files }
}

function withPartial(partial: string, { words, files }: Completions): Completions {
  return { words: words.filter(({ value }) => value.startsWith(partial)), files }
}
