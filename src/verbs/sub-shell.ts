import { bindContext } from '../contexts/bind.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import type { Ran } from '../ports/exec.ts'
import { fail } from '../problems/problem.ts'
import { shellNotStarted } from '../problems/switching.ts'
import { say } from './say.ts'
import { signalExit } from './signal-exit.ts'
import type { Session, VerbEnd } from './session.ts'

/**
 * Starts a shell that is bound to the context, waits for it, and ends as it ended. Other shells keep their context;
 * what is switched inside changes that shell alone.
 * @throws DevK8sError DK4059 when there is no such shell.
 */
export async function runSubShell(
  session: Session,
  context: ContextInFile,
  forMs: number | undefined,
): Promise<VerbEnd> {
  const { ports } = session
  if (session.rehearsal !== undefined) {
    say(
      session,
      'plain',
      `Here a shell bound to context "${context.name}" would start; a rehearsal starts none.`,
    )
    session.answer({ context: context.name, exit: null }, '')
    return { exit: 0 }
  }
  const bound = await bindContext(session, context)
  try {
    say(session, 'plain', `A shell bound to context "${context.name}"; exit leaves it.`)
    if (forMs !== undefined) await lend(session, bound.env.KUBECONFIG, context.name, forMs)
    const program = await shellOf(session)
    const ran = await ports.programs.attach({
      tool: 'own',
      program,
      args: [],
      env: bound.env,
      inheritEnv: true,
      changes: true,
    })
    if (ran.outcome === 'not-found') {
      fail(shellNotStarted, { detail: `${program}: there is no such program.`, next: ['echo "$SHELL"'] })
    }
    say(session, 'plain', `Left the shell bound to "${context.name}".`)
    session.answer({ context: context.name, exit: exitOf(ran) }, '')
    return { exit: exitOf(ran), handedOn: true }
  } finally {
    await ports.files.remove(bound.file)
  }
}

/** Within the shell no context was there before: when the time is over, none is. What others are on is not for it. */
async function lend(session: Session, kubeconfig: string, name: string, forMs: number): Promise<void> {
  const { agreeOnReturn } = await import('./returning.ts')
  const files = kubeconfig.split(session.world.platform === 'win32' ? ';' : ':')
  await agreeOnReturn(session, { kubeconfig: files, from: undefined, contexts: [], name, forMs })
}

async function shellOf({ env, world, ports }: Session): Promise<string> {
  if (world.platform !== 'win32') return env['SHELL'] || 'sh'
  // Only cmd.exe sets PROMPT for what it starts.
  if ((env['PROMPT'] ?? '') !== '') return env['COMSPEC'] || 'cmd.exe'
  return (
    (await ports.exec.find('pwsh')) ?? (await ports.exec.find('powershell')) ?? (env['COMSPEC'] || 'cmd.exe')
  )
}

/** The exit code of a shell is the person's own affair: any number, whatever ours mean. */
function exitOf({ exitCode, signal }: Ran): number {
  return exitCode ?? signalExit(signal)
}
