import { handOverTo } from '../adapters/hand-over.ts'
import type { Request } from '../cli/request.ts'
import { createRedaction, type Redaction } from '../engine/redact.ts'
import { asInvoked, commandAs, invocationOf } from '../invocation.ts'
import { layoutOf } from '../plan/layout.ts'
import type { EventBody } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'
import { isDevK8sError } from '../problems/problem.ts'
import type { Session, Verb, VerbEnd } from '../verbs/session.ts'
import { switchContext } from '../verbs/switch.ts'
import { token } from '../verbs/token.ts'
import type { OutStream, World } from '../world.ts'
import { leanPorts } from './lean-ports.ts'

/**
 * Commands that are over before a report of them could be read: no plan, no journal, no reporter. What they say, they
 * write as it is.
 */
const leanVerbs = {
  switch: async () => switchContext,
  env: async () => (await import('../verbs/env.ts')).env,
  namespaces: async () => (await import('../verbs/namespaces.ts')).namespaces,
  token: async () => token,
  kubectx: async () => (await import('../verbs/kubectx.ts')).kubectx,
  return: async () => (await import('../verbs/return.ts')).returnBack,
  broker: async () => (await import('../verbs/broker.ts')).broker,
  complete: async () => (await import('../verbs/completion.ts')).complete,
} satisfies { readonly [C in Request['command']]?: () => Promise<Verb<C>> }

type LeanRequest = Extract<Request, { command: keyof typeof leanVerbs }>

/** Whether a request is carried out so; not when its run is to be watched, told to a program, or rehearsed. */
export function isLean(request: Request): request is LeanRequest {
  const { output, verbose, showCommands, rehearse } = request.common
  return (
    Object.hasOwn(leanVerbs, request.command) && output === 'human' && !verbose && !showCommands && !rehearse
  )
}

/** Carries out one everyday request. Nothing a verb throws leaves this function. @returns the process's exit code. */
export async function runLean(request: LeanRequest, world: World): Promise<number> {
  // Ctrl-C within a prompt reaches no signal handler: the terminal is in raw mode there.
  const prompt = new AbortController()
  const signal = AbortSignal.any([world.signal, prompt.signal])
  const redaction = createRedaction()
  // Not a copy: most of what a world has is read when it is asked for, and that costs time.
  const stderr = cleaned(world.stderr, redaction)
  const shown = Object.create(world, { stderr: { value: stderr, enumerable: true } }) as World
  const emit = (body: EventBody) => write(body, request, shown)
  try {
    const verb = (await leanVerbs[request.command]()) as Verb<LeanRequest['command']>
    const ports = leanPorts(request, world, emit, {
      onInterrupt: () => prompt.abort('SIGINT'),
      onReveal: redaction.remember,
    })
    const end = await verb(sessionOf(request, shown, ports, emit, signal))
    return tellNext(end, shown)
  } catch (error) {
    return tell(error, shown, signal)
  }
}

/** Without what is known to be secret. What a verb hands out is its own: `token` answers with what nobody else may show. */
function cleaned(stream: OutStream, { clean }: Redaction): OutStream {
  return {
    write: (text) => stream.write(clean(text)),
    // Opening the stream costs time, and most runs write nothing there.
    get isTTY() {
      return stream.isTTY
    },
    get columns() {
      return stream.columns
    },
    get rows() {
      return stream.rows
    },
  }
}

function sessionOf(
  request: LeanRequest,
  world: World,
  ports: Session['ports'],
  emit: Session['emit'],
  signal: AbortSignal,
): Session<LeanRequest> {
  return {
    request,
    world,
    env: world.env,
    ports,
    layout: layoutOf(world),
    emit,
    signal,
    lint: () => Promise.reject(new TypeError(`${request.command} scans nothing`)),
    run: () => Promise.reject(new TypeError(`${request.command} has no plan to run`)),
    answer: (_value, text) => (text === '' ? undefined : world.stdout.write(text)),
    handOver: handOverTo(world.stdout),
  }
}

/** Of all events only notes are for people here. */
function write(event: EventBody, { common }: Request, { stderr, env }: World): void {
  if (event.type !== 'note' || common.quiet) return
  const { level, text } = asInvoked(event, invocationOf(env))
  const colored =
    common.color === 'always' || (common.color === 'auto' && stderr.isTTY && env['TERM'] !== 'dumb')
  const line = level === 'warning' ? `! ${text}` : text
  stderr.write(colored ? `\u001B[${level === 'warning' ? '33' : '2'}m${line}\u001B[0m\n` : `${line}\n`)
}

function tellNext({ exit, next = [] }: VerbEnd, { stderr, env }: World): number {
  for (const command of next) stderr.write(`  $ ${commandAs(command, invocationOf(env))}\n`)
  return exit
}

/** Tells of what was thrown, and says which exit code it means. */
async function tell(error: unknown, world: World, signal: AbortSignal): Promise<number> {
  // A person who interrupts knows why it ended: no stack, no problem.
  if (signal.aborted && !isDevK8sError(error)) return signal.reason === 'SIGTERM' ? 143 : 130
  const problems = isDevK8sError(error) ? error.problems : [await bugOf(error)]
  const { renderProblem } = await import('../report/problem.ts')
  const invocation = invocationOf(world.env)
  for (const problem of problems) {
    world.stderr.write(renderProblem(asInvoked({ type: 'problem', problem }, invocation).problem, world))
  }
  return problems[0]?.exit ?? 70
}

async function bugOf(error: unknown): Promise<Problem> {
  const { bugProblem } = await import('../problems/bugs.ts')
  return bugProblem(error, 'running the command')
}
