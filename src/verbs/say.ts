import { columnsOf } from '../world.ts'
import type { Session } from './session.ts'

/** How a line looks: plain, set back, or standing out. */
type Look = 'plain' | 'faint' | 'warning' | 'alarm'

const codes = { faint: ['2', '22'], warning: ['33', '39'], alarm: ['1;31', '22;39'] } as const

/**
 * Says something to the person on stderr, one line each, as it is: what a command does at once is no report of a run.
 * Programs that asked for JSON get it in the answer instead; `--quiet` leaves out all but alarms.
 */
export function say({ request, world }: Session, look: Look, ...lines: readonly string[]): void {
  const { output, quiet, color } = request.common
  if (output !== 'human' || (quiet && look !== 'alarm')) return
  const { stderr, env } = world
  const colored = color === 'always' || (color === 'auto' && stderr.isTTY && env['TERM'] !== 'dumb')
  for (const line of lines.flatMap((each) => (stderr.isTTY ? fitted(each, columnsOf(stderr)) : each)))
    stderr.write(`${colored ? painted(line, look) : line}\n`)
}

/** A line that fits stays as it is; a longer one goes on below itself, set back as far. Words stay whole. */
function fitted(line: string, columns: number): readonly string[] {
  if (line.length <= columns) return [line]
  const indent = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  for (const word of line.trim().split(/ +/)) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(`${indent}${word}`)
    else lines.splice(-1, 1, `${last} ${word}`)
  }
  return lines
}

function painted(line: string, look: Look): string {
  if (look === 'plain' || line === '') return line
  const [on, off] = codes[look]
  return `\u001B[${on}m${line}\u001B[${off}m`
}
