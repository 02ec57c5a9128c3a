import type { Json } from '../ports/event.ts'
import type { JsonMap } from './document.ts'
import { resolvePath } from './paths.ts'
import { pinnedMinikube, pinnedMinikubeSha256 } from './pinned.ts'
import { components } from './profile.ts'
import type { AddonSpec, ClusterSpec, NamespaceSpec, Profile, ToolSpec } from './profile.ts'
import type { FileLayer } from './schema.ts'
import { parseMiB, withV } from './units.ts'

type Cluster = NonNullable<FileLayer['cluster']>

/** Thrown away by nobody: the merged tree is checked and has every default, so an absent value is our bug. */
function present<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new TypeError(`The merged profile lacks ${name}`)
  return value
}

/**
 * The profile that a merged and checked tree means: units worked out, short forms opened. Paths must be absolute
 * by now (`absolutePaths` does that layer by layer, since each is relative to its own file).
 */
export function resolveProfile(tree: JsonMap, name: string, file: string | undefined): Profile {
  const layer = tree as FileLayer
  const cluster = resolveCluster(present(layer.cluster, 'cluster'))
  const { minikube, kubectl } = present(layer.tools, 'tools')
  return {
    name,
    ...(file === undefined ? {} : { file }),
    cluster,
    tools: {
      minikube: resolveTool('minikube', present(minikube, 'tools.minikube'), pinnedMinikube),
      kubectl: resolveTool('kubectl', present(kubectl, 'tools.kubectl'), cluster.kubernetes),
    },
    addons: Object.fromEntries(
      Object.entries(layer.addons ?? {}).map(([addon, spec]) => [addon, resolveAddon(spec)]),
    ),
    namespaces: (layer.namespaces ?? []).map(resolveNamespace),
    manifests: layer.manifests ?? [],
    context: {
      name: present(layer.context?.name, 'context.name'),
      namespace: present(layer.context?.namespace, 'context.namespace'),
      makeCurrent: present(layer.context?.makeCurrent, 'context.makeCurrent'),
    },
    contexts: layer.contexts ?? [],
    ...(layer.aws ? { aws: layer.aws } : {}),
    ...(layer.dns ? { dns: layer.dns } : {}),
    ...(layer.team ? { team: layer.team } : {}),
  }
}

function resolveCluster(cluster: Cluster): ClusterSpec {
  const memory = present(cluster.memory, 'cluster.memory')
  return {
    name: present(cluster.name, 'cluster.name'),
    kubernetes: withV(present(cluster.kubernetes, 'cluster.kubernetes')),
    driver: present(cluster.driver, 'cluster.driver'),
    runtime: present(cluster.runtime, 'cluster.runtime'),
    cpus: present(cluster.cpus, 'cluster.cpus'),
    memoryMiB: memory === 'auto' ? 'auto' : present(parseMiB(memory), 'cluster.memory'),
    diskMiB: present(parseMiB(present(cluster.disk, 'cluster.disk')), 'cluster.disk'),
    nodes: present(cluster.nodes, 'cluster.nodes'),
    featureGates: (cluster.featureGates ?? {}) as Readonly<Record<string, boolean>>,
    extraConfig: resolveExtraConfig(cluster),
    mounts: (cluster.mounts ?? []).map((mount) => (typeof mount === 'string' ? parseMount(mount) : mount)),
    ports: (cluster.ports ?? []).map((port) =>
      typeof port === 'string' ? parsePort(port) : { ...port, address: port.address ?? loopback },
    ),
    registryMirrors: cluster.registryMirrors ?? [],
    insecureRegistries: cluster.insecureRegistries ?? [],
    caCertificates: cluster.caCertificates ?? [],
    serviceCidr: present(cluster.serviceCidr, 'cluster.serviceCidr'),
    ...(cluster.subnet ? { subnet: cluster.subnet } : {}),
    ...(cluster.staticIp ? { staticIp: cluster.staticIp } : {}),
  }
}

/** In a fixed order, whatever the order of the file: minikube compares the whole list. */
function resolveExtraConfig(cluster: Cluster): ClusterSpec['extraConfig'] {
  return components.flatMap((component) =>
    Object.entries(cluster.extraConfig?.[component] ?? {})
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ component, key, value: String(value) })),
  )
}

