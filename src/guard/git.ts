import type { Ran } from '../ports/exec.ts'
import { gitMissing, gitRefused, noRepository } from '../problems/guard.ts'
import { fail } from '../problems/problem.ts'
import type { GuardOutside } from './outside.ts'

/** Of one call; the largest repositories are listed within seconds. */
const timeoutMs = 120_000

/**
 * Runs git without changing anything: GIT_OPTIONAL_LOCKS keeps it from refreshing the index. Its own variables are handed
 * on, since in a hook they say which index the commit is made of: `git commit FILE` and `-a` have one of their own
 * (githooks(5), pre-commit).
 */
export async function runGit(
  { ports, env, signal }: GuardOutside,
  cwd: string,
  args: readonly string[],
  stdin?: string,
): Promise<Ran> {
  const own = Object.entries(env).flatMap(([name, value]) =>
    name.startsWith('GIT_') && value !== undefined ? [[name, value] as const] : [],
  )
  return ports.exec.run(
    {
      tool: 'system',
      program: 'git',
      args: ['--literal-pathspecs', ...args],
      cwd,
      env: { ...Object.fromEntries(own), GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' },
      ...(stdin === undefined ? {} : { stdin }),
      changes: false,
    },
    { timeoutMs, signal },
  )
}

/** What git printed. @throws DevK8sError DK5097 with git's own words when it failed. */
export async function askGit(
  outside: GuardOutside,
  cwd: string,
  args: readonly string[],
  stdin?: string,
): Promise<string> {
  const ran = await runGit(outside, cwd, args, stdin)
  if (ran.outcome === 'exited' && ran.exitCode === 0) return ran.stdout
  outside.signal.throwIfAborted()
  return refused(ran, cwd, args)
}

function refused(ran: Ran, cwd: string, args: readonly string[]): never {
  if (ran.outcome === 'not-found')
    fail(gitMissing, { detail: `${cwd} belongs to a git repository, and there is no git on your PATH.` })
  return fail(gitRefused, {
    detail: `git ${args[0] ?? ''} in ${cwd}: ${ran.outcome === 'exited' ? `exit ${ran.exitCode}` : ran.outcome}.`,
    next: [`git -C ${cwd} status`],
    evidence: ran.stderr.split('\n').filter((line) => line.trim() !== ''),
  })
}

/**
 * The top folder of the repository that a folder belongs to; undefined when it belongs to none.
 * @throws DevK8sError DK5091 or DK5097 where there is one, and git is missing or refuses it.
 */
export async function repositoryOf(outside: GuardOutside, folder: string): Promise<string | undefined> {
  const ran = await runGit(outside, folder, ['rev-parse', '--show-toplevel'])
  if (ran.outcome === 'exited' && ran.exitCode === 0) return ran.stdout.replace(/\r?\n$/, '')
  outside.signal.throwIfAborted()
  if (outside.rehearsal !== undefined) return undefined
  // Exit 128 for "none here" and for a repository that git does not trust alike; the folder tells them apart.
  for (let at = folder; ; at = at.replace(/[/\\][^/\\]*$/, '')) {
    if (at === '' || !/[/\\]/.test(at)) return undefined
    if ((await outside.ports.files.stat(`${at}/.git`)) !== undefined)
      return refused(ran, folder, ['rev-parse'])
  }
}

/** @throws DevK8sError DK5090 when the folder belongs to no repository. */
export async function repositoryHere(outside: GuardOutside, folder: string): Promise<string> {
  const top = await repositoryOf(outside, folder)
  if (top !== undefined) return top
  return fail(noRepository, {
    detail: `${folder} belongs to no git repository.`,
    next: ['devk8s guard scan', 'git init'],
  })
}

/** The parts of what git printed with `-z`. */
export const zeroSeparated = (text: string): readonly string[] =>
  text.split('\0').filter((part) => part !== '')
