import type { Finding } from '../plan/step.ts'
import type { HostFacts } from '../ports/host.ts'
import { diskShort } from '../problems/host.ts'
import { fits, unfit } from './verdict.ts'

const gib = 1024 ** 3
/** Base image, preloaded images, the tools, and room for the first images of one's own. */
const newClusterBytes = 8 * gib
/** minikube warns at 85 % and gives up near 100 % of the disk; images and logs grow. */
const existingClusterBytes = 2 * gib
const comfortableBytes = 20 * gib

export interface Space {
  readonly path: string
  readonly freeBytes: number
}

/** Free space where minikube and devk8s keep their files. Docker's own disk may be another; it is not asked. */
export function checkDisk(
  spaces: readonly [Space, ...Space[]],
  hasCluster: boolean,
  platform: HostFacts['platform'],
): Finding {
  const least = spaces.reduce((a, b) => (b.freeBytes < a.freeBytes ? b : a))
  const needed = hasCluster ? existingClusterBytes : newClusterBytes
  const detail = Object.fromEntries(spaces.map(({ path, freeBytes }) => [path, freeBytes]))
  if (least.freeBytes < needed) {
    const found = `${least.path}: ${inGib(least.freeBytes)} GiB free, ${inGib(needed)} GiB needed.`
    return unfit(diskShort, { detail: found, next: spaceCommands(platform, least.path) }, detail)
  }
  const isTight = !hasCluster && least.freeBytes < comfortableBytes
  return fits(
    detail,
    isTight
      ? [
          `Only ${inGib(least.freeBytes)} GiB are free at ${least.path}; 20 GiB are comfortable for a cluster with images.`,
        ]
      : [],
  )
}

function inGib(bytes: number): string {
  return (bytes / gib).toFixed(1)
}

/** Unused images are the usual bulk; `docker system prune` asks before it removes. */
function spaceCommands(platform: HostFacts['platform'], path: string): readonly string[] {
  switch (platform) {
    case 'win32':
      return ['Get-PSDrive C', 'docker system prune']
    case 'darwin':
    case 'linux':
      return [`df -h "${path}"`, 'docker system df', 'docker system prune']
  }
}
