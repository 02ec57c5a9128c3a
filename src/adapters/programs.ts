import { spawn } from 'node:child_process'
import type { Command, Ran } from '../ports/exec.ts'
import type { Programs } from '../ports/programs.ts'
import { environmentOf } from './child-environment.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Programs that get the terminal, or that outlive this one. Not by execa: nothing of theirs is read. */
export function realPrograms({ env }: { readonly env: Env }): Programs {
  return {
    attach: async (command) => attach(command, env),
    detach: async (command) => detach(command, env),
  }
}

function attach(command: Command, env: Env): Promise<Ran> {
  const started = performance.now()
  const ended = (outcome: Ran['outcome'], exitCode: number | null, signal: string | null): Ran => ({
    outcome,
    exitCode,
    signal,
    stdout: '',
    stderr: '',
    durationMs: Math.round(performance.now() - started),
  })
  return new Promise((resolve, reject) => {
    const child = spawn(command.program, command.args, {
      stdio: 'inherit',
      env: environmentOf(command, env),
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve(ended('not-found', null, null))
      else reject(error)
    })
    child.on('exit', (code, signal) => resolve(ended(signal === null ? 'exited' : 'signalled', code, signal)))
  })
}

function detach(command: Command, env: Env): Promise<number | undefined> {
  return new Promise((resolve) => {
    const child = spawn(command.program, command.args, {
      stdio: 'ignore',
      detached: true,
      env: environmentOf(command, env),
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    })
    child.on('error', () => resolve(undefined))
    child.on('spawn', () => {
      child.unref()
      resolve(child.pid)
    })
  })
}
