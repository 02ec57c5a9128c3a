import type { Event } from '../ports/event.ts'
import type { CommandRecord, RunRecord } from './record.ts'
import type { Page } from './step-lines.ts'
import { fit, oneLine } from './text.ts'
import { formatDuration } from './units.ts'

/** `devk8s 0.1.0  up  profile aws`. */
export function headerLine({ version, command, profile }: RunRecord, { theme, columns }: Page): string {
  const parts = [
    `devk8s ${version}`,
    typedCommand(command),
    ...(profile === undefined ? [] : [`profile ${profile}`]),
  ]
  return fit(theme.faint(parts.join('  ')), columns, theme.signs.cut)
}

/** `contexts.sync` as a person types it. */
export const typedCommand = (command: string): string => command.replaceAll('.', ' ')

/** First words of a rehearsal; the folder stays whole, to be copied. */
export const rehearsalStart = (folder: string, { theme }: Page): readonly string[] => [
  theme.warn('Rehearsal on a simulated laptop: nothing on this machine changes.'),
  theme.faint(`Its folder: ${folder}`),
]

/** Last words of a rehearsal. */
export const rehearsalEnd = ({ theme }: Page): string =>
  theme.warn('This was a rehearsal: nothing on this machine has changed.')

/** An outside command that ran, as it could be pasted; in a rehearsal, as it would have run. */
export function commandLine(command: CommandRecord, { theme }: Page): string {
  const end = command.outcome === 'exited' ? `exit ${command.exitCode ?? '?'}` : command.outcome
  const how = `${command.simulated ? 'simulated, ' : ''}${end}, ${formatDuration(command.durationMs)}`
  return theme.faint(`$ ${command.argv.map(quoted).join(' ')}  (${how})`)
}

const quoted = (word: string) =>
  /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${oneLine(word).replaceAll("'", String.raw`'\''`)}'`

/** A question that was answered without the person seeing it. */
export function askedLine(
  { question, text = question, answer, by }: Extract<Event, { type: 'asked' }>,
  { theme }: Page,
): string {
  return theme.faint(`? ${oneLine(text)} ${answer} (${by === 'flag' ? 'by flag' : 'by default'})`)
}
