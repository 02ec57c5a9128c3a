import { execa } from 'execa'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { type ApiFaults, handleApi } from '../../src/simulator/kube-api/api.ts'
import { serveKubeApi } from '../../src/simulator/kube-api/server.ts'
import { emptyStore, type KubeStore } from '../../src/simulator/kube-api/store.ts'
import { type Call, kubectl } from '../../src/simulator/kubectl/kubectl.ts'

/** What a contract test runs its cases against. */
export interface KubeSubject {
  readonly name: string
  /** `v1.33.1`, … */
  readonly version: string
  /** @param isCold start without what kubectl keeps of discovery between runs. */
  run(argv: readonly string[], stdin: string, isCold?: boolean): Promise<KubeRun>
  /** Changes the cluster behind it: its state, what goes wrong in it, whether it can be reached. */
  change(next: {
    readonly faults?: ApiFaults
    readonly refused?: boolean
    readonly store?: (store: KubeStore) => KubeStore
  }): void
  close(): Promise<void>
}

export interface KubeRun {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** 23 Nov 2026, 14:10:00 UTC: when the recordings were made. */
export const contractNow = Date.UTC(2026, 10, 23, 14, 10, 0)

/** The simulated kubectl on the simulated API, in this process. */
export function simulatedKubectl(kubernetesVersion: string): KubeSubject {
  let store = emptyStore(contractNow, kubernetesVersion)
  let faults: ApiFaults = {}
  let isRefused = false
  const call: Call = (request) => {
    if (isRefused) return { unreachable: 'refused', server: '127.0.0.1:1' }
    const answer = handleApi(request, store, contractNow, faults)
    store = answer.store
    return answer
  }
  const env = { version: 'v1.33.1', platform: 'linux/amd64', now: contractNow, contexts: ['recorded'] }
  return {
    name: 'simulated kubectl',
    version: 'v1.33.1',
    run(argv, stdin) {
      const missing = argv.find((word) => word.startsWith('--kubeconfig='))?.slice('--kubeconfig='.length)
      const around = missing === undefined ? env : { ...env, missingKubeconfig: missing }
      return Promise.resolve(kubectl(argv, stdin, around, call))
    },
    change(next) {
      faults = next.faults ?? faults
      isRefused = next.refused ?? isRefused
      store = next.store?.(store) ?? store
    },
    close: () => Promise.resolve(),
  }
}

/** A real kubectl on the simulated API behind a loopback port, with a home of its own. */
export async function realKubectl(found: FoundKubectl, kubernetesVersion: string): Promise<KubeSubject> {
  const home = await mkdtemp(join(await realpath(tmpdir()), 'devk8s-kube-'))
  // The clock runs, since kubectl waits for a namespace to be gone; it starts where the recordings did.
  const startedAt = performance.now()
  const now = (): number => contractNow + Math.round(performance.now() - startedAt)
  const server = await serveKubeApi({ store: emptyStore(contractNow, kubernetesVersion), now })
  await mkdir(join(home, '.kube'))
  let refused = false
  const writeConfig = async (): Promise<void> => {
    await writeFile(join(home, '.kube', 'config'), kubeconfig(refused ? 'http://127.0.0.1:1' : server.url))
  }
  return {
    name: `kubectl ${found.version}`,
    version: found.version,
    async run(argv, stdin, isCold = false) {
      await writeConfig()
      if (isCold) await rm(join(home, '.kube', 'cache'), { recursive: true, force: true })
      const ran = await execa(found.path, argv, {
        reject: false,
        extendEnv: false,
        // Windows programs do not start without SystemRoot, and look for their home in USERPROFILE.
        env: { HOME: home, USERPROFILE: home, LC_ALL: 'C', SystemRoot: process.env['SystemRoot'] },
        input: stdin,
        stripFinalNewline: false,
        timeout: 20_000,
      })
      return { stdout: ran.stdout, stderr: ran.stderr, exitCode: ran.exitCode ?? -1 }
    },
    change(next) {
      refused = next.refused ?? refused
      const store = next.store?.(server.store())
      server.change({
        ...(next.faults === undefined ? {} : { faults: next.faults }),
        ...(store === undefined ? {} : { store }),
      })
    },
    async close() {
      await server.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

function kubeconfig(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'recorded', cluster: { server } }],
    users: [{ name: 'dev', user: { token: 'a-token' } }],
    contexts: [{ name: 'recorded', context: { cluster: 'recorded', user: 'dev' } }],
    'current-context': 'recorded',
  })
}

export interface FoundKubectl {
  readonly path: string
  readonly version: string
}

/**
 * The real kubectls of this machine, oldest first: `kubectl` and `kubectl.*` in the folders of PATH, and beside
 * where the one on PATH really is (some packages keep several versions there).
 */
export async function findKubectls(path: string): Promise<readonly FoundKubectl[]> {
  const folders = path.split(delimiter).filter((folder) => folder !== '' && existsSync(folder))
  const onPath = folders
    .flatMap((folder) => [join(folder, 'kubectl'), join(folder, 'kubectl.exe')])
    .filter((file) => existsSync(file))
  const real = await Promise.all(onPath.map(async (file) => dirname(await realpath(file))))
  const files = [...new Set(real)].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^kubectl(\.\d+\.\d+)?(\.exe)?$/.test(name))
      .map((name) => join(folder, name)),
  )
  const found = await Promise.all(files.map(versionOf))
  return found
    .filter((each) => each !== undefined)
    .toSorted((a, b) => minorOf(a.version) - minorOf(b.version))
}

async function versionOf(path: string): Promise<FoundKubectl | undefined> {
  const ran = await execa(path, ['version', '--client', '-o', 'json'], { reject: false, timeout: 20_000 })
  const version = /"gitVersion": "(v[\d.]+)/.exec(ran.stdout)?.[1]
  return version === undefined ? undefined : { path, version }
}

/** The minor number of a Kubernetes version: 33 of `v1.33.1`. */
export function minorOf(version: string): number {
  return Number(version.split('.')[1] ?? 0)
}
