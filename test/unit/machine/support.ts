import { readFileSync } from 'node:fs'
import type { DockerFact } from '../../../src/plan/facts.ts'
import type { ResolvedCluster } from '../../../src/plan/step.ts'
import type { Ran } from '../../../src/ports/exec.ts'
import type { HostFacts } from '../../../src/ports/host.ts'

/** A laptop on which everything fits. */
export const laptop: HostFacts = {
  platform: 'linux',
  arch: 'amd64',
  nodeArch: 'x64',
  release: '6.1.0',
  distribution: 'Debian GNU/Linux 12 (bookworm)',
  wsl: false,
  inContainer: false,
  root: false,
  cpus: 8,
  memoryMiB: 16_000,
  virtualization: 'available',
  interfaces: [
    { name: 'lo', cidr: '127.0.0.1/8', internal: true },
    { name: 'eth0', cidr: '192.168.1.20/24', internal: false },
  ],
}
export const mac: HostFacts = { ...laptop, platform: 'darwin', arch: 'arm64', nodeArch: 'arm64' }
export const windows: HostFacts = { ...laptop, platform: 'win32' }

export const dockerFact: DockerFact = {
  serverVersion: '28.2.2',
  memoryMiB: 16_000,
  cpus: 8,
  storageDriver: 'overlay2',
  cgroupVersion: '2',
  rootless: false,
  desktop: false,
}

export const cluster: ResolvedCluster = {
  name: 'devk8s',
  kubernetes: 'v1.35.1',
  driver: 'docker',
  runtime: 'docker',
  cpus: 2,
  memoryMiB: 4000,
  diskMiB: 20_000,
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

export const ran = (over: Partial<Ran> = {}): Ran => ({
  outcome: 'exited',
  exitCode: 0,
  signal: null,
  stdout: '',
  stderr: '',
  durationMs: 1,
  ...over,
})

/** The end of a recorded call of docker, e.g. `28.2.2/004-info-json`; one that was killed counts as timed out. */
export function recordedDocker(name: string): Ran {
  const file = new URL(`../../fixtures/transcripts/docker/${name}.json`, import.meta.url)
  const { exitCode, stdout, stderr } = JSON.parse(readFileSync(file, 'utf8')) as {
    exitCode: number | null
    stdout: string
    stderr: string
  }
  return ran({ exitCode, stdout, stderr, outcome: exitCode === null ? 'timed-out' : 'exited' })
}
