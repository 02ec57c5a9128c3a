import { setMaxListeners } from 'node:events'
import { handOverTo } from './adapters/hand-over.ts'
import { lazyLint } from './adapters/lazy-lint.ts'
import type { Request } from './cli/request.ts'
import { beforeChanges, type ToldChange } from './engine/changes.ts'
import { interruptedExit } from './engine/exit.ts'
import { createJournal, type Journal } from './engine/journal.ts'
import { createRedaction, type Redaction } from './engine/redact.ts'
import { answerAsInvoked, asInvoked, type Invocation, invocationOf } from './invocation.ts'
import { bugProblem } from './problems/bugs.ts'
import type { Emit, Event, EventBody, Json } from './ports/event.ts'
import type { ExitCode, Problem } from './problems/problem.ts'
import { isDevK8sError } from './problems/problem.ts'
import type { Session, Verb, VerbEnd } from './verbs/session.ts'
import type { Outside } from './outside.ts'
import { openOutside, runPlanHere, verbs } from './wire.ts'
import type { World } from './world.ts'

/** What a verb that asks has answered. */
interface Answer {
  value?: Json
  text?: string
}

/**
 * Carries out one request: opens the ways out, runs the verb, and makes one report of whatever happened.
 * Nothing a verb throws leaves this function.
 * @returns the process's exit code.
 */
export async function runRequest(request: Request, process: World): Promise<number> {
  // Ctrl-C within a prompt reaches no signal handler: the terminal is in raw mode there.
  const prompt = new AbortController()
  const world = { ...process, signal: AbortSignal.any([process.signal, prompt.signal]) }
  // Each step and child under way listens to it; Node takes more than ten listeners for a leak.
  setMaxListeners(0, world.signal)
  const started = world.clock.monotonic()
  const { openReport } = await import('./report/open.ts')
  const redaction = createRedaction()
  const report = await openReport(request, world, redaction)
  const listeners: ((event: Event) => void)[] = [(event) => report.emit(event)]
  const invocation = invocationOf(world.env, isRehearsal(request))
  const emit: Emit = (body) => {
    const event = { at: world.clock.now(), ...asInvoked(body, invocation) }
    for (const listen of listeners) listen(event)
  }
  const answer: Answer = {}
  let hasChanged = false
  let struck = () => false
  let end: VerbEnd
  let journal: Journal | undefined
  try {
    const outside = await openOutside(world, request, emit, {
      onInterrupt: () => prompt.abort('SIGINT'),
      onReveal: redaction.remember,
    })
    struck = outside.struck ?? struck
    // What destroy removes includes the journals.
    if (request.command !== 'destroy') journal = openJournal(request, world, outside, redaction)
    if (journal !== undefined) listeners.push(journal.emit)
    emit(startOf(request, world, outside))
    const ports = beforeChanges(outside.ports, (change) => {
      hasChanged ||= isOfNote(change)
    })
    const watched = { ...outside, ports }
    if (request.common.rehearseFaults.length > 0) {
      emit({ type: 'note', level: 'info', text: 'A fault is played: time runs sixty times as fast.' })
    }
    let isDone = false
    try {
      end = await callVerb(openSession(request, world, watched, emit, answerWith(answer, invocation)))
      isDone = end.exit === 0
    } finally {
      await outside.close(isDone)
    }
  } catch (error) {
    end = { exit: exitAfter(error, world.signal, journal, emit) }
  }
  if ((end.exit === 130 || end.exit === 143) && end.result === undefined && end.handedOn !== true) {
    const text = leftText(request, hasChanged)
    if (text !== undefined) emit({ type: 'note', level: 'info', text })
  }
  if (struckNothing(request, end, struck())) {
    const text =
      'No fault was played: nothing that it strikes was done. devk8s destroy --rehearse --yes begins with a new laptop.'
    emit({ type: 'note', level: 'warning', text })
  }
  const unwritten = await journal?.close()
  if (unwritten !== undefined) emit({ type: 'note', level: 'warning', text: unwritten.detail })
  const durationMs = world.clock.monotonic() - started
  emit({ type: 'run.finished', exit: end.exit, durationMs, next: nextOf(end, isRehearsal(request)) })
  report.close({ ...answer, ...(end.result === undefined ? {} : { result: end.result }) })
  return end.exit
}

/** The verb of the session's own command; the table's type guarantees that the two fit. */
async function callVerb(session: Session): Promise<VerbEnd> {
  const verb = (await verbs[session.request.command]()) as Verb<Request['command']>
  return verb(session)
}

