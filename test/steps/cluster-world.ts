import { noAws, noPrograms } from '../fakes/nothing.ts'
import { mkdtemp, mkdir, writeFile } from 'node:fs/promises'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { tmpdir } from 'node:os'
import { realFiles } from '../../src/adapters/files.ts'
import { realHashing } from '../../src/adapters/hash.ts'
import { applyOwnership } from '../../src/minikube/ownership.ts'
import type {
  Finding,
  KubectlRef,
  MinikubeRef,
  ResolvedCluster,
  Step,
  StepContext,
} from '../../src/plan/step.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Note } from '../../src/ports/event.ts'
import type { Command, Exec, HowToRun, Ran } from '../../src/ports/exec.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { isDevK8sError, type Problem } from '../../src/problems/problem.ts'
import { laptop, recordedDocker } from '../unit/machine/support.ts'

const folder = new URL('../fixtures/transcripts/minikube/v1.38.1/', import.meta.url)

export interface Recording {
  readonly argv: readonly string[]
  readonly exitCode: number | null
  readonly signal?: string | null
  readonly durationMs: number
  readonly stdout: string
  readonly stderr: string
  readonly filesShown?: Readonly<Record<string, string>>
  readonly second?: Omit<Recording, 'second'>
}

/** A recording by its number, e.g. `running-k8s-113`. */
export function recording(number: string): Recording {
  const name = readdirSync(folder).find((each) => each.startsWith(`${number}-`))
  if (name === undefined) throw new Error(`no recording ${number} in test/fixtures`)
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Recording
}

/** The end of a recorded run as the exec port would give it. */
export function ranOf(recorded: Omit<Recording, 'second'>): Ran {
  const { exitCode, signal, stdout, stderr, durationMs } = recorded
  const ended = { exitCode, signal: signal ?? null, stdout, stderr, durationMs }
  return { outcome: ended.signal === null ? 'exited' : 'signalled', ...ended }
}

export function replay(number: string): Ran {
  return ranOf(recording(number))
}

export function exited(exitCode: number, stdout = '', stderr = ''): Ran {
  return { outcome: 'exited', exitCode, signal: null, stdout, stderr, durationMs: 1 }
}

export type Answer = Ran | ((command: Command, how: HowToRun) => Ran | Promise<Ran>)

export interface TestWorld {
  readonly home: string
  readonly ref: MinikubeRef
  readonly kubectl: KubectlRef
  readonly context: StepContext
  readonly commands: Command[]
  readonly notes: Note[]
  readonly progress: { message?: string; fraction?: number; bytes?: number }[]
  /** Writes a file below the minikube home. */
  put(path: string, content: string): Promise<void>
  /** Forgets what was read, as the engine does after a change. */
  forget(): void
  calls(): readonly string[]
}

export interface WorldOptions {
  readonly signal?: AbortSignal
  readonly clock?: Clock
  /** Ids of processes that live; asked anew each time. */
  readonly alive?: () => readonly number[]
}

/** A Docker with room for a node, in which there is nothing that minikube made, unless a test says otherwise. */
const emptyDocker: Readonly<Record<string, Answer>> = {
  'docker info': exited(
    0,
    JSON.stringify({
      ...(JSON.parse(recordedDocker('28.2.2/004-info-json').stdout) as object),
      NCPU: 8,
      MemTotal: 16_000 * 1024 ** 2,
    }),
  ),
  'docker ps -a --filter label=': exited(0),
  'docker volume ls': exited(0),
  'docker network ls': exited(0),
}

/** A step context over a real temporary folder and an exec port that answers from recordings, by the words a
 * command line contains; the first match wins, and a command nobody expected fails the test. */
