import { parse, stringify } from 'yaml'
import type { ProgramCall } from '../machine.ts'
import type { SimulatedNode } from '../state.ts'
import { base64, homeOf, pem } from './home.ts'
import type { ProfileConfig } from './profile-config.ts'

interface Entry {
  readonly name: string
  readonly [field: string]: unknown
}

/** A kubeconfig as client-go reads and writes it. */
export interface Kubeconfig {
  readonly clusters: readonly Entry[]
  readonly contexts: readonly Entry[]
  readonly users: readonly Entry[]
  readonly currentContext: string
}

export type LoadedKubeconfig = { readonly value: Kubeconfig } | { readonly damaged: string }

/** The file minikube reads and writes: the first of KUBECONFIG, or `~/.kube/config`. */
function kubeconfigPath(call: ProgramCall): string {
  const listed = call.env['KUBECONFIG'] ?? ''
  // A Windows path has a colon of its own; there the list is separated by semicolons.
  const first = listed.split(/^[a-zA-Z]:[\\/]/.test(listed) ? ';' : ':').find((path) => path !== '')
  return first ?? `${call.env['HOME'] ?? ''}/.kube/config`
}

/** Reads it; one that is not YAML comes back with minikube's sentence, file content included (running-k8s-125). */
export async function loadKubeconfig(call: ProgramCall): Promise<LoadedKubeconfig> {
  const path = kubeconfigPath(call)
  const text = (await call.machine.files.readText(path)) ?? ''
  try {
    const read: unknown = parse(text) ?? {}
    if (typeof read !== 'object' || read === null || Array.isArray(read)) throw new TypeError('not a mapping')
    return { value: asKubeconfig(read as Readonly<Record<string, unknown>>) }
  } catch (error) {
    // Go's parser names the line before (recorded running-k8s-123).
    const line = Number(/line (\d+)/.exec(String(error))?.[1] ?? 2) - 1
    const reason = `yaml: line ${line}: did not find expected key`
    return { damaged: `decode kubeconfig from "${path}": decode data: ${text}: ${reason}` }
  }
}

function asKubeconfig(read: Readonly<Record<string, unknown>>): Kubeconfig {
  const list = (name: string) => (Array.isArray(read[name]) ? (read[name] as readonly Entry[]) : [])
  const current = read['current-context']
  return {
    clusters: list('clusters'),
    contexts: list('contexts'),
    users: list('users'),
    currentContext: typeof current === 'string' ? current : '',
  }
}

/**
 * Writes the whole file anew: keys and entries sorted, comments gone (clause 10; running-k8s-001). client-go
 * drops `preferences: {}`.
 */
export async function saveKubeconfig(call: ProgramCall, config: Kubeconfig): Promise<void> {
  const path = kubeconfigPath(call)
  const byName = (entries: readonly Entry[]) => entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const content = {
    apiVersion: 'v1',
    clusters: byName(config.clusters),
    contexts: byName(config.contexts),
    'current-context': config.currentContext,
    kind: 'Config',
    users: byName(config.users),
  }
  const text = stringify(content, {
    sortMapEntries: true,
    indentSeq: false,
    lineWidth: 0,
    aliasDuplicateObjects: false,
  })
  await call.machine.files.makeFolder(path.replace(/[\\/][^\\/]*$/, ''))
  await call.machine.files.write(path, text, { mode: 0o600 })
}

/** The address minikube writes for a profile: the node's, or the forwarded port (facts sheet, 8). */
function serverOf(config: ProfileConfig, node: SimulatedNode | undefined): string {
  if (node?.apiPort !== undefined) return `https://127.0.0.1:${node.apiPort}`
  const [first] = config.Nodes
  return `https://${first?.IP ?? ''}:${first?.Port ?? 8443}`
}

/** Whether the profile has an entry, and one that points at its node. */
export function entryState(
  kubeconfig: Kubeconfig,
  config: ProfileConfig,
  node: SimulatedNode | undefined,
): 'right' | 'wrong' | 'absent' {
  const entry = kubeconfig.clusters.find((cluster) => cluster.name === config.Name)
  if (entry === undefined) return 'absent'
  const cluster = entry['cluster'] as { readonly server?: unknown } | undefined
  return cluster?.server === serverOf(config, node) ? 'right' : 'wrong'
}

/** With the profile's cluster, user and context (clause 10; embedded certificates as in running-k8s-128). */
export function withEntries(
  call: ProgramCall,
  kubeconfig: Kubeconfig,
  config: ProfileConfig,
  node: SimulatedNode | undefined,
  makeCurrent: boolean,
): Kubeconfig {
  const { Name: name } = config
  const rest = withoutEntries(kubeconfig, name)
  const folder = `${homeOf(call)}/profiles/${name}`
  const credentials = config.EmbedCerts
    ? {
        'client-certificate-data': base64(pem('CERTIFICATE', 'client')),
        'client-key-data': base64(pem('RSA PRIVATE KEY', 'client')),
      }
    : { 'client-certificate': `${folder}/client.crt`, 'client-key': `${folder}/client.key` }
  const authority = config.EmbedCerts
    ? { 'certificate-authority-data': base64(pem('CERTIFICATE', 'ca')) }
    : { 'certificate-authority': `${homeOf(call)}/ca.crt` }
  const cluster = {
    ...authority,
    extensions: extensions(call, 'cluster_info'),
    server: serverOf(config, node),
  }
  const context = {
    cluster: name,
    extensions: extensions(call, 'context_info'),
    namespace: config.KubernetesConfig.Namespace,
    user: name,
  }
  return {
    clusters: [...rest.clusters, { name, cluster }],
    contexts: [...rest.contexts, { name, context }],
    users: [...rest.users, { name, user: credentials }],
    currentContext: makeCurrent ? name : kubeconfig.currentContext,
  }
}

function extensions(call: ProgramCall, name: string): readonly unknown[] {
  const date = new Date(call.machine.clock.now()).toUTCString().replace('GMT', 'UTC')
  return [
    { extension: { 'last-update': date, provider: 'minikube.sigs.k8s.io', version: call.version }, name },
  ]
}

/** Without the profile's entries; current-context becomes "" when it was theirs (clauses 18, 19). */
function withoutEntries(kubeconfig: Kubeconfig, name: string): Kubeconfig {
  const others = (entries: readonly Entry[]) => entries.filter((entry) => entry.name !== name)
  return {
    clusters: others(kubeconfig.clusters),
    contexts: others(kubeconfig.contexts),
    users: others(kubeconfig.users),
    currentContext: kubeconfig.currentContext === name ? '' : kubeconfig.currentContext,
  }
}

/**
 * What stop and delete do: the profile's entries go, and the file is encoded anew even when it had none (clauses 18, 19;
 * recorded running-098). Where there is no file, none is made (recorded 141). Gives the damage of one that cannot
 * be read.
 */
export async function dropEntries(call: ProgramCall, name: string): Promise<string | undefined> {
  const loaded = await loadKubeconfig(call)
  if ('damaged' in loaded) return loaded.damaged
  const exists = (await call.machine.files.stat(kubeconfigPath(call))) !== undefined
  if (exists) await saveKubeconfig(call, withoutEntries(loaded.value, name))
  return undefined
}
