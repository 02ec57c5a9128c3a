import { bindContext } from '../contexts/bind.ts'
import { isPattern, isProtected, matchPattern } from '../contexts/match.ts'
import { readContexts } from '../contexts/state.ts'
import { createGate } from '../engine/gate.ts'
import { isRemote } from '../kubeconfig/marker.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import type { Json, OutputColor } from '../ports/event.ts'
import type { Ran } from '../ports/exec.ts'
import { patternFitsNone } from '../problems/contexts.ts'
import { fail, isDevK8sError } from '../problems/problem.ts'
import { missingWord } from '../problems/usage.ts'
import { contextColors } from '../profile/context-colors.ts'
import { agreeToProtected } from './agree.ts'
import { contextFor } from './context-for.ts'
import { signalExit } from './signal-exit.ts'
import type { Verb } from './session.ts'

type ExecSession = Parameters<Verb<'exec'>>[0]

/** How many commands run at a time. */
const atOnce = 8
/** No command of a person's has a deadline of ours; this is the longest that timers can count. */
const noDeadlineMs = 2 ** 31 - 1
/** Turns of colour for contexts without one of their own; red is kept for protected ones. */
const turns = ['cyan', 'green', 'yellow', 'blue', 'magenta'] as const
/** What shells answer for a program that is not there, and for one that cannot be started. */
const notFound = 127
const notStartable = 126

interface Outcome {
  readonly context: string
  /** As a shell would have it; null when it was stopped, or never begun, because another had failed. */
  readonly exitCode: number | null
  readonly outcome: Ran['outcome'] | 'not-startable'
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a command of the person's once for each context, each bound to its own by KUBECONFIG, and ends with the worst
 * exit code. Each line of output is told as it comes.
 */
export const exec: Verb<'exec'> = async (session) => {
  const { request, world } = session
  const [program] = request.line
  if (program === undefined || program === '') {
    fail(missingWord, {
      detail: 'Which command to run was not said: it stands behind --.',
      next: [`devk8s exec ${request.contexts[0] ?? 'dev'} -- kubectl get pods`],
    })
  }
  const { view } = await readContexts(session)
  const chosen = chosenContexts(request.contexts, view.contexts)
  for (const context of chosen) {
    await agreeToProtected(session, context, {
      consented: request.consented,
      doing: `to run ${program} in it`,
    })
  }
  const outcomes = await runAll(session, program, chosen)
  session.answer({ contexts: outcomes.map((outcome): Json => ({ ...outcome })) }, '')
  const interrupted = world.signal.aborted ? (world.signal.reason === 'SIGTERM' ? 143 : 130) : undefined
  return { exit: interrupted ?? worstOf(outcomes), handedOn: true }
}

/**
 * The contexts that the words name, each once and in their order. A pattern leaves protected ones out.
 * @throws DevK8sError DK4050-DK4052 as `contextFor`, DK4073 when a pattern fits none.
 */
function chosenContexts(
  words: readonly string[],
  contexts: readonly ContextInFile[],
): readonly ContextInFile[] {
  const chosen = words.flatMap((word) => {
    // A name may hold a star itself, and whoever writes it whole means it.
    if (!isPattern(word) || contexts.some(({ name }) => name === word)) return [contextFor(word, contexts)]
    const fitting = matchPattern(word, contexts)
    if (fitting.length > 0) return fitting
    return fail(patternFitsNone, {
      detail: `No context that is not protected fits "${word}".`,
      next: ['devk8s contexts list'],
    })
  })
  return [...new Map(chosen.map((context) => [context.name, context])).values()]
}

async function runAll(
  session: ExecSession,
  program: string,
  chosen: readonly ContextInFile[],
): Promise<readonly Outcome[]> {
  const { failFast } = session.request
  const stop = new AbortController()
  const gate = createGate(atOnce)
  const width = Math.max(...chosen.map(({ name }) => name.length))
  return Promise.all(
    chosen.map(async (context, at) => {
      // One for each: Node takes more than ten listeners on a signal for a leak.
      const signal = AbortSignal.any([session.signal, stop.signal])
      const look = { width, color: colorOf(context, at) }
      try {
        const outcome = await gate.through(signal, () => runOne(session, program, context, look, signal))
        if (failFast && outcome.exitCode !== null && outcome.exitCode !== 0) stop.abort('another has failed')
        return outcome
      } catch (error) {
        // Waiting for its turn when all was stopped.
        if (!signal.aborted || isDevK8sError(error)) throw error
        return { context: context.name, exitCode: null, outcome: 'aborted', stdout: '', stderr: '' } as const
      }
    }),
  )
}

async function runOne(
  session: ExecSession,
  program: string,
  context: ContextInFile,
  look: { readonly width: number; readonly color: OutputColor },
  signal: AbortSignal,
): Promise<Outcome> {
  const { ports, request, emit, world } = session
  const { name } = context
  const { namespace, line } = request
  const bound = await bindContext(session, context, namespace === undefined ? {} : { namespace })
  const tell = (fd: 1 | 2, text: string) => emit({ type: 'output', source: name, ...look, fd, text })
  try {
    const ran = await ports.exec.run(
      {
        tool: 'own',
        program,
        args: line.slice(1),
        env: bound.env,
        cwd: world.cwd,
        inheritEnv: true,
        changes: true,
      },
      // Only a program that reads our answer needs the output a second time.
      { timeoutMs: noDeadlineMs, signal, onLine: tell, keepsOutput: request.common.output !== 'human' },
    )
    if (ran.outcome === 'not-found') tell(2, `${program}: command not found`)
    const { stdout, stderr } = ran
    return { context: name, exitCode: exitCodeOf(ran), outcome: ran.outcome, stdout, stderr }
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    for (const problem of error.problems) tell(2, problem.detail)
    return { context: name, exitCode: notStartable, outcome: 'not-startable', stdout: '', stderr: '' }
  } finally {
    await ports.files.remove(bound.file)
  }
}

function exitCodeOf({ outcome, exitCode, signal }: Ran): number | null {
  switch (outcome) {
    case 'exited':
      return exitCode ?? 0
    case 'signalled':
      return signalExit(signal)
    case 'not-found':
      return notFound
    case 'timed-out':
    case 'aborted':
      return null
  }
}

const worstOf = (outcomes: readonly Outcome[]) =>
  Math.max(0, ...outcomes.map(({ exitCode }) => exitCode ?? 0))

function colorOf(context: ContextInFile, at: number): OutputColor {
  if (isProtected(context)) return 'red'
  const own = isRemote(context.marker) ? context.marker.color : undefined
  return contextColors.find((color) => color === own) ?? turns[at % turns.length] ?? 'cyan'
}