export async function testWorld(
  answers: Readonly<Record<string, Answer>>,
  options: WorldOptions = {},
): Promise<TestWorld> {
  const root = await mkdtemp(join(tmpdir(), 'devk8s-cluster-'))
  const home = join(root, '.minikube')
  const ref: MinikubeRef = {
    program: 'minikube',
    home,
    kubeconfig: join(root, 'data', 'kubeconfig', 'devk8s'),
    profile: 'devk8s',
  }
  const commands: Command[] = []
  const notes: Note[] = []
  const progress: TestWorld['progress'] = []
  const memory = new Map<string, Promise<unknown>>()
  const exec: Exec = {
    find: async () => undefined,
    run: async (command, how) => {
      commands.push(command)
      const line = lineOf(command)
      const known = [...Object.entries(answers), ...Object.entries(emptyDocker)]
      const answer = known.find(([words]) => line.includes(words))?.[1]
      if (answer === undefined) throw new Error(`nobody expected: ${line}`)
      const ran = typeof answer === 'function' ? await answer(command, how) : answer
      for (const each of ran.stdout.split('\n')) how.onLine?.(1, each)
      return ran
    },
  }
  const context: StepContext = {
    ports: {
      exec,
      files: realFiles(),
      hashing: realHashing(),
      programs: noPrograms,
      aws: noAws,
      clock: options.clock ?? stillClock(),
      host: { read: async () => laptop, isAlive: (pid) => options.alive?.().includes(pid) === true },
    } satisfies Omit<Ports, 'net' | 'prompts'> as unknown as Ports,
    env: {},
    signal: options.signal ?? new AbortController().signal,
    progress: (what) => progress.push(what),
    note: (note) => notes.push(note),
    once: <T>(key: string, read: () => Promise<T>): Promise<T> => {
      const known = memory.get(key) ?? read()
      memory.set(key, known)
      return known as Promise<T>
    },
  }
  return {
    home,
    ref,
    kubectl: { program: 'kubectl', kubeconfig: ref.kubeconfig, context: 'devk8s' },
    context,
    commands,
    notes,
    progress,
    put: async (path, content) => {
      const full = join(home, path)
      await mkdir(dirname(full), { recursive: true })
      await writeFile(full, content)
    },
    forget: () => memory.clear(),
    calls: () => commands.map(lineOf),
  }
}

export function lineOf(command: Command): string {
  return [command.program, ...command.args].join(' ')
}

/** Time stands still; a sleep ends only when its signal says so. */
export function stillClock(): Clock {
  return {
    now: () => 0,
    monotonic: () => 0,
    sleep: (_ms, signal) =>
      new Promise((_resolve, reject) => {
        const end = (): void => reject(signal?.reason as Error)
        if (signal?.aborted) end()
        signal?.addEventListener('abort', end, { once: true })
      }),
  }
}

/** What the recorded cluster of running-k8s-001 was started with. */
export const wanted: ResolvedCluster = {
  name: 'devk8s',
  kubernetes: 'v1.35.1',
  driver: 'docker',
  runtime: 'docker',
  cpus: 2,
  memoryMiB: 6000,
  diskMiB: 20000,
  nodes: 1,
  featureGates: {},
  extraConfig: [],
  mounts: [],
  ports: [],
  registryMirrors: [],
  insecureRegistries: [],
  caCertificates: [],
  serviceCidr: '10.96.0.0/12',
}

/** `profiles/devk8s/config.json` as minikube wrote it in running-k8s-001. */
export function recordedConfig(): string {
  return Object.values(recording('running-k8s-001').filesShown ?? {})[0] ?? ''
}

/** The profile of a start that was killed before the node's address was noted (running-k8s-140). */
export function halfMadeConfig(): string {
  const { valid } = JSON.parse(recording('running-k8s-140').stdout) as {
    valid: readonly { Config: unknown }[]
  }
  return JSON.stringify(valid[0]?.Config)
}

export const profile = 'profiles/devk8s/config.json'
export const machine = 'machines/devk8s/config.json'
export const certificate = 'profiles/devk8s/apiserver.crt'

/** Notes that devk8s made the cluster of this world. */
export async function makeOwn(world: TestWorld): Promise<void> {
  await applyOwnership(world.context.ports.files, world.ref, 'docker')
}

/** A world in which the recorded cluster exists and is devk8s' own: its files are there, and status answers as recorded. */
export async function worldWithCluster(
  status: string,
  answers: Readonly<Record<string, Answer>> = {},
  options: WorldOptions = {},
): Promise<TestWorld> {
  const world = await testWorld({ ...answers, 'minikube status': replay(status) }, options)
  await world.put(profile, recordedConfig())
  await world.put(machine, '{"ConfigVersion":3}')
  await world.put(certificate, 'certificate')
  await world.put('profiles/devk8s/events.json', recording('running-k8s-001').stdout)
  await makeOwn(world)
  return world
}

/** A step that wants the cluster of this world as it was recorded, but for what is said. */
export function stepFor(
  world: TestWorld,
  cluster: Partial<ResolvedCluster> = {},
  recreate = false,
): Step<'cluster.running'> {
  return {
    id: 'cluster',
    kind: 'cluster.running',
    title: 'Cluster',
    want: { cluster: { ...wanted, ...cluster }, minikube: world.ref, recreate, startTimeoutMs: 600_000 },
    needs: [],
  }
}

/** The minikube commands that changed something. */
export const changing = (world: TestWorld): readonly (string | undefined)[] =>
  world.commands.filter(({ changes }) => changes).map(({ args }) => args[0])

export const noteTexts = (finding: Finding): string =>
  (finding.notes ?? []).map(({ text }) => text).join('\n')

/** The problem that a change ended with. */
export async function problemOf(work: Promise<void>): Promise<Problem> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isDevK8sError(error)) throw new Error(`no problem, but ${String(error)}`)
  return error.problems[0]
}
