import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { realFiles } from '../../src/adapters/files.ts'
import { lazyLint } from '../../src/adapters/lazy-lint.ts'
import { realHashing } from '../../src/adapters/hash.ts'
import type { Request } from '../../src/cli/request.ts'
import { parseArgs } from '../../src/cli/parse.ts'
import { observeExec } from '../../src/engine/observe.ts'
import type { RunResult } from '../../src/engine/result.ts'
import { layoutOf } from '../../src/plan/layout.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Event } from '../../src/ports/event.ts'
import type { Command } from '../../src/ports/exec.ts'
import type { Ports } from '../../src/ports/ports.ts'
import type { Prompts } from '../../src/ports/prompts.ts'
import { isDevK8sError, type Problem } from '../../src/problems/problem.ts'
import { pinnedFiles } from '../../src/profile/pinned.ts'
import { quickRequest } from '../../src/quick/recognise.ts'
import { parseFaults } from '../../src/simulator/faults.ts'
import { openRehearsal } from '../../src/simulator/rehearsal.ts'
import type { Session, Verb, VerbEnd } from '../../src/verbs/session.ts'
import { runPlanHere, verbs } from '../../src/wire.ts'
import type { World } from '../../src/world.ts'
import { manualClock } from '../engine/manual-clock.ts'
import type { Json } from '../../src/ports/event.ts'

const packageFolder = resolve(import.meta.dirname, '../..')

/** What one command did on the simulated laptop. */
export interface Done {
  /** 137: killed, as a shell tells it; nothing was said. */
  readonly exit: number
  readonly events: readonly Event[]
  readonly problems: readonly Problem[]
  /** The outside calls, in order. */
  readonly calls: readonly Command[]
  readonly answer: Json | undefined
  /** The answer as people read it. */
  readonly text: string | undefined
  readonly result: RunResult | undefined
  readonly steps: Readonly<Record<string, string>>
}

export interface RunOptions {
  /** Changes the ports before the run, e.g. to fail at the k-th call. */
  readonly through?: (ports: Ports) => Ports
  readonly faults?: readonly string[]
  readonly signal?: AbortSignal
  /** Settles when the run has been killed: it is then left as it is, in the middle of whatever it did. */
  readonly dead?: Promise<void>
  /** The process id of the run; locks tell runs apart by it. The test's own unless told. */
  readonly pid?: number
  /** The session is told that it rehearses, on this folder. */
  readonly rehearsal?: string
  /** What a person would answer, by question id; a question that is not here counts as not askable. */
  readonly answers?: Readonly<Record<string, string | boolean>>
  /** Told of each event as it happens, calls of programs among them: a reporter, a journal. */
  readonly listen?: (event: Event) => void
}

/** A laptop that is not there: a temp folder, the simulator behind the ports, a clock that never waits. */
export interface Laptop {
  readonly folder: string
  readonly home: string
  readonly clock: Clock
  run(line: string, options?: RunOptions): Promise<Done>
}

/** A new simulated laptop with nothing on it. */
export async function newLaptop(): Promise<Laptop> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-laptop-')))
  const clock = manualClock({ auto: true, startMs: Date.now() })
  const home = join(folder, 'home')
  return { folder, home, clock, run: async (line, options = {}) => runOn(folder, home, clock, line, options) }
}

/** What a line asks for; `__broker`, which help does not tell of, as well. */
export async function requestOf(line: string): Promise<Request> {
  const argv = line.split(' ')
  const parsed = await parseArgs(argv, {})
  const request = parsed.kind === 'request' ? parsed.request : quickRequest(argv, {}, 'devk8s')
  if (request === undefined) throw new Error(`not a request: ${line}`)
  return request
}

