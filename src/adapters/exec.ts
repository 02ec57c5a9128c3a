import { execa, type Options } from 'execa'
import which from 'which'
import type { Command, Exec, HowToRun, Ran } from '../ports/exec.ts'
import { Secret } from '../ports/secret.ts'
import { programNotStartable, programTalksWithoutEnd } from '../problems/tools.ts'
import { fail } from '../problems/problem.ts'
import type { World } from '../world.ts'
import { environmentOf } from './child-environment.ts'

/** Per stream. The largest honest answer is `kubectl get -o json` over a whole cluster, a few megabytes. */
const bufferLimitBytes = 64 * 1024 * 1024
/** How long, in ms, output may keep coming once the program itself has ended: a grandchild may hold the pipe. */
const lastWordsMs = 1_000

export interface ExecOptions {
  readonly env: World['env']
  /** Time, in ms, between SIGTERM and SIGKILL. */
  readonly killDelayMs?: number
}

/**
 * Runs real programs, found on the PATH of `env`, with an allow-listed environment and no shell.
 * `run` resolves for every way a program can end. It throws DevK8sError DK1002 when the system refuses to start
 * the file, and DK1003 when it prints more than 64 MiB.
 */
export function realExec({ env, killDelayMs = 5_000 }: ExecOptions): Exec {
  return {
    run: (command, how) => run(command, how, env, killDelayMs),
    async find(program) {
      const path = valueOf(env, 'PATH') ?? ''
      const pathExt = valueOf(env, 'PATHEXT')
      const found = await which(program, { path, nothrow: true, ...(pathExt !== undefined && { pathExt }) })
      return found ?? undefined
    },
  }
}

/** Windows spells it `Path`. */
function valueOf(env: World['env'], name: string): string | undefined {
  return env[name] ?? Object.entries(env).find(([key]) => key.toUpperCase() === name)?.[1]
}

async function run(command: Command, how: HowToRun, env: World['env'], killDelayMs: number): Promise<Ran> {
  const options = { ...optionsOf(command, how, env), forceKillAfterDelay: killDelayMs }
  const child = execa(command.program, [...command.args], options)
  // A program that could not be started has no id; ranOf tells why.
  if (child.pid !== undefined) how.onStart?.(child.pid)
  child.once('exit', () => {
    const timer = setTimeout(() => {
      child.stdout?.destroy()
      child.stderr?.destroy()
    }, lastWordsMs)
    child.once('close', () => clearTimeout(timer))
  })
  return ranOf(command, await child)
}

function optionsOf(command: Command, how: HowToRun, env: World['env']) {
  return {
    reject: false,
    extendEnv: false,
    preferLocal: false,
    shell: false,
    windowsHide: true,
    stripFinalNewline: false,
    env: environmentOf(command, env),
    timeout: how.timeoutMs,
    cancelSignal: how.signal,
    maxBuffer: bufferLimitBytes,
    stdout: linesTo(1, how),
    stderr: linesTo(2, how),
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    ...(command.stdin === undefined ? { stdin: 'ignore' } : { input: plain(command.stdin) }),
  } satisfies Options
}

function plain(value: string | Secret): string {
  return value instanceof Secret ? Secret.reveal(value) : value
}

function linesTo(fd: 1 | 2, { onLine, keepsOutput = true }: HowToRun) {
  if (onLine === undefined) return 'pipe' as const
  return {
    // The collected output stays what the program wrote, to the byte; only the listener gets bare lines.
    preserveNewlines: true,
    *transform(line: unknown) {
      const text = String(line)
      onLine(fd, text.replace(/\r?\n$/, ''))
      if (keepsOutput) yield text
    },
  }
}

/** What is read of execa's result; its own type depends on every option. */
interface Ended {
  readonly stdout?: unknown
  readonly stderr?: unknown
  readonly durationMs: number
  readonly timedOut: boolean
  readonly isCanceled: boolean
  readonly isMaxBuffer: boolean
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly code?: string | undefined
  readonly cause?: unknown
}

function ranOf(command: Command, result: Ended): Ran {
  const ended = {
    stdout: textOf(result.stdout),
    stderr: textOf(result.stderr),
    durationMs: Math.round(result.durationMs),
  }
  const none = { exitCode: null, signal: null }
  if (result.timedOut) return { ...ended, ...none, outcome: 'timed-out' }
  if (result.isCanceled) return { ...ended, ...none, outcome: 'aborted' }
  if (result.isMaxBuffer) {
    fail(programTalksWithoutEnd, { detail: `${command.program} printed more than 64 MiB and was stopped.` })
  }
  if (result.exitCode !== undefined) {
    return { ...ended, outcome: 'exited', exitCode: result.exitCode, signal: null }
  }
  if (result.signal !== undefined) {
    return { ...ended, outcome: 'signalled', exitCode: null, signal: result.signal }
  }
  if (result.code === 'ENOENT') return { ...ended, ...none, outcome: 'not-found' }
  return fail(
    programNotStartable,
    { detail: `${command.program} could not be started (${result.code ?? 'unknown error'}).` },
    result.cause,
  )
}

function textOf(output: unknown): string {
  return typeof output === 'string' ? output : ''
}
