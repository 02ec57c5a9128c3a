import type { Session } from './session.ts'

/** What kubectx would say behind `error: `. */
export class KubectxError extends Error {
  override readonly name = 'KubectxError'
}

type Color = 'red' | 'yellow' | 'green' | 'current'

const codes = { red: '31;1', yellow: '33;1', green: '32', current: '32;1' } as const

/** As kubectx colours: by a variable of its own, else NO_COLOR, else where the stream is a terminal. */
export function colored(
  { env }: Session,
  text: string,
  color: Color,
  stream: { readonly isTTY: boolean },
): string {
  const isForced = (env['_KUBECTX_FORCE_COLOR'] ?? '') !== ''
  const isOn = isForced || ((env['NO_COLOR'] ?? '') === '' && stream.isTTY && env['TERM'] !== 'dumb')
  return isOn ? `\u001B[${codes[color]}m${text}\u001B[0m` : text
}

const head = (session: Session, text: string, color: Color) =>
  colored(session, text, color, session.world.stderr)

/** A name within a line of success. */
export const shown = (session: Session, name: string) => head(session, name, 'green')

/** kubectx's line of success, on stderr with its tick. */
export function sayDone(session: Session, text: string): void {
  session.world.stderr.write(`${head(session, '✔ ', 'green')}${text}\n`)
}

/** kubectx's warning, on stderr. */
export function sayWarning(session: Session, text: string): void {
  session.world.stderr.write(`${head(session, 'warning: ', 'yellow')}${text}\n`)
}

/** kubectx's error, on stderr. */
export function sayError(session: Session, text: string): void {
  session.world.stderr.write(`${head(session, 'error: ', 'red')}${text}\n`)
}

/** Lines for stdout, the current one standing out on a terminal. */
export function printList(session: Session, names: readonly string[], current: string | undefined): void {
  const { stdout } = session.world
  const lines = names.map((name) => (name === current ? colored(session, name, 'current', stdout) : name))
  stdout.write(lines.map((line) => `${line}\n`).join(''))
}

const oldVariables = ['KUBECTX_CURRENT_FGCOLOR', 'KUBECTX_CURRENT_BGCOLOR']

export function warnOfOldVariables(session: Session): void {
  for (const name of oldVariables) {
    if (session.env[name] !== undefined) sayWarning(session, `${name} environment variable is now deprecated`)
  }
}

/** How this program is called, in its own help: as a plugin of kubectl `kubectl ctx`. */
export function selfName({ world }: Session, as: 'kubectx' | 'kubens'): string {
  return world.invokedAs.startsWith('kubectl-') ? `kubectl ${world.invokedAs.slice('kubectl-'.length)}` : as
}
