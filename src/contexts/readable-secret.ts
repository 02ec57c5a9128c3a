import { renderShellWords } from '../cli/shell-words.ts'
import type { Note } from '../ports/event.ts'
import type { Ports } from '../ports/ports.ts'
import type { RemotePlacement } from './remote-place.ts'
import type { Stanzas } from './stanzas.ts'

/**
 * A file that others may read gets, or has, a password or token: its mode is the person's own and stays, but not without
 * a word. A new file is 0600. Windows has no such modes.
 */
export async function readableSecretNotes(
  { name, secret }: Stanzas,
  { files }: RemotePlacement,
  ports: Pick<Ports, 'files' | 'host'>,
): Promise<readonly Note[]> {
  if (secret === undefined) return []
  const path = files.users
  const mode = (await ports.files.stat(path))?.mode ?? 0
  if ((mode & 0o044) === 0 || (await ports.host.read()).platform === 'win32') return []
  const shown = (mode & 0o777).toString(8).padStart(4, '0')
  const text = `The ${secret.field} of context ${name} is kept in ${path}, which others on this machine may read (${shown}). To keep it to yourself: chmod 600 ${renderShellWords([path])}`
  return [{ level: 'warning', text }]
}
