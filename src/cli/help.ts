import { commandAt, commandGroups, commands, groupBriefs, wordsAfter } from './commands.ts'
import { flagIn } from './flags.ts'
import type { CommandSpec, Example, FlagGroup, FlagSpec } from './spec.ts'
import { renderRow, wrap } from './wrap.ts'

/** A place where a rehearsal can play faults, and those faults with what each shows. */
export interface FaultRow {
  /** `cluster.start`. */
  readonly name: string
  readonly values: Readonly<Record<string, string>>
}

const width = 80
const groups: readonly FlagGroup[] = ['Command', 'Profile values', 'Common flags', 'Rehearsal']

/** What each exit code means, wherever devk8s ends with it. */
export const exitMeanings: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'a step failed',
  2: 'the command line or the profile is wrong',
  3: 'changes are needed',
  4: 'a person must do something first',
  5: 'declined',
  6: 'another run holds the lock',
  70: 'a bug in devk8s',
  130: 'interrupted (Ctrl-C)',
  143: 'told to stop (SIGTERM)',
}

/** Whether the help of this command shows the faults of a rehearsal; the others point there. */
export function listsFaults(path: readonly string[]): boolean {
  return path.join(' ') === 'up'
}

/** The help of a command, of a word that leads to commands, or of devk8s itself (`[]`), 80 cells wide. */
export function renderHelp(path: readonly string[], faults: readonly FaultRow[]): string {
  const command = commandAt(path)
  const lines = command === undefined ? groupHelp(path) : commandHelp(command, faults)
  return `${lines.join('\n')}\n`
}

function groupHelp(path: readonly string[]): readonly string[] {
  const prefix = ['devk8s', ...path].join(' ')
  const brief =
    path.length === 0
      ? "One command from a new laptop to a local Kubernetes that behaves like your team's clusters."
      : `${groupBriefs[path.join(' ')] ?? ''}.`
  const rowsOf = (words: readonly string[]) =>
    words.flatMap((word) => {
      const command = commandAt([...path, word])
      return renderRow(`  ${word}`, command?.brief ?? groupBriefs[[...path, word].join(' ')] ?? '', 16, width)
    })
  const lists =
    path.length > 0
      ? section('Commands', rowsOf(wordsAfter(path)))
      : commandGroups.flatMap((group) =>
          section(group.title, rowsOf([...new Set(group.commands.map((each) => each.path[0] ?? ''))])),
        )
  const below = commands.filter((command) => path.every((word, at) => command.path[at] === word))
  const examples = path.length === 0 ? firstSteps : below.flatMap((command) => command.examples.slice(0, 1))
  return [
    ...wrap(brief, width),
    '',
    `Usage: ${prefix} COMMAND [FLAGS]`,
    ...lists,
    ...section('Examples', exampleRows(examples)),
    ...(path.length === 0 ? section('Exit codes', exitRows(Object.keys(exitMeanings).map(Number))) : []),
    '',
    ...wrap(`${prefix} COMMAND --help shows the flags of a command. ${aboutVariables}`, width),
    ...(path.length === 0 ? wrap('devk8s --version prints the version.', width) : []),
  ]
}

const firstSteps = [
  { command: 'devk8s up --rehearse', brief: 'See what it does; nothing real changes' },
  { command: 'devk8s plan', brief: 'What it would change on this machine' },
  { command: 'devk8s up', brief: 'Do it' },
  { command: 'devk8s switch staging', brief: 'Work with another cluster' },
  { command: 'devk8s doctor', brief: 'When something does not work' },
]

const aboutVariables = 'The environment variable named beside a flag is used when the flag is not given.'

function commandHelp(command: CommandSpec, faults: readonly FaultRow[]): readonly string[] {
  const words = command.words.map(({ placeholder, optional, many }) => {
    const word = many === true ? `${placeholder}...` : placeholder
    return optional ? `[${word}]` : word
  })
  // What is not devk8s' own comes last, behind the flags.
  const rest = command.rest === undefined ? [] : [`[-- ${command.rest.placeholder}...]`]
  const own = command.flags.map((name) => flagIn(command, name))
  const hasVariables = command.variables !== false
  return [
    ...wrap(`${command.brief}.`, width),
    '',
    `Usage: ${['devk8s', ...command.path, ...words, '[FLAGS]', ...rest].join(' ')}`,
    '',
    ...wrap(command.description, width),
    ...section(
      'Arguments',
      [...command.words, ...(command.rest === undefined ? [] : [command.rest])].flatMap((word) =>
        renderRow(`  ${word.placeholder}`, word.brief, 16, width),
      ),
    ),
    ...section('Examples', exampleRows(command.examples)),
    ...groups.flatMap((group) =>
      section(
        group === 'Command' ? 'Flags' : group,
        own.filter((flag) => flag.group === group).flatMap((flag) => flagRow(flag, hasVariables)),
      ),
    ),
    ...faultSection(command, faults),
    ...section('Exit codes', exitRows([...command.exits, 70, 130, 143])),
    ...(hasVariables ? ['', ...wrap(aboutVariables, width)] : []),
  ]
}

function section(title: string, rows: readonly string[]): readonly string[] {
  return rows.length === 0 ? [] : ['', `${title}:`, ...rows]
}

function exampleRows(examples: readonly Example[]): readonly string[] {
  const longest = Math.max(...examples.map(({ command }) => command.length))
  const leftWidth = Math.min(longest + 4, 48)
  return examples.flatMap(({ command, brief }) => renderRow(`  ${command}`, brief, leftWidth, width))
}

function flagRow(flag: FlagSpec, hasVariables: boolean): readonly string[] {
  const alias = flag.alias === undefined ? '    ' : `-${flag.alias}, `
  const value = flag.placeholder === undefined ? '' : ` ${flag.placeholder}`
  const variable = hasVariables && flag.variable !== undefined ? ` [${flag.variable}]` : ''
  return renderRow(`  ${alias}--${flag.name}${value}`, `${flag.brief}${variable}`, 30, width)
}

function exitRows(codes: readonly number[]): readonly string[] {
  return [...new Set(codes)].map((code) => `  ${String(code).padEnd(5)}${exitMeanings[code] ?? ''}`)
}

function faultSection(command: CommandSpec, faults: readonly FaultRow[]): readonly string[] {
  if (!command.flags.includes('rehearse-fault')) return []
  if (!listsFaults(command.path)) {
    return ['', ...wrap('devk8s up --help lists the faults that --rehearse-fault can play.', width)]
  }
  const title = 'Faults that --rehearse-fault can play'
  return section(
    title,
    faults.flatMap(({ name, values }) =>
      Object.entries(values).flatMap(([fault, brief]) => renderRow(`  ${name}=${fault}`, brief, 32, width)),
    ),
  )
}
