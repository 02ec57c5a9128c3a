import { KubectxError, colored } from './kubectx-say.ts'
import type { Session } from './session.ts'

/** A person may look at a list for as long as they like. */
const patienceMs = 24 * 3_600_000

const options: readonly string[] = ['--ansi', '--no-preview']

/** Lets the person pick one of these by fzf, which draws on the terminal by itself. */
export async function askFzf(
  session: Session,
  names: readonly string[],
  current: string | undefined,
): Promise<string> {
  const marked = names.map((name) =>
    name === current ? colored(session, name, 'current', { isTTY: true }) : name,
  )
  const ran = await session.ports.exec.run(
    {
      tool: 'own',
      // fzf draws on stderr, which is ours to read here; the terminal itself is behind /dev/tty.
      ...(session.world.platform === 'win32'
        ? { program: 'fzf', args: options }
        : { program: 'sh', args: ['-c', 'exec fzf "$@" 2>/dev/tty', 'fzf', ...options] }),
      stdin: marked.map((name) => `${name}\n`).join(''),
      inheritEnv: true,
      changes: false,
    },
    { timeoutMs: patienceMs, signal: session.signal },
  )
  const choice = ran.stdout.trim()
  if (choice === '') throw new KubectxError('you did not choose any of the options')
  return choice
}
