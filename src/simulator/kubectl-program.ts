import { parse } from 'yaml'
import { apiFaults, profileOfServer, storeNow } from './cluster-time.ts'
import { handleApi } from './kube-api/api.ts'
import { settleWorkloads } from './kube-api/workloads.ts'
import type { KubectlEnv, WatchFrom } from './kubectl/contract.ts'
import { type Call, kubectl } from './kubectl/kubectl.ts'
import { watchOnce } from './kubectl/watch.ts'
import { faultOf, pass, type ProgramCall } from './machine.ts'
import { type Laptop, withNode } from './state.ts'

/** One run of kubectl against the simulated clusters: its kubeconfig says which. Gives the exit code. */
export async function kubectlProgram(call: ProgramCall): Promise<number> {
  await pass(call, 80)
  const target = await targetOf(call)
  const run = await onCluster(call, target, (env, ask) => kubectl(call.argv, call.stdin, env, ask))
  if (run.stdout !== '') call.out(run.stdout)
  if (run.stderr !== '') call.err(run.stderr)
  return run.watch === undefined ? run.exitCode : keepWatching(call, target, run.watch)
}

/** How often a watch looks for news, in ms at speed 1. */
const watchPollMs = 500

/** Tells what changes until its time is over, it is killed, or the server is gone (kubectl.md, 35). */
async function keepWatching(call: ProgramCall, target: Target, from: WatchFrom): Promise<number> {
  const { clock, speed } = call.machine
  const endMs = clock.monotonic() + durationMs(flag(call.argv, 'request-timeout'))
  for (let watch = from; clock.monotonic() < endMs;) {
    await clock.sleep(watchPollMs / speed, call.signal)
    call.signal.throwIfAborted()
    const next = await onCluster(call, target, (_, ask) => watchOnce(watch, ask))
    if (next === undefined) return 1
    if (next.stdout !== '') call.out(next.stdout)
    watch = next.watch
  }
  return 0
}

/** `2s`, `5m`; without end for none and for `0`. */
function durationMs(text = '0'): number {
  const [, amount = '0', unit = 's'] = /^(\d+)(ms|s|m|h)?$/.exec(text) ?? []
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
  return Number(amount) === 0 ? Infinity : Number(amount) * (units[unit] ?? 1_000)
}

interface Target {
  readonly contexts: readonly string[]
  readonly namespace: string
  /** Host and port, e.g. `192.168.49.2:8443`. */
  readonly server: string
}

type Use<T> = (env: KubectlEnv, ask: Call) => T

/** Uses the cluster that the kubeconfig leads to, and keeps what came of it. */
async function onCluster<T>(call: ProgramCall, target: Target, use: Use<T>): Promise<T> {
  const results: T[] = []
  await call.machine.laptop.change((laptop) => {
    const run = runOn(laptop, call, target, use)
    results.push(run.result)
    return run.laptop
  })
  return results.at(-1) as T
}

function runOn<T>(
  laptop: Laptop,
  call: ProgramCall,
  target: Target,
  use: Use<T>,
): { laptop: Laptop; result: T } {
  const { machine } = call
  const now = machine.clock.now()
  const profile = profileOfServer(laptop, target.server)
  let store = profile === undefined ? undefined : storeNow(machine, laptop, profile)
  const isRefused = faultOf(machine, 'kube.api') === 'refused'
  const faults = apiFaults(machine, laptop)
  const ask: Call = (request) => {
    if (isRefused || store === undefined) return { unreachable: 'refused', server: target.server }
    const answer = handleApi(request, store, now, faults)
    store = settleWorkloads(answer.store, now, faults)
    return answer
  }
  const { system } = laptop
  const os = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[system.platform]
  const env = {
    version: call.version,
    platform: `${os}/${system.arch}`,
    contexts: target.contexts,
    namespace: target.namespace,
    now,
  }
  const result = use(env, ask)
  if (profile === undefined || store === undefined || store === laptop.nodes[profile]?.store)
    return { result, laptop }
  return { result, laptop: withNode(laptop, profile, { store }) }
}

interface Named {
  readonly name?: unknown
  readonly cluster?: { readonly server?: unknown }
  readonly context?: { readonly cluster?: unknown; readonly namespace?: unknown }
}

async function targetOf(call: ProgramCall): Promise<Target> {
  const nowhere: Target = { contexts: [], namespace: 'default', server: 'localhost:8080' }
  const path =
    flag(call.argv, 'kubeconfig') ??
    call.env['KUBECONFIG']?.split(':')[0] ??
    `${call.env['HOME'] ?? ''}/.kube/config`
  const text = await call.machine.files.readText(path)
  const file = text === undefined ? undefined : readYaml(text)
  if (file === undefined) return nowhere
  const list = (name: string): readonly Named[] =>
    Array.isArray(file[name]) ? (file[name] as readonly Named[]) : []
  const wanted = flag(call.argv, 'context') ?? file['current-context']
  const context = list('contexts').find(({ name }) => name === wanted)?.context
  const cluster = list('clusters').find(({ name }) => name === context?.cluster)?.cluster
  const contexts = list('contexts').flatMap(({ name }) => (typeof name === 'string' ? [name] : []))
  const namespace = typeof context?.namespace === 'string' ? context.namespace : 'default'
  const server = typeof cluster?.server === 'string' ? new URL(cluster.server).host : nowhere.server
  return { contexts, namespace, server }
}

function readYaml(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = parse(text)
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    // kubectl itself says what is wrong with it when it finds no context.
    return undefined
  }
}

function flag(argv: readonly string[], name: string): string | undefined {
  const at = argv.indexOf(`--${name}`)
  if (at >= 0) return argv[at + 1]
  return argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
}
