import type { Files } from '../ports/files.ts'
import { fail } from '../problems/problem.ts'
import { faultNeedsCluster } from '../problems/usage.ts'
import type { LaptopStore } from './laptop-store.ts'
import { type NodeKernel, withHostPortsFirst, withoutRoutes } from './minikube/node-kernel.ts'
import { type Laptop, bareNode, withContainer, withNode, withoutContainer, withoutVolume } from './state.ts'

/** Where the files lie that other programs than the simulated ones keep. */
export interface Places {
  readonly minikubeHome: string
  /** The kubeconfig of devk8s' own for a minikube profile. */
  readonly privateKubeconfig: (profile: string) => string
  /** Where new contexts of the person go. */
  readonly userKubeconfig: string
}

/**
 * Plays what a person, another program or a power cut did to the clusters of the laptop before this command: the
 * faults of the group `cluster`. It stays so until it is mended.
 * @throws DevK8sError DK2911 when the laptop has no cluster to damage.
 */
export async function damageClusters(
  fault: string,
  store: LaptopStore,
  files: Files,
  places: Places,
): Promise<void> {
  const profiles = Object.keys((await store.read()).nodes)
  if (profiles.length === 0) {
    fail(faultNeedsCluster, {
      detail: `cluster=${fault}: the simulated laptop has no cluster yet.`,
      next: ['devk8s up --rehearse'],
    })
  }
  for (const profile of profiles) {
    await damageFiles(fault, profile, files, places)
    await store.change((laptop) => damageLaptop(fault, profile, laptop))
  }
}

/** minikube.md, clauses 23, 26 and 28 say what minikube makes of each. */
async function damageFiles(fault: string, profile: string, files: Files, places: Places): Promise<void> {
  const config = `${places.minikubeHome}/profiles/${profile}/config.json`
  switch (fault) {
    case 'profile-damaged':
      return cutShort(config, files)
    case 'machine-damaged':
      return cutShort(`${places.minikubeHome}/machines/${profile}/config.json`, files)
    case 'kubeconfig-damaged':
      return files.write(places.privateKubeconfig(profile), 'apiVersion: v1\nclusters: [\n', { mode: 0o600 })
    case 'half-made': {
      await files.write(config, withoutAddresses((await files.readText(config)) ?? '{}'))
      return files.remove(`${places.minikubeHome}/profiles/${profile}/apiserver.crt`)
    }
  }
}

function damageLaptop(fault: string, profile: string, laptop: Laptop): Laptop {
  switch (fault) {
    case 'container-gone':
      return withoutContainer(laptop, profile)
    case 'volume-gone':
      return withoutVolume(withoutContainer(laptop, profile), profile)
    case 'half-made': {
      const unbooted = { ...laptop, nodes: { ...laptop.nodes, [profile]: bareNode } }
      return withContainer(unbooted, profile, 'running')
    }
    default:
      return laptop
  }
}

/**
 * What became of rules and addresses inside the running nodes before this command: `routes-lost` and `hijacked` of the
 * group `node`. The others of the group are played by whoever looks.
 */
export function disturbNodes(
  fault: string | undefined,
  laptop: Laptop,
  kernelOf: (profile: string) => NodeKernel,
): Laptop {
  const change =
    fault === 'routes-lost' ? withoutRoutes : fault === 'hijacked' ? withHostPortsFirst : undefined
  if (change === undefined) return laptop
  return Object.keys(laptop.nodes)
    .filter((profile) => laptop.containers[profile] === 'running')
    .reduce((now, profile) => withNode(now, profile, { kernel: change(kernelOf(profile)) }), laptop)
}

async function cutShort(path: string, files: Files): Promise<void> {
  const text = (await files.readText(path)) ?? '{}'
  await files.write(path, text.slice(0, Math.floor(text.length / 2)))
}

/** As it is before the node is up: minikube writes the address down last (recorded running-k8s-138). */
function withoutAddresses(text: string): string {
  return text.replaceAll(/("IP": )"[^"]*"/g, '$1""')
}

/**
 * Holds kubectl's lock on the person's kubeconfig, as a program that writes it does; gives what lets go of it. A
 * lock that is there already is somebody else's and stays.
 */
export async function holdKubeconfig(files: Files, { userKubeconfig }: Places): Promise<() => Promise<void>> {
  const lock = `${userKubeconfig}.lock`
  await files.makeFolder(userKubeconfig.replace(/[\\/][^\\/]*$/, ''))
  const isOurs = await files.createExclusive(lock, '')
  return async () => (isOurs ? files.remove(lock) : undefined)
}
