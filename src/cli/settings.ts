import { problem, type Problem } from '../problems/problem.ts'
import { flagNeedsAnother, flagsInConflict, valueNotAllowed, variableNotAllowed } from '../problems/usage.ts'
import type { Given } from './app.ts'
import { parseSwitch } from './checks.ts'
import { commandLine, mendedLine } from './faults.ts'
import { flagIn } from './flags.ts'
import { nearest } from '../problems/nearest.ts'
import type { CommandSpec, FlagSpec } from './spec.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** One flag's setting and who made it. */
export interface Setting {
  readonly source: 'flag' | 'env'
  /** Empty for a switch. */
  readonly values: readonly string[]
  readonly on: boolean
}

export type Settings = ReadonlyMap<string, Setting>

/** Pairs that say opposite things. The first of two variables wins; on the command line they are a fault. */
const opposites = [
  ['json', 'output'],
  ['quiet', 'verbose'],
  ['no-color', 'color'],
  ['plan', 'save-plan'],
  // A document is one answer; what goes on is for ndjson.
  ['json', 'watch'],
] as const

/**
 * The command's flags from the command line, filled from the environment where they were not given.
 * @returns the problem of the first value that cannot be used, naming the flag or the variable.
 */
export function collectSettings(
  command: CommandSpec,
  given: Given,
  env: Env,
  argv: readonly string[],
): Settings | Problem {
  const settings = new Map<string, Setting>()
  for (const name of command.flags) {
    const flag = flagIn(command, name)
    const { variable } = flag
    const setting =
      fromLine(given[name]) ??
      (command.variables === false || variable === undefined ? undefined : fromVariable(flag, env[variable]))
    if (setting === undefined) continue
    if ('code' in setting) return setting
    const refused = checkValues(command, flag, setting, argv)
    if (refused !== undefined) return refused
    settings.set(name, setting)
  }
  return settleOpposites(command, settings)
}

/** Whether a switch is on. */
export function isOn(settings: Settings, name: string): boolean {
  return settings.get(name)?.on === true
}

/** The value of a flag, or undefined. */
export function valueOf(settings: Settings, name: string): string | undefined {
  return settings.get(name)?.values[0]
}

function fromLine(given: Given[string]): Setting | undefined {
  if (given === undefined) return undefined
  if (typeof given === 'boolean') return { source: 'flag', values: [], on: given }
  const values = typeof given === 'string' ? [given] : given
  return values.length === 0 ? undefined : { source: 'flag', values, on: true }
}

function fromVariable(flag: FlagSpec, text: string | undefined): Setting | Problem | undefined {
  // An empty variable counts as unset: `DEVK8S_JSON= devk8s up` is how a shell takes one away.
  if (text === undefined || text === '') return undefined
  if (flag.kind === 'switch') {
    const on = parseSwitch(text)
    return on === undefined
      ? variableProblem(flag, text, '1 or 0 (true, false, yes, no, on and off work too)')
      : { source: 'env', values: [], on }
  }
  if (flag.kind === 'value') return { source: 'env', values: [text], on: true }
  const values = text.split(/[\s,]+/).filter((value) => value !== '')
  return values.length === 0 ? undefined : { source: 'env', values, on: true }
}

function checkValues(
  command: CommandSpec,
  flag: FlagSpec,
  setting: Setting,
  argv: readonly string[],
): Problem | undefined {
  for (const value of setting.values) {
    const allowed = flag.check?.(value)
    if (allowed === undefined) continue
    if (setting.source === 'env') return variableProblem(flag, value, allowed)
    const meant = Array.isArray(flag.values) ? nearest(value, flag.values) : undefined
    return problem(valueNotAllowed, {
      detail: `--${flag.name} ${value}: it must be ${allowed}.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
      next: [meant === undefined ? commandLine(command.path, '--help') : mendedLine(argv, value, meant)],
    })
  }
  return undefined
}

function variableProblem(flag: FlagSpec, value: string, allowed: string): Problem {
  return problem(variableNotAllowed, {
    detail: `${flag.variable} is ${JSON.stringify(value)}: it must be ${allowed}.`,
    next: [`unset ${flag.variable}`],
  })
}

function settleOpposites(command: CommandSpec, settings: Map<string, Setting>): Settings | Problem {
  for (const [first, second] of opposites) {
    const a = settings.get(first)
    const b = settings.get(second)
    if (a?.on !== true || b?.on !== true || agree(first, b)) continue
    if (a.source === 'flag' && b.source === 'flag') {
      return problem(flagsInConflict, {
        detail: `--${first} and --${second}${b.values.length > 0 ? ` ${b.values.join(' ')}` : ''} were both given.`,
        next: [commandLine(command.path, '--help')],
      })
    }
    settings.delete(b.source === 'flag' ? first : second)
  }
  const exitCode = settings.get('exit-code')
  if (
    exitCode?.on === true &&
    exitCode.source === 'flag' &&
    command.path[0] === 'up' &&
    !isOn(settings, 'dry-run')
  ) {
    return problem(flagNeedsAnother, {
      detail: '--exit-code says whether changes are needed, so it goes with --dry-run.',
      next: ['devk8s up --dry-run --exit-code', 'devk8s plan --exit-code'],
    })
  }
  return settings
}

/** `--json --output json` says one thing twice. */
function agree(first: string, second: Setting): boolean {
  const [value] = second.values
  return (first === 'json' && value === 'json') || (first === 'no-color' && value === 'never')
}
