import { Chalk } from 'chalk'
import type { ChalkInstance } from 'chalk'
import type { Outcome, OutputColor } from '../ports/event.ts'
import type { World } from '../world.ts'

/** How things look: colours by meaning, and signs that the terminal can show. */
export interface Theme {
  readonly good: ChalkInstance
  readonly bad: ChalkInstance
  readonly warn: ChalkInstance
  readonly change: ChalkInstance
  readonly faint: ChalkInstance
  readonly strong: ChalkInstance
  /** A colour by its name, for what has one of its own. */
  readonly named: (color: OutputColor) => ChalkInstance
  readonly signs: Signs
}

export interface Signs {
  readonly done: string
  readonly changed: string
  readonly bad: string
  readonly warn: string
  readonly waiting: string
  readonly stopped: string
  readonly create: string
  readonly modify: string
  readonly recreate: string
  readonly remove: string
  readonly arrow: string
  readonly cut: string
  readonly barFull: string
  readonly barEmpty: string
  readonly spinner: readonly string[]
}

const unicodeSigns: Signs = {
  done: '✓',
  changed: '✓',
  bad: '✗',
  warn: '!',
  waiting: '·',
  stopped: '■',
  create: '+',
  modify: '~',
  recreate: '±',
  remove: '-',
  arrow: '→',
  cut: '…',
  barFull: '━',
  barEmpty: '╌',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
}

const asciiSigns: Signs = {
  ...unicodeSigns,
  done: 'ok',
  changed: 'ok',
  bad: 'x',
  waiting: '.',
  stopped: '#',
  recreate: '-/+',
  arrow: '->',
  cut: '...',
  barFull: '#',
  barEmpty: '.',
  spinner: ['|', '/', '-', '\\'],
}

/** A theme of its own level: chalk's own guess looks at the process, and does not know NO_COLOR. */
export function createTheme(can: { readonly color: boolean; readonly unicode: boolean }): Theme {
  // 16 colours: the person's terminal decides what they look like, on dark and on light.
  const chalk = new Chalk({ level: can.color ? 1 : 0 })
  return {
    good: chalk.green,
    bad: chalk.red,
    warn: chalk.yellow,
    change: chalk.cyan,
    faint: chalk.dim,
    strong: chalk.bold,
    named: (color) => chalk[color],
    signs: can.unicode ? unicodeSigns : asciiSigns,
  }
}

/**
 * Whether to colour: the flag decides; else NO_COLOR (set and not empty, no-color.org) and FORCE_COLOR; else
 * whether the stream is a terminal that is not `dumb`.
 */
export function wantsColor(
  flag: 'auto' | 'always' | 'never',
  env: World['env'],
  stream: { readonly isTTY: boolean },
): boolean {
  if (flag !== 'auto') return flag === 'always'
  if ((env['NO_COLOR'] ?? '') !== '') return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false'
  return stream.isTTY && env['TERM'] !== 'dumb'
}

/** Whether more than ASCII can be shown: the locale says so; Windows terminals of today can, the old console cannot. */
export function wantsUnicode(env: World['env'], platform: World['platform']): boolean {
  if (env['TERM'] === 'dumb') return false
  if (platform === 'win32') return (env['WT_SESSION'] ?? env['TERM_PROGRAM'] ?? '') !== ''
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  // macOS shows UTF-8 everywhere, and its terminals may leave LANG unset.
  return locale === '' ? platform === 'darwin' : /utf-?8/i.test(locale)
}

/** The sign of an outcome, in its colour. */
export function outcomeSign(outcome: Outcome, { signs, ...theme }: Theme): string {
  switch (outcome) {
    case 'ready':
      return theme.faint(signs.done)
    case 'changed':
      return theme.good(signs.changed)
    case 'would-change':
      return theme.change(signs.modify)
    case 'later':
      return theme.faint(signs.waiting)
    case 'blocked':
    case 'failed':
      return theme.bad(signs.bad)
    case 'declined':
    case 'cancelled':
      return theme.warn(signs.stopped)
  }
}