function openSession(
  request: Request,
  world: World,
  outside: Outside,
  emit: Emit,
  answer: Session['answer'],
): Session {
  const { ports, env, layout, rehearsal } = outside
  return {
    request,
    world,
    env,
    ports,
    layout,
    emit,
    signal: world.signal,
    ...(rehearsal === undefined ? {} : { rehearsal }),
    run: async (plan, mode) => runPlanHere(plan, mode, world, outside, emit),
    handOver: handOverTo(world.stdout),
    lint: lazyLint(),
    answer,
  }
}

/** Keeps what a verb answers, with the commands in it as this person can run them. */
function answerWith(answer: Answer, invocation: Invocation): Session['answer'] {
  return (value, text) => {
    answer.value = answerAsInvoked(value, invocation)
    answer.text = text
  }
}

/** A lock is gone with the run. */
const isOfNote = ({ path, isFolder }: ToldChange): boolean =>
  isFolder !== true && (path === undefined || !/\.lock(\.|$)/.test(path))

/** What an interruption leaves behind. Nothing is said of a proof, which removes what it has made, whatever happens. */
function leftText({ command }: Request, hasChanged: boolean): string | undefined {
  if (!hasChanged) return 'Interrupted before anything was changed.'
  return command === 'verify' ? undefined : 'Interrupted. What was done stays; run it again.'
}

function openJournal(
  request: Request,
  world: World,
  { ports, layout }: Outside,
  redaction: Redaction,
): Journal {
  return createJournal({
    files: ports.files,
    folder: `${layout.state}/journal`,
    command: request.command,
    startedAt: world.clock.now(),
    redaction,
  })
}

function startOf(request: Request, world: World, { rehearsal }: Outside): EventBody {
  const looks =
    (request.command === 'up' && request.look) ||
    (request.command === 'contexts.lint' && !request.fix) ||
    !changing.has(request.command)
  return {
    type: 'run.started',
    command: request.command === 'up' && request.look ? 'plan' : request.command,
    version: world.version,
    mode: looks ? 'look' : 'change',
    ...(rehearsal === undefined ? {} : { rehearsal }),
  }
}

const changing: ReadonlySet<Request['command']> = new Set([
  'up',
  'down',
  'destroy',
  'verify',
  'profile.init',
  'switch',
  'namespaces',
  'contexts.sync',
  'contexts.adopt',
  'contexts.rename',
  'contexts.remove',
  'contexts.color',
  'contexts.undo',
  'contexts.lint',
  'unlock',
  'lock',
  'alias.install',
  'alias.remove',
  'aws.login',
  'aws.logout',
  'aws.refresh',
  'aws.attach',
  'aws.import',
  'aws.broker.start',
  'aws.broker.stop',
  'guard.install',
  'guard.remove',
])

/** Tells of what was thrown, as problems, and says which exit code it means. */
function exitAfter(error: unknown, signal: AbortSignal, journal: Journal | undefined, emit: Emit): ExitCode {
  if (signal.aborted) return tellOfInterruption(error, signal, emit)
  const problems: readonly Problem[] = isDevK8sError(error)
    ? error.problems
    : [bugProblem(error, 'running the command')]
  for (const problem of problems) emit({ type: 'problem', problem })
  const exit = problems[0]?.exit ?? 70
  if (exit === 70 && journal !== undefined)
    emit({ type: 'note', level: 'info', text: `Journal: ${journal.path}` })
  return exit
}

/** A person who interrupts knows why it ended: no stack, and of problems none but what came of it besides. */
function tellOfInterruption(error: unknown, signal: AbortSignal, emit: Emit): ExitCode {
  const problems = isDevK8sError(error) ? error.problems : []
  for (const problem of problems.filter(({ exit }) => exit !== 130)) emit({ type: 'problem', problem })
  return interruptedExit(signal)
}

const isRehearsal = ({ common }: Request) => common.rehearse || common.rehearseFaults.length > 0

/** After a rehearsal other programs would find no cluster. */
function nextOf({ next = [] }: VerbEnd, rehearsed: boolean): readonly string[] {
  return rehearsed ? next.filter((command) => command.startsWith('devk8s ')) : next
}

/**
 * A fault strikes what is done; on a simulated laptop where all is done already there is nothing to strike.
 * @param hasStruck AWS, which is asked also where all is done, was what the fault says.
 */
function struckNothing({ common }: Request, { exit, result }: VerbEnd, hasStruck: boolean): boolean {
  if (common.rehearseFaults.length === 0 || exit !== 0 || result === undefined || hasStruck) return false
  return result.steps.every(({ outcome }) => outcome === 'ready')
}
