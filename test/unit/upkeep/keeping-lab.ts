import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realFiles } from '../../../src/adapters/files.ts'
import type { StepContext } from '../../../src/plan/step.ts'
import type { Command, HowToRun, Ran } from '../../../src/ports/exec.ts'
import type { Ports } from '../../../src/ports/ports.ts'
import { awsSsoSignInNeeded, awsUnreachable } from '../../../src/problems/aws.ts'
import { apiUnreachable } from '../../../src/problems/kubernetes.ts'
import { DevK8sError, problem, type Problem } from '../../../src/problems/problem.ts'
import { runBroker } from '../../../src/upkeep/broker-loop.ts'
import { renewAt } from '../../../src/upkeep/due.ts'
import type { Keeper, Standing, Times } from '../../../src/upkeep/keeper.ts'
import { awsPlaces, fileIn, type AwsPlaces } from '../../../src/upkeep/places.ts'
import { writeUpkeep } from '../../../src/upkeep/records.ts'
import type { Upkeep, UpkeepPart } from '../../../src/upkeep/upkeep.ts'
import { noAws, noPrograms } from '../../fakes/nothing.ts'
import { manualClock, type ManualClock } from '../../engine/manual-clock.ts'

export const hour = 3_600_000
export const minute = 60_000

/** A cluster that holds one set of keys, and an AWS that hands them out. */
export interface KeptCluster {
  keys?: { readonly issuedAtMs: number; readonly expiresAtMs: number }
  /** A namespace that has no keys yet. */
  lacks: string[]
  isUp: boolean
  /** Why AWS hands out nothing. */
  aws?: Problem
  /** What a look dies of. */
  bug?: Error
  /** What starting kubectl for a watch dies of. */
  watchBug?: Error
  lifeMs: number
  /** What the registry says of the end, whatever it is: moto says 2015. */
  endsAtMs?: number
  looks: number
  issued: number[]
  attempts: number[]
  /** Listeners of `kubectl get serviceaccounts --watch`. */
  readonly watches: Set<(line: string) => void>
  /** What a renewal waits for in its middle. */
  gate?: Promise<void>
}

export interface KeepingLab {
  readonly folder: string
  readonly home: string
  readonly places: AwsPlaces
  readonly clock: ManualClock
  readonly cluster: KeptCluster
  readonly upkeep: Upkeep
  readonly keepers: { readonly [P in UpkeepPart]: () => Promise<Keeper> }
  /** The machine sleeps: time passes and no process notices. */
  sleepMachine(ms: number): void
  context(pid?: number): StepContext
  /** Starts a broker; `ended` settles with it. */
  broker(pid?: number): { readonly ended: Promise<unknown>; stop(): void }
  /** Until every broker sleeps again; or for half a second, as one does that waits for something else. */
  settle(): Promise<void>
  /** Time passes in steps, with room for the brokers in each. */
  pass(ms: number, stepMs?: number): Promise<void>
  log(): Promise<string>
  state(): Promise<{
    clusters: Record<string, { state: string; goodUntilMs?: number; problem?: { code: string } }>
  }>
}

export const upkeepOf = (cluster = 'devk8s'): Upkeep => ({
  version: 1,
  team: 'acme',
  cluster,
  kubectl: { program: '/opt/kubectl', kubeconfig: `/data/kubeconfig/${cluster}`, context: cluster },
  kubernetes: 'v1.35.1',
  source: { profile: 'acme-dev', region: 'eu-west-1' },
  accounts: { allow: ['111122223333'] },
  pods: { namespaces: ['shop'], serviceAccounts: [], roles: {} },
})

export const networkDown = problem(awsUnreachable, { detail: 'No answer from sts.' })
export const signInNeeded = problem(awsSsoSignInNeeded, { detail: 'The session is over.' })
const clusterDown = problem(apiUnreachable, { detail: 'The connection was refused.' })

