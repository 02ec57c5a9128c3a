import type { Event } from '../ports/event.ts'
import type { ReporterOptions } from './reporter.ts'

/**
 * Writes a line of somebody else's behind the name of its source, to the stream it was meant for. The text stays as it
 * is, colours and all: it is the person's own program that speaks.
 */
export function writeOutput(
  { source, width, color, fd, text }: Extract<Event, { type: 'output' }>,
  {
    stdout,
    stderr,
    theme,
    resultTheme,
  }: Pick<ReporterOptions, 'stdout' | 'stderr' | 'theme' | 'resultTheme'>,
): void {
  const look = fd === 1 ? resultTheme : theme
  const name = source.padEnd(width)
  const label = color === undefined ? name : look.named(color)(name)
  const line = `${label} ${look.faint('|')} ${text}\n`
  if (fd === 1) stdout.write(line)
  else stderr.write(line)
}
