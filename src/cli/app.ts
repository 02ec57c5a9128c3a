import {
  AliasNotFoundError,
  ArgumentParseError,
  type Application,
  buildApplication,
  buildCommand,
  buildRouteMap,
  type Command,
  type CommandContext,
  FlagNotFoundError,
  InvalidNegatedFlagSyntaxError,
  type RouteMap as StricliRouteMap,
  run,
  text_en,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from '@stricli/core'
import { commands, groupBriefs } from './commands.ts'
import { flagIn } from './flags.ts'
import type { CommandSpec } from './spec.ts'

type RouteMap = StricliRouteMap<CommandContext>

// The one file that knows the parser. What it needs wrapping for: negative exit codes, messages instead of
// values for its errors, help that does not wrap. So errors are caught as objects, and help is ours.

/** What a flag was given: the words behind it, `true` and `false` for a switch. */
export type Given = Readonly<Record<string, string | readonly string[] | boolean | undefined>>

export type UsageFault =
  | { readonly kind: 'unknown-command'; readonly word: string }
  | { readonly kind: 'unknown-flag'; readonly word: string }
  | { readonly kind: 'flag-needs-value'; readonly flag: string; readonly next?: string }
  | { readonly kind: 'flag-twice'; readonly flag: string; readonly first: string; readonly second: string }
  | { readonly kind: 'bad-switch'; readonly flag: string; readonly value: string }
  | { readonly kind: 'unexpected-word'; readonly word: string }
  | { readonly kind: 'missing-word'; readonly placeholder: string }

export type Split =
  | {
      readonly kind: 'command'
      readonly command: CommandSpec
      readonly given: Given
      readonly words: readonly string[]
    }
  | { readonly kind: 'help'; readonly path: readonly string[] }
  | { readonly kind: 'version' }
  | { readonly kind: 'fault'; readonly fault: UsageFault }

/**
 * Splits arguments into a command, its flags and its words. Values are not looked at; a word that no table
 * has is a fault, never skipped.
 * @throws whatever the parser throws that is not about the arguments: a mistake in the tables.
 */
export async function splitArgs(argv: readonly string[]): Promise<Split> {
  const seen: Split[] = []
  const unexpected: unknown[] = []
  const application = buildApp(
    (split) => seen.push(split),
    (error) => {
      const fault = faultOf(error)
      if (fault === undefined) unexpected.push(error)
      else seen.push({ kind: 'fault', fault })
      return ''
    },
  )
  // A process object per run: the parser writes its exit code on it, and nothing else may see that.
  const nowhere = { write: () => {} }
  await run(application, argv, { process: { stdout: nowhere, stderr: nowhere } })
  if (unexpected.length > 0) throw unexpected[0]
  const [first] = seen
  if (first === undefined) throw new TypeError(`The parser gave no answer for ${JSON.stringify(argv)}`)
  return first
}

function buildApp(
  see: (split: Split) => void,
  onError: (error: unknown) => string,
): Application<CommandContext> {
  const text = {
    ...text_en,
    exceptionWhileParsingArguments: onError,
    exceptionWhileRunningCommand: onError,
    noCommandRegisteredForInput: ({ input }: { input: string }) => {
      see({ kind: 'fault', fault: { kind: 'unknown-command', word: input } })
      return ''
    },
  }
  return buildApplication(
    buildRoutes([], see),
    {
      name: 'devk8s',
      scanner: { allowArgumentEscapeSequence: true },
      documentation: { disableAnsiColor: true },
      localization: { text },
    },
    {
      help: {
        flag: {
          brief: 'Help',
          aliases: ['h'],
          global: true,
          defaultForRouteMap: true,
          run: (_app, { result }) => see({ kind: 'help', path: result.prefix.slice(1) }),
        },
      },
      version: {
        flag: { brief: 'Version', aliases: ['V'], global: true, run: () => see({ kind: 'version' }) },
      },
    },
  )
}

function buildRoutes(path: readonly string[], see: (split: Split) => void): RouteMap {
  const below = commands.filter((command) => path.every((word, i) => command.path[i] === word))
  const routes: Record<string, Command<CommandContext> | RouteMap> = {}
  for (const command of below) {
    const word = command.path[path.length] ?? ''
    const isLeaf = command.path.length === path.length + 1
    routes[word] ??= isLeaf ? buildLeaf(command, see) : buildRoutes([...path, word], see)
  }
  return buildRouteMap<string>({ routes, docs: { brief: groupBriefs[path.join(' ')] ?? '' } })
}

function buildLeaf(command: CommandSpec, see: (split: Split) => void): Command<CommandContext> {
  const specs = command.flags.map((name) => flagIn(command, name))
  const flags = Object.fromEntries(
    specs.map((flag) => [
      flag.name,
      flag.kind === 'switch'
        ? { kind: 'boolean' as const, brief: flag.brief, optional: true as const, withNegated: false }
        : {
            kind: 'parsed' as const,
            brief: flag.brief,
            parse: String,
            optional: true as const,
            variadic: flag.kind === 'list',
          },
    ]),
  )
  const aliases = Object.fromEntries(
    specs.flatMap((flag) => (flag.alias === undefined ? [] : [[flag.alias, flag.name]])),
  )
  const parameters = command.words.map(({ brief, placeholder, optional }) => ({
    brief,
    placeholder,
    optional,
    parse: String,
  }))
  const [last] = command.words.slice(-1)
  const positional =
    last?.many === true
      ? { kind: 'array' as const, parameter: parameters.at(-1), minimum: last.optional ? 0 : 1 }
      : { kind: 'tuple' as const, parameters }
  return buildCommand<Given, string[]>({
    docs: { brief: command.brief },
    // The tables are checked by tests; the parser's types want them spelled out per command.
    parameters: { flags, aliases, positional } as never,
    func: (given: Given, ...words: (string | undefined)[]) => {
      see({ kind: 'command', command, given, words: words.filter((word) => word !== undefined) })
    },
  })
}

function faultOf(error: unknown): UsageFault | undefined {
  if (error instanceof FlagNotFoundError) return { kind: 'unknown-flag', word: `--${error.input}` }
  if (error instanceof AliasNotFoundError) return { kind: 'unknown-flag', word: `-${error.input}` }
  if (error instanceof UnsatisfiedFlagError) {
    const next = error.nextFlagName
    return { kind: 'flag-needs-value', flag: error.externalFlagName, ...(next === undefined ? {} : { next }) }
  }
  if (error instanceof UnexpectedFlagError) {
    return {
      kind: 'flag-twice',
      flag: error.externalFlagName,
      first: error.previousInput,
      second: error.input,
    }
  }
  if (error instanceof ArgumentParseError) {
    return { kind: 'bad-switch', flag: error.externalFlagNameOrPlaceholder, value: error.input }
  }
  if (error instanceof InvalidNegatedFlagSyntaxError) {
    return { kind: 'unknown-flag', word: `--${error.externalFlagName}` }
  }
  if (error instanceof UnexpectedPositionalError) return { kind: 'unexpected-word', word: error.input }
  if (error instanceof UnsatisfiedPositionalError) {
    return { kind: 'missing-word', placeholder: error.placeholder }
  }
  return undefined
}