export async function keepingLab(): Promise<KeepingLab> {
  const folder = await mkdtemp(join(tmpdir(), 'devk8s-keeping-'))
  const home = join(folder, 'home')
  const places = awsPlaces({ state: join(folder, 'state') }, 'linux')
  const kubeconfigs = join(folder, 'data', 'kubeconfig')
  const base = upkeepOf()
  const upkeep = { ...base, kubectl: { ...base.kubectl, kubeconfig: join(kubeconfigs, 'devk8s') } }
  await mkdir(kubeconfigs, { recursive: true })
  // The record that devk8s made this cluster.
  await writeFile(join(kubeconfigs, 'devk8s.made.json'), '{"driver":"docker"}')
  await writeUpkeep(realFiles(), fileIn(places.upkeeps, 'devk8s'), upkeep)
  const manual = manualClock({ startMs: Date.parse('2026-11-24T12:00:00Z') })
  let asleepMs = 0
  const clock: ManualClock = {
    ...manual,
    now: () => manual.now() + asleepMs,
    get sleepers() {
      return manual.sleepers
    },
  }
  const cluster: KeptCluster = {
    lacks: [],
    isUp: true,
    lifeMs: hour,
    looks: 0,
    issued: [],
    attempts: [],
    watches: new Set(),
  }
  const keeper = keeperOf(cluster)
  const none: Keeper = { look: async () => ({ changes: [], detail: {} }), renew: async () => ({}) }
  const keepers = {
    policies: async () => none,
    images: async () => none,
    pods: async () => keeper,
    agent: async () => keeper,
  }
  const portsOf = (pid: number): Ports => ({
    files: realFiles(),
    clock,
    hashing: {
      sha256: () => ({ update: () => {}, hex: () => '' }),
      hmacSha256: () => new Uint8Array(),
      certificateEnd: () => undefined,
    },
    programs: noPrograms,
    aws: noAws,
    exec: { run: async (command, how) => watching(cluster, command, how), find: async () => undefined },
    net: { get: () => Promise.reject(new Error('no network')), canListen: async () => true },
    host: {
      read: () => Promise.reject(new Error('no host')),
      isAlive: () => true,
      self: { pid, machine: 'laptop' },
    },
    prompts: { ask: () => Promise.reject(new Error('no person')) },
  })
  let live = 0
  const settle = async () => {
    for (let turn = 0; turn < 250; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 2))
      if (clock.sleepers >= live) return
    }
  }
  return {
    settle,
    pass: async (ms, stepMs = 30_000) => {
      for (let left = ms; left > 0; left -= stepMs) {
        await clock.advance(Math.min(stepMs, left))
        await settle()
      }
    },
    folder,
    home,
    places,
    clock,
    cluster,
    upkeep,
    keepers,
    sleepMachine: (ms) => {
      asleepMs += ms
    },
    context: (pid = 1) => contextOf(portsOf(pid)),
    broker: (pid = 1) => {
      const stop = new AbortController()
      const setting = {
        ports: portsOf(pid),
        env: {},
        home,
        minikubeHome: join(folder, 'minikube'),
        places,
        pid,
        signal: stop.signal,
        keepers,
      }
      const ready = mkdir(join(folder, 'state', 'aws'), { recursive: true }).then(async () =>
        writeFile(places.brokerRecord, '{"version":1,"by":"process","hash":""}'),
      )
      live += 1
      const ended = ready
        .then(async () => runBroker(setting))
        .catch((error: unknown) => error)
        .finally(() => {
          live -= 1
        })
      return { ended, stop: () => stop.abort('SIGTERM') }
    },
    log: async () => readFile(places.brokerLog, 'utf8').catch(() => ''),
    state: async () => JSON.parse(await readFile(places.brokerState, 'utf8')),
  }
}

function contextOf(ports: Ports): StepContext {
  return {
    ports,
    env: {},
    signal: new AbortController().signal,
    progress: () => {},
    note: () => {},
    once: async (_key, read) => read(),
  }
}

/** As the keepers of devk8s: looks at the cluster, and asks AWS only to renew. */
function keeperOf(cluster: KeptCluster): Keeper {
  return {
    async look(_upkeep, { ports }) {
      cluster.looks += 1
      if (cluster.bug !== undefined) throw cluster.bug
      if (!cluster.isUp) return { problem: clusterDown }
      return standingOf(cluster, ports.clock.now())
    },
    async renew(_upkeep, _standing, { ports }) {
      cluster.attempts.push(ports.clock.now())
      await cluster.gate
      if (cluster.aws !== undefined) throw new DevK8sError(cluster.aws)
      const issuedAtMs = ports.clock.now()
      cluster.keys = { issuedAtMs, expiresAtMs: cluster.endsAtMs ?? issuedAtMs + cluster.lifeMs }
      cluster.lacks = []
      cluster.issued.push(issuedAtMs)
      return timesIn(cluster)
    },
  }
}

function standingOf({ keys, lacks }: KeptCluster, nowMs: number): Standing {
  if (keys === undefined) return { changes: [{ field: 'keys', effect: 'create' }], detail: {} }
  const { issuedAtMs, expiresAtMs } = keys
  const dueAtMs = renewAt(issuedAtMs, expiresAtMs)
  const isDue = nowMs >= dueAtMs || lacks.length > 0
  return {
    changes: isDue ? [{ field: 'keys', effect: 'in-place' }] : [],
    ...timesIn({ keys }),
    detail: {},
  }
}

function timesIn({ keys }: Pick<KeptCluster, 'keys'>): Times {
  if (keys === undefined) return {}
  const { issuedAtMs, expiresAtMs } = keys
  const dueAtMs = renewAt(issuedAtMs, expiresAtMs)
  return expiresAtMs > issuedAtMs ? { goodUntilMs: expiresAtMs, dueAtMs } : { dueAtMs }
}

/** `kubectl get serviceaccounts --watch`: ends when it is told to, or with the cluster. */
function watching(cluster: KeptCluster, command: Command, { signal, onLine }: HowToRun): Promise<Ran> {
  const ran: Ran = { outcome: 'exited', exitCode: 1, signal: null, stdout: '', stderr: '', durationMs: 1 }
  if (!command.args.includes('--watch')) return Promise.reject(new Error(`no ${command.args.join(' ')} here`))
  if (cluster.watchBug !== undefined) return Promise.reject(cluster.watchBug)
  if (!cluster.isUp) return Promise.resolve(ran)
  return new Promise((resolve) => {
    const listen = (line: string) => onLine?.(1, line)
    cluster.watches.add(listen)
    signal.addEventListener('abort', () => {
      cluster.watches.delete(listen)
      resolve({ ...ran, outcome: 'aborted', exitCode: null })
    })
  })
}
