import { parse } from 'yaml'
import { type ApiFaults, handleApi } from './kube-api/api.ts'
import type { KubeStore } from './kube-api/store.ts'
import { settleWorkloads } from './kube-api/workloads.ts'
import { type Call, kubectl, type KubectlResult } from './kubectl/kubectl.ts'
import { addonFacts } from './minikube/addon-facts.ts'
import { faultOf, type Machine, pass, type ProgramCall } from './machine.ts'
import { type Laptop, withNode } from './state.ts'

/** How long a workload needs to become ready at speed 1, in ms. */
const readyAfterMs = 600

/** One run of kubectl against the simulated clusters: its kubeconfig says which. Gives the exit code. */
export async function kubectlProgram(call: ProgramCall): Promise<number> {
  await pass(call, 80)
  const target = await targetOf(call)
  let result: KubectlResult = { stdout: '', stderr: '', exitCode: 1 }
  await call.machine.laptop.change((laptop) => {
    const run = runOn(laptop, call, target)
    result = run.result
    return run.laptop
  })
  if (result.stdout !== '') call.out(result.stdout)
  if (result.stderr !== '') call.err(result.stderr)
  return result.exitCode
}

interface Target {
  readonly contexts: readonly string[]
  readonly namespace: string
  /** Host and port, e.g. `192.168.49.2:8443`. */
  readonly server: string
}

function runOn(laptop: Laptop, call: ProgramCall, target: Target): { laptop: Laptop; result: KubectlResult } {
  const { machine } = call
  const now = machine.clock.now()
  const [profile] = profileAt(laptop, target.server)
  let store = profile === undefined ? undefined : laptop.nodes[profile]?.store
  const isUp =
    profile !== undefined &&
    store !== undefined &&
    laptop.containers[profile] === 'running' &&
    laptop.nodes[profile]?.apiserver === true &&
    faultOf(machine, 'kube.api') !== 'refused'
  const faults = apiFaults(machine, laptop)
  const ask: Call = (request) => {
    if (!isUp || store === undefined) return { unreachable: 'refused', server: target.server }
    const answer = handleApi(request, settleWorkloads(store, now, faults), now, faults)
    store = answer.store
    return answer
  }
  const { system } = laptop
  const os = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[system.platform]
  const env = {
    version: call.version,
    platform: `${os}/${system.arch}`,
    contexts: target.contexts,
    namespace: target.namespace,
  }
  const result = kubectl(call.argv, call.stdin, env, ask)
  if (profile === undefined || store === undefined || store === laptop.nodes[profile]?.store) return { result, laptop }
  return { result, laptop: withNode(laptop, profile, { store }) }
}

function profileAt(laptop: Laptop, server: string): readonly string[] {
  const host = server.replace(/:\d+$/, '')
  return Object.entries(laptop.nodes).flatMap(([profile, node]) => (node.address === host ? [profile] : []))
}

/** The cluster's state now: what a request would see. */
export function settledStore(machine: Machine, laptop: Laptop, host: string): KubeStore | undefined {
  const [profile] = profileAt(laptop, host)
  if (profile === undefined || laptop.containers[profile] !== 'running') return undefined
  const store = laptop.nodes[profile]?.store
  return store === undefined
    ? undefined
    : settleWorkloads(store, machine.clock.now(), apiFaults(machine, laptop))
}

/** What is to go wrong in the cluster; registry-creds' image exists for amd64 only (facts sheet 7.2). */
function apiFaults(machine: Machine, laptop: Laptop): ApiFaults {
  const api = faultOf(machine, 'kube.api')
  const neverReady = machine.faults.flatMap(({ name, value }) =>
    name.startsWith('addon.') && value === 'never-ready' ? imagesOf(name.slice('addon.'.length)) : [],
  )
  return {
    readyAfterMs: readyAfterMs / machine.speed,
    missingImages: neverReady,
    ...(laptop.system.arch === 'arm64' ? { crashingImages: ['upmcenterprises/registry-creds'] } : {}),
    ...(api === 'unauthorized' ? { unauthorized: true } : {}),
    ...(api === '503' ? { unavailable: true } : {}),
    ...(api === 'forbidden' ? { forbiddenUser: 'minikube-user' } : {}),
  }
}

function imagesOf(addon: string): readonly string[] {
  const images = addonFacts[addon]?.images ?? []
  return images.length === 0 ? [addon] : images.map((image) => image.replace(/:[^/]*$/, ''))
}

interface Named {
  readonly name?: unknown
  readonly cluster?: { readonly server?: unknown }
  readonly context?: { readonly cluster?: unknown; readonly namespace?: unknown }
}

async function targetOf(call: ProgramCall): Promise<Target> {
  const nowhere: Target = { contexts: [], namespace: 'default', server: 'localhost:8080' }
  const path = flag(call.argv, 'kubeconfig') ?? call.env['KUBECONFIG']?.split(':')[0] ?? `${call.env['HOME'] ?? ''}/.kube/config`
  const text = await call.machine.files.readText(path)
  const file = text === undefined ? undefined : readYaml(text)
  if (file === undefined) return nowhere
  const list = (name: string): readonly Named[] => (Array.isArray(file[name]) ? (file[name] as readonly Named[]) : [])
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
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
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
