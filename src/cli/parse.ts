import { problem, type Problem } from '../problems/problem.ts'
import { flagNeedsValue, unknownFlag, valueNotAllowed } from '../problems/usage.ts'
import { splitArgs } from './app.ts'
import { commandAt } from './commands.ts'
import { arrange, isFlagLike, takesNextWord } from './arrange.ts'
import { commandLine, mendedLine, pathOf, problemOf } from './faults.ts'
import type { FaultRow } from './help.ts'
import { completedWords } from './completed-words.ts'
import { nearest } from '../problems/nearest.ts'
import type { Request } from './request.ts'
import { renderShellWords } from './shell-words.ts'
import { collectSettings, type Env } from './settings.ts'
import type { CommandSpec } from './spec.ts'
import { toCommon, toRequest } from './to-request.ts'

export type Parsed =
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'text'; readonly text: string; readonly exit: 0 }
  | { readonly kind: 'usage'; readonly problem: Problem }

/** What help knows from elsewhere. */
export interface HelpSources {
  /** The faults a rehearsal can play; asked for only when help lists them. */
  faults(): Promise<readonly FaultRow[]>
}

const nothingElse: HelpSources = { faults: async () => [] }

/**
 * The command line as a request. Looks nothing up: `env` fills flags that were not given (`DEVK8S_*`), and
 * decides colour (`NO_COLOR`, `FORCE_COLOR`).
 * @returns a request, a text to print (help), or the first problem with the words or variables (exit 2).
 */
export async function parseArgs(
  argv: readonly string[],
  env: Env,
  sources: HelpSources = nothingElse,
): Promise<Parsed> {
  if (argv[0] === '__return') {
    const common = toCommon(new Map(), {}, 'devk8s __return')
    return { kind: 'request', request: { common, command: 'return', file: argv[1] ?? '' } }
  }
  if (argv[0] === '__complete') return { kind: 'request', request: toCompletion(argv.slice(1)) }
  const { line, rest } = cutRest(arrange(argv))
  const arranged = line
  const malformed = findMalformed(arranged)
  if (malformed !== undefined) return { kind: 'usage', problem: malformed }
  const split = await splitArgs(arranged)
  switch (split.kind) {
    case 'fault':
      return { kind: 'usage', problem: problemOf(split.fault, arranged) }
    case 'version':
      return {
        kind: 'request',
        request: { common: toCommon(new Map(), env, 'devk8s version'), command: 'version' },
      }
    case 'help': {
      const { listsFaults, renderHelp } = await import('./help.ts')
      const faults = listsFaults(split.path) ? await sources.faults() : []
      return { kind: 'text', text: renderHelp(split.path, faults), exit: 0 }
    }
    case 'command': {
      const refused = checkWords(split.command, split.words, arranged)
      if (refused !== undefined) return { kind: 'usage', problem: refused }
      const settings = collectSettings(split.command, split.given, env, arranged)
      if ('code' in settings) return { kind: 'usage', problem: settings }
      const typed = renderShellWords(['devk8s', ...arranged, ...(rest === undefined ? [] : ['--', ...rest])])
      return { kind: 'request', request: toRequest({ ...split, settings, env, typed, rest: rest ?? [] }) }
    }
  }
}

/** The line of another program behind `--`, for commands that take one. Nothing of it is looked at. */
function cutRest(argv: readonly string[]): {
  readonly line: readonly string[]
  readonly rest?: readonly string[]
} {
  const at = argv.indexOf('--')
  if (at === -1 || commandAt(pathOf(argv))?.rest === undefined) return { line: argv }
  return { line: argv.slice(0, at), rest: argv.slice(at + 1) }
}

/** The shell asks; variables of the person must not turn its question into a fault. */
function toCompletion(rest: readonly string[]): Request {
  const common = toCommon(new Map(), {}, 'devk8s __complete')
  return { common, command: 'complete', words: completedWords(rest) }
}

const wellFormed = /^(-[a-z]+|-[a-z]=.+|--[a-z][a-z\d_.-]+(=.+)?)$/is

/**
 * Words with a dash that the parser would take for plain words (`--profile=`, `--x`, `-5`), so that
 * `profile validate --strict=` does not go looking for a file of that name.
 */
function findMalformed(argv: readonly string[]): Problem | undefined {
  const path = pathOf(argv)
  for (const [at, word] of argv.entries()) {
    if (word === '--') return undefined
    const before = argv[at - 1]
    const isValue = before !== undefined && isFlagLike(before) && takesNextWord(before)
    if (!isFlagLike(word) || isValue || wellFormed.test(word)) continue
    const next = [commandLine(path, '--help')]
    return word.endsWith('=')
      ? problem(flagNeedsValue, { detail: `Nothing follows the = in ${word}.`, next })
      : problem(unknownFlag, { detail: `${commandLine(path)} has no flag ${word}.`, next })
  }
  return undefined
}

function checkWords(
  command: CommandSpec,
  words: readonly string[],
  argv: readonly string[],
): Problem | undefined {
  for (const [at, word] of words.entries()) {
    const spec = command.words[at]
    const allowed = spec?.check?.(word)
    if (allowed === undefined) continue
    const meant = Array.isArray(spec?.values) ? nearest(word, spec.values) : undefined
    return problem(valueNotAllowed, {
      detail: `${JSON.stringify(word)}: it must be ${allowed}.`,
      next: [meant === undefined ? commandLine(command.path, '--help') : mendedLine(argv, word, meant)],
    })
  }
  return undefined
}
