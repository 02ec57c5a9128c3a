import type { ApiFaults } from './kube-api/api.ts'
import type { KubeStore } from './kube-api/store.ts'
import { settleWorkloads } from './kube-api/workloads.ts'
import { faultOf, type Machine } from './machine.ts'
import { addonFacts } from './minikube/addon-facts.ts'
import { type Laptop, type SimulatedNode, withNode } from './state.ts'

/** How long a workload needs to become ready at speed 1, in ms. */
const readyAfterMs = 600
/** What the AWS agent runs on, whatever its version. */
const agentImage = 'library/node:'

/** What is to go wrong in a cluster; registry-creds' image exists for amd64 only (facts sheet 7.2). */
export function apiFaults(machine: Pick<Machine, 'faults' | 'speed'>, laptop: Laptop): ApiFaults {
  const api = faultOf(machine, 'kube.api')
  const neverReady = machine.faults.flatMap(({ name, value }) =>
    name.startsWith('addon.') && value === 'never-ready' ? imagesOf(name.slice('addon.'.length)) : [],
  )
  const agent = faultOf(machine, 'agent')
  const crashing = [
    ...(laptop.system.arch === 'arm64' ? ['upmcenterprises/registry-creds'] : []),
    ...(agent === 'crash' ? [agentImage] : []),
  ]
  return {
    readyAfterMs: readyAfterMs / machine.speed,
    missingImages: agent === 'no-image' ? [...neverReady, agentImage] : neverReady,
    ...(crashing.length === 0 ? {} : { crashingImages: crashing }),
    ...(api === 'unauthorized' ? { unauthorized: true } : {}),
    ...(api === '503' ? { unavailable: true } : {}),
    ...(api === 'forbidden' ? { forbiddenUser: 'minikube-user' } : {}),
  }
}

function imagesOf(addon: string): readonly string[] {
  const images = addonFacts[addon]?.images ?? []
  return images.length === 0 ? [addon] : images.map((image) => image.replace(/:[^/]*$/, ''))
}

/** The profile whose API server listens at `host:port` as seen from the machine. */
export function profileOfServer(laptop: Laptop, server: string): string | undefined {
  return profileWhere(laptop, (node) =>
    node.apiPort === undefined
      ? node.address !== undefined && server.startsWith(`${node.address}:`)
      : server === `127.0.0.1:${node.apiPort}`,
  )
}

/** The profile whose node's port 80 is reached there: at its address, or where that port was published. */
export function profileOfIngress(laptop: Laptop, host: string, port: string): string | undefined {
  return profileWhere(laptop, (node) =>
    host === '127.0.0.1' || host === 'localhost'
      ? (node.published ?? []).some((text) =>
          new RegExp(`^(127\\.0\\.0\\.1:|0\\.0\\.0\\.0:)?${port}:80$`).test(text),
        )
      : node.apiPort === undefined && node.address === host && port === '80',
  )
}

function profileWhere(laptop: Laptop, test: (node: SimulatedNode) => boolean): string | undefined {
  return Object.entries(laptop.nodes).find(([, node]) => test(node))?.[0]
}

/** A profile's objects as they are now; undefined while its API server does not run. */
export function storeNow(
  machine: Pick<Machine, 'clock' | 'faults' | 'speed'>,
  laptop: Laptop,
  profile: string,
): KubeStore | undefined {
  const node = laptop.nodes[profile]
  if (node?.store === undefined || !node.apiserver || laptop.containers[profile] !== 'running')
    return undefined
  return settleWorkloads(node.store, machine.clock.now(), apiFaults(machine, laptop))
}

/** The laptop with a cluster's controllers having worked until now. */
export function withTimePassed(
  machine: Pick<Machine, 'clock' | 'faults' | 'speed'>,
  laptop: Laptop,
  profile: string,
): Laptop {
  const store = storeNow(machine, laptop, profile)
  return store === undefined ? laptop : withNode(laptop, profile, { store })
}
