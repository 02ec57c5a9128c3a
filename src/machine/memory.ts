import type { Finding, ResolvedCluster } from '../plan/step.ts'
import type { DockerFact } from '../plan/facts.ts'
import type { HostFacts } from '../ports/host.ts'
import { memoryShort } from '../problems/host.ts'
import { fits, unfit } from './verdict.ts'

const autoLeastMiB = 3072
const autoMostMiB = 8192
/** minikube's own: below it start ends with RSRC_INSUFFICIENT_REQ_MEMORY, 23 [recorded 079]. */
const minikubeLeastMiB = 1800
/** What minikube leaves to the daemon (start.go:1134-1235); more than the rest is refused. */
const dockerOverheadMiB = 48
/** A Docker with less has no room for a node and itself: a 2 GB virtual machine reports about 1970 MiB. */
const dockerLeastMiB = 2200
/** Left to the person's own programs before it is worth a word. */
const hostSpareMiB = 2048

/**
 * The memory of the node in MiB. A number is taken as it is. `auto` keeps what an existing cluster has, since
 * memory cannot be changed in place; otherwise it is a quarter of the machine, at least 3072, at most 8192 and at
 * most what Docker has, rounded down to a hundred as minikube does [recorded 137].
 */
export function resolveMemoryMiB(
  spec: number | 'auto',
  host: Pick<HostFacts, 'memoryMiB'>,
  docker: Pick<DockerFact, 'memoryMiB'> | undefined,
  existing?: { readonly memoryMiB: number },
): number {
  if (spec !== 'auto') return spec
  if (existing !== undefined && existing.memoryMiB > 0) return existing.memoryMiB
  const share = Math.min(autoMostMiB, Math.max(autoLeastMiB, host.memoryMiB / 4))
  const room = docker === undefined ? Number.POSITIVE_INFINITY : docker.memoryMiB - dockerOverheadMiB
  // 3072 itself is not a multiple of 100 and stays as it is where there is room.
  if (share === autoLeastMiB && room >= autoLeastMiB) return autoLeastMiB
  return Math.max(0, Math.floor(Math.min(share, room) / 100) * 100)
}

/** The memory asked for against that of the machine, and of Docker where the node runs in it. */
export function checkMemory(
  cluster: Pick<ResolvedCluster, 'memoryMiB' | 'nodes'>,
  host: Pick<HostFacts, 'memoryMiB' | 'platform'>,
  docker: DockerFact | undefined,
): Finding {
  const wanted = cluster.memoryMiB
  const detail = {
    wantedMiB: wanted,
    hostMiB: host.memoryMiB,
    ...(docker !== undefined && { dockerMiB: docker.memoryMiB }),
  }
  const roomMiB = docker === undefined ? host.memoryMiB : docker.memoryMiB - dockerOverheadMiB
  if (docker !== undefined && docker.memoryMiB < dockerLeastMiB) {
    const found = `Docker has ${docker.memoryMiB} MiB; a node needs at least ${dockerLeastMiB}, and 4096 to be of use.`
    return unfit(memoryShort, { detail: found, next: moreMemory(host.platform) }, detail)
  }
  if (wanted < minikubeLeastMiB) {
    const found = `${wanted} MiB for the node is below minikube's least, ${minikubeLeastMiB}.`
    return unfit(memoryShort, { detail: found, next: [`devk8s up --memory ${autoLeastMiB}`] }, detail)
  }
  if (wanted > roomMiB) {
    const owner = docker === undefined ? 'the machine' : 'Docker'
    const found = `The node is to have ${wanted} MiB, but ${owner} has room for ${roomMiB}.`
    const smaller = Math.floor(roomMiB / 100) * 100
    return unfit(
      memoryShort,
      { detail: found, next: [`devk8s up --memory ${smaller}`, ...moreMemory(host.platform)] },
      detail,
    )
  }
  return fits(detail, memoryWarnings(cluster, host.memoryMiB))
}

/** Docker Desktop's memory is a setting; on Windows it is WSL's, in a file. On Linux Docker has all there is. */
function moreMemory(platform: HostFacts['platform']): readonly string[] {
  switch (platform) {
    case 'darwin':
      return ['open -a Docker']
    case 'win32':
      return ['notepad "$Env:USERPROFILE\\.wslconfig"', 'wsl --shutdown']
    case 'linux':
      return ['free -m', 'docker info --format "{{.MemTotal}}"']
  }
}

function memoryWarnings(cluster: Pick<ResolvedCluster, 'memoryMiB' | 'nodes'>, hostMiB: number): string[] {
  const all = cluster.memoryMiB * Math.max(1, cluster.nodes)
  if (hostMiB - all >= hostSpareMiB) return []
  return [
    `The nodes may take ${all} of this machine's ${hostMiB} MiB, which leaves little for everything else.`,
  ]
}