/** Published on the loopback address unless the profile says otherwise: a laptop sits in strange networks. */
const loopback = '127.0.0.1'

/** `host:/node`; a drive letter's colon is followed by a backslash or slash of the same path. */
export function parseMount(text: string): { readonly host: string; readonly node: string } {
  const at = text.lastIndexOf(':/')
  return { host: text.slice(0, at), node: text.slice(at + 1) }
}

/** `address:host:node` or `host:node`; an IPv6 address stands in brackets. */
export function parsePort(text: string): ClusterSpec['ports'][number] {
  const [node = '', host = '', ...address] = text.split(':').toReversed()
  return {
    address: address.length === 0 ? loopback : address.toReversed().join(':'),
    host: Number(host),
    node: Number(node),
  }
}

type Tool = NonNullable<NonNullable<FileLayer['tools']>['minikube']>

function resolveTool(name: 'minikube' | 'kubectl', tool: Tool, fallback: string): ToolSpec {
  const version = withV(tool.version ?? fallback)
  const pinned = name === 'minikube' && version === pinnedMinikube ? pinnedMinikubeSha256 : {}
  const given = Object.fromEntries(
    Object.entries(tool.sha256 ?? {}).map(([key, sum]) => [key, String(sum).toLowerCase()]),
  )
  return {
    version,
    mirror: present(tool.mirror, `tools.${name}.mirror`).replace(/\/+$/, ''),
    sha256: { ...pinned, ...given },
    usePath: tool.usePath ?? false,
  }
}

function resolveAddon(spec: NonNullable<FileLayer['addons']>[string] | undefined): AddonSpec {
  if (typeof spec !== 'object' || spec === null) return { enabled: spec === true, options: {} }
  const options = Object.entries(spec.options ?? {}).map(([key, value]) => [key, String(value)])
  return { enabled: spec.enabled ?? true, options: Object.fromEntries(options) }
}

function resolveNamespace(namespace: NonNullable<FileLayer['namespaces']>[number]): NamespaceSpec {
  if (typeof namespace === 'string') return { name: namespace, labels: {}, annotations: {} }
  const { name, labels = {}, annotations = {} } = namespace
  return { name, labels, annotations }
}

/** The lists and keys of a profile that hold paths; each is relative to the file that says it. */
export function absolutePaths(tree: JsonMap, folder: string, home?: string): JsonMap {
  const full = (path: Json) => (typeof path === 'string' ? resolvePath(folder, path, home) : path)
  const all = (list: Json | undefined) => (Array.isArray(list) ? list.map((each: Json) => full(each)) : list)
  return change(tree, {
    manifests: all,
    cluster: (cluster) =>
      change(cluster, {
        caCertificates: all,
        mounts: (mounts) =>
          Array.isArray(mounts)
            ? mounts.map((mount: Json) => {
                const pair = typeof mount === 'string' ? parseMount(mount) : (mount as JsonMap)
                return { ...pair, host: full(pair['host' as keyof typeof pair] ?? '') }
              })
            : mounts,
      }),
    contexts: (contexts) =>
      Array.isArray(contexts) ? contexts.map((each: Json) => contextPaths(each, full)) : contexts,
  })
}

function contextPaths(context: Json, full: (path: Json) => Json): Json {
  const secret = (source: Json) => change(source, { file: full })
  // A bare name is looked for on PATH; client-go takes any other for a path as well.
  const command = (program: Json) =>
    typeof program === 'string' && /[\\/]/.test(program) ? full(program) : program
  return change(context, {
    cluster: (cluster) => change(cluster, { certificateAuthority: full }),
    user: (user) =>
      change(user, {
        clientCertificate: full,
        clientKey: full,
        tokenFile: full,
        token: secret,
        password: secret,
        exec: (exec) => change(exec, { command }),
        oidc: (oidc) => change(oidc, { certificateAuthority: full }),
      }),
  })
}

/** The map with some of its values changed, where they are there; anything else as it is. */
function change<T extends Json>(
  tree: T,
  changes: Readonly<Record<string, (value: Json) => Json | undefined>>,
): T {
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return tree
  return Object.fromEntries(
    Object.entries(tree as JsonMap).map(([key, value]) => [key, changes[key]?.(value) ?? value]),
  ) as T
}