async function runOn(
  folder: string,
  home: string,
  clock: Clock,
  line: string,
  options: RunOptions,
): Promise<Done> {
  const request = await requestOf(line)
  const world = { ...worldAt(folder, home, clock, options.signal), pid: options.pid ?? process.pid }
  const events: Event[] = []
  const calls: Command[] = []
  const emit: Session['emit'] = (body) => {
    const event = { at: clock.now(), ...body }
    events.push(event)
    options.listen?.(event)
  }
  const faults = parseFaults(options.faults ?? [])
  if ('unknown' in faults) throw new Error(`unknown fault: ${faults.unknown.join(', ')}`)
  const files = realFiles()
  const layout = layoutOf({ cwd: folder, env: {}, home, platform: 'linux' })
  const laptop = await openRehearsal({
    folder,
    files,
    places: {
      minikubeHome: layout.minikubeHome,
      privateKubeconfig: (profile) => join(layout.data, 'kubeconfig', profile),
      userKubeconfig: join(home, '.kube', 'config'),
    },
    clock,
    hashing: realHashing(),
    faults: faults.faults,
    platform: 'linux',
    pinned: pinnedFiles,
    speed: 1,
  })
  const base: Ports = {
    files: laptop.files,
    clock,
    exec: {
      find: async (program) => laptop.exec.find(program),
      run: async (command, how) => {
        calls.push(command)
        return laptop.exec.run(command, how)
      },
    },
    programs: laptop.programs,
    aws: laptop.aws,
    net: laptop.net,
    host: { ...laptop.host, self: { pid: world.pid, machine: world.hostName, run: randomUUID() } },
    hashing: laptop.hashing,
    prompts: answering(options.answers ?? {}),
  }
  const through = options.through?.(base) ?? base
  const ports =
    options.listen === undefined
      ? through
      : { ...through, exec: observeExec(through.exec, emit, clock, { simulated: true }) }
  let answer: Json | undefined
  let text: string | undefined
  const session: Session = {
    request,
    world,
    env: {},
    ports,
    layout,
    ...(options.rehearsal === undefined ? {} : { rehearsal: options.rehearsal }),
    emit,
    signal: world.signal,
    run: async (plan, mode) =>
      runPlanHere(plan, mode, world, { ports, env: {}, layout, close: async () => {} }, emit),
    answer: (value, words) => {
      answer = value
      text = words
    },
    lint: lazyLint(),
    // Whoever reads what a command handed out does so in test/verbs/token-lab.ts.
    handOver: () => {},
  }
  const killed = options.dead?.then(() => 137 as const) ?? new Promise<never>(() => {})
  const end = await Promise.race([callVerb(session, emit), killed])
  const exit = typeof end === 'number' ? end : end.exit
  await laptop.save()
  return {
    exit,
    events,
    calls,
    answer,
    text,
    result: typeof end === 'number' ? undefined : end.result,
    problems: events.flatMap((event) =>
      event.type === 'problem'
        ? [event.problem]
        : event.type === 'step.finished' && event.problem
          ? [event.problem]
          : [],
    ),
    steps: Object.fromEntries(
      events.flatMap((event) => (event.type === 'step.finished' ? [[event.id, event.outcome]] : [])),
    ),
  }
}

async function callVerb(session: Session, emit: Session['emit']): Promise<number | VerbEnd> {
  try {
    const verb = (await verbs[session.request.command]()) as Verb<Request['command']>
    return await verb(session)
  } catch (error) {
    if (session.signal.aborted && !isDevK8sError(error)) return 130
    if (!isDevK8sError(error)) throw error
    for (const problem of error.problems) emit({ type: 'problem', problem })
    return error.problems[0].exit
  }
}

function answering(answers: Readonly<Record<string, string | boolean>>): Prompts {
  return {
    ask: async (question) => {
      const answer = answers[question.id] ?? question.fallback
      if (answer === undefined) throw new Error(`nobody answered ${question.id}`)
      return answer as never
    },
  }
}

/** A world whose outside is the given folder. */
export function worldAt(folder: string, home: string, clock: Clock, stop?: AbortSignal): World {
  const signal = stop ?? new AbortController().signal
  // As the program itself: all that a run waits for listens to its one signal.
  setMaxListeners(0, signal)
  const nowhere = { write: () => {}, isTTY: false, columns: 80 }
  return {
    env: {},
    cwd: folder,
    home,
    platform: 'linux',
    pid: process.pid,
    parentPid: 1,
    invokedAs: 'devk8s',
    nodePath: process.execPath,
    scriptPath: '/opt/devk8s/dist/bin.js',
    hostName: 'laptop',
    tempFolder: folder,
    packageFolder,
    version: '0.0.0-test',
    stdinIsTTY: false,
    readStdin: async () => '',
    stdout: nowhere,
    stderr: nowhere,
    clock,
    signal,
  }
}
