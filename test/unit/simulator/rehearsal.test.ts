import { mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { realHashing } from '../../../src/adapters/hash.ts'
import type { Command } from '../../../src/ports/exec.ts'
import { NetError } from '../../../src/ports/net.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import { openRehearsal, type Rehearsal } from '../../../src/simulator/rehearsal.ts'
import { storeNow } from '../../../src/simulator/cluster-time.ts'
import type { Fault } from '../../../src/simulator/faults.ts'
import { at, type KubeObject, listOf } from '../../../src/simulator/kube-api/object.ts'
import { emptyStore, putObject } from '../../../src/simulator/kube-api/store.ts'
import { type Laptop, newLaptop, withNode } from '../../../src/simulator/state.ts'
import { manualClock } from '../../engine/manual-clock.ts'

const url = 'https://github.com/kubernetes/minikube/releases/download/v1.38.1/minikube-linux-amd64'
const kubectlUrl = 'https://mirror.example.com/k8s/v1.35.1/bin/linux/amd64/kubectl'
const pinned = { 'minikube-linux-amd64': 'cd'.repeat(32) }

interface Opened extends Rehearsal {
  readonly folder: string
}

async function open(
  faults: readonly string[] = [],
  options: {
    readonly folder?: string
    readonly laptop?: (fresh: Laptop) => Laptop
    readonly platform?: 'darwin'
  } = {},
): Promise<Opened> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'devk8s-rehearsal-')))
  const rehearsal = await openRehearsal({
    folder,
    files: realFiles(),
    places: {
      minikubeHome: join(folder, 'home/.minikube'),
      privateKubeconfig: (profile) => join(folder, 'private', profile),
      userKubeconfig: join(folder, 'home/.kube/config'),
    },
    clock: manualClock({ auto: true }),
    hashing: realHashing(),
    faults: faults.map((text) => ({ name: text.split('=')[0] ?? '', value: text.split('=')[1] ?? '' })),
    platform: options.platform ?? 'linux',
    pinned,
    speed: 1,
    ...(options.laptop === undefined ? {} : { laptop: options.laptop }),
  })
  return { ...rehearsal, folder }
}

const how = { timeoutMs: 60_000, signal: new AbortController().signal }

async function get(rehearsal: Rehearsal, from: string, headers: Readonly<Record<string, string>> = {}) {
  const reply = await rehearsal.net.get({ url: from, headers, signal: how.signal, idleTimeoutMs: 1_000 })
  const chunks: Uint8Array[] = []
  for await (const chunk of reply.body) chunks.push(chunk)
  return { ...reply, bytes: Buffer.concat(chunks) }
}

function hash(rehearsal: Rehearsal, bytes: Uint8Array): string {
  const hasher = rehearsal.hashing.sha256()
  hasher.update(bytes)
  return hasher.hex()
}

async function install(rehearsal: Opened, tool: 'minikube' | 'kubectl'): Promise<string> {
  const path = join(rehearsal.folder, 'tools', tool)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, (await get(rehearsal, tool === 'minikube' ? url : kubectlUrl)).bytes)
  return path
}

const command = (tool: Command['tool'], program: string, ...args: readonly string[]): Command => ({
  tool,
  program,
  args,
  env: { KUBECONFIG: '' },
  changes: true,
})

describe('downloads', () => {
  test('clause 7: a pinned file arrives with its pinned hash, and the checksum file agrees', async () => {
    const rehearsal = await open()
    const whole = await get(rehearsal, url)
    expect(hash(rehearsal, whole.bytes)).toBe(pinned['minikube-linux-amd64'])
    expect((await get(rehearsal, `${url}.sha256`)).bytes.toString()).toBe(pinned['minikube-linux-amd64'])
    expect(whole.headers['content-length']).toBe(String(whole.bytes.length))
  })

  test('clause 3: a file of another version below a mirror has the hash its checksum file names', async () => {
    const rehearsal = await open()
    const whole = await get(rehearsal, kubectlUrl)
    expect((await get(rehearsal, `${kubectlUrl}.sha256`)).bytes.toString()).toBe(hash(rehearsal, whole.bytes))
  })

  test('clause 4: goes on with Range, starts again for another ETag, 416 past the end', async () => {
    const rehearsal = await open()
    const whole = await get(rehearsal, url)
    const rest = await get(rehearsal, url, {
      range: 'bytes=1000000-',
      'if-range': whole.headers['etag'] ?? '',
    })
    expect([rest.status, rest.headers['content-range']]).toEqual([
      206,
      `bytes 1000000-${whole.bytes.length - 1}/${whole.bytes.length}`,
    ])
    expect(rest.bytes.equals(whole.bytes.subarray(1_000_000))).toBe(true)
    expect((await get(rehearsal, url, { range: 'bytes=5-', 'if-range': '"other"' })).status).toBe(200)
    expect((await get(rehearsal, url, { range: `bytes=${whole.bytes.length}-` })).status).toBe(416)
  })

  test('wrong-hash, truncated, html, not-found', async () => {
    const wrong = await open(['tools.download=wrong-hash'])
    expect(hash(wrong, (await get(wrong, url)).bytes)).not.toBe(pinned['minikube-linux-amd64'])
    const short = await get(await open(['tools.download=truncated']), url)
    expect(short.bytes.length).toBeLessThan(Number(short.headers['content-length']))
    const html = await get(await open(['tools.download=html']), url)
    expect([html.status, html.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect((await get(await open(['tools.download=not-found']), url)).status).toBe(404)
  })

  test('clause 10: refused and no-such-host are NetErrors; cut happens once', async () => {
    await expect(get(await open(['tools.download=refused']), url)).rejects.toMatchObject({ fault: 'refused' })
    await expect(get(await open(['tools.download=no-such-host']), url)).rejects.toMatchObject({
      fault: 'not-found',
    })
    const cut = await open(['tools.download=cut'])
    await expect(get(cut, url)).rejects.toMatchObject({ fault: 'cut' })
    expect(hash(cut, (await get(cut, url)).bytes)).toBe(pinned['minikube-linux-amd64'])
  })

  test('disk-full: the files it hands out have no room for it', async () => {
    const full = await open(['tools.download=disk-full'])
    const writer = await full.files.openWriter(join(full.folder, 'part'), { append: false })
    const problem = await writer.write(new Uint8Array(2 * 1024 * 1024)).catch((error: unknown) => error)
    await writer.close()
    expect(isDevK8sError(problem) ? problem.problems[0].code : problem).toBe('DK6002')
  })

  test('no other address exists, and none without internet', async () => {
    await expect(get(await open(), 'https://example.com/')).rejects.toBeInstanceOf(NetError)
    const offline = await open([], { laptop: (fresh) => ({ ...fresh, internet: 'none' }) })
    await expect(get(offline, url)).rejects.toMatchObject({ fault: 'not-found' })
  })

  test('reads file: addresses from the disk', async () => {
    const rehearsal = await open()
    await writeFile(join(rehearsal.folder, 'a b'), 'x')
    expect((await get(rehearsal, pathToFileURL(join(rehearsal.folder, 'a b')).href)).bytes.toString()).toBe(
      'x',
    )
    expect((await get(rehearsal, pathToFileURL(join(rehearsal.folder, 'none')).href)).status).toBe(404)
  })
})

describe('exec', () => {
  test('clause 2: a managed tool must lie at its path, as the file that was downloaded', async () => {
    const rehearsal = await open()
    const missing = await rehearsal.exec.run(
      command('minikube', join(rehearsal.folder, 'none'), 'version'),
      how,
    )
    expect(missing.outcome).toBe('not-found')
    await writeFile(join(rehearsal.folder, 'other'), 'not simulated')
    const other = await rehearsal.exec.run(
      command('minikube', join(rehearsal.folder, 'other'), 'version'),
      how,
    )
    expect(other.outcome).toBe('not-found')
    const path = await install(rehearsal, 'minikube')
    const ran = await rehearsal.exec.run(command('minikube', path, 'version', '-o', 'json'), how)
    expect([ran.exitCode, JSON.parse(ran.stdout)]).toEqual([
      0,
      expect.objectContaining({ minikubeVersion: 'v1.38.1' }),
    ])
  })

  test('clause 2: only Docker is on PATH, while it is installed', async () => {
    const { exec } = await open()
    expect(await exec.find('docker')).toBe('/usr/bin/docker')
    expect(await exec.find('virsh')).toBeUndefined()
    expect((await exec.run(command('virsh', 'virsh', 'version'), how)).outcome).toBe('not-found')
    const without = await open(['docker=absent'])
    expect(await without.exec.find('docker')).toBeUndefined()
    expect((await without.exec.run(command('docker', 'docker', 'version'), how)).outcome).toBe('not-found')
  })

  test('hands on whole lines as they come, and the laptop is kept for the next rehearsal', async () => {
    const rehearsal = await open()
    const path = await install(rehearsal, 'minikube')
    const seen: string[] = []
    const onLine = (fd: 1 | 2, line: string) => void seen.push(`${fd} ${line}`)
    const started = await rehearsal.exec.run(command('minikube', path, 'start', '-o', 'json'), {
      ...how,
      onLine,
    })
    expect(started.exitCode).toBe(0)
    expect(seen.map((line) => line.slice(2)).join('\n')).toBe(started.stdout.trimEnd())
    const again = await open([], { folder: rehearsal.folder })
    const status = await again.exec.run(command('minikube', path, 'status', '-o', 'json'), how)
    expect(status.stdout).toContain('"APIServer":"Running"')
  })

  test.for([
    ['timeout', 'exited', 105],
    ['offline', 'exited', 48],
    ['exit-50', 'exited', 50],
    ['killed', 'signalled', null],
    ['hang', 'timed-out', null],
    ['garbage', 'exited', 0],
    ['docker-down', 'exited', 63],
    ['memory', 'exited', 23],
    ['init-fails', 'exited', 80],
  ] as const)('cluster.start=%s', async ([fault, outcome, exitCode]) => {
    const rehearsal = await open([`cluster.start=${fault}`])
    const path = await install(rehearsal, 'minikube')
    const ran = await rehearsal.exec.run(command('minikube', path, 'start', '-o', 'json'), how)
    expect([ran.outcome, ran.exitCode]).toEqual([outcome, exitCode])
  })

  test.for(['timeout', 'offline', 'killed', 'hang', 'docker-down', 'memory', 'init-fails', 'garbage'])(
    'after cluster.start=%s a start without the fault works',
    async (fault) => {
      const rehearsal = await open([`cluster.start=${fault}`])
      const path = await install(rehearsal, 'minikube')
      await rehearsal.exec.run(command('minikube', path, 'start', '-o', 'json'), how)
      const again = await open([], { folder: rehearsal.folder })
      const ran = await again.exec.run(command('minikube', path, 'start', '-o', 'json'), how)
      expect([ran.outcome, ran.exitCode]).toEqual(['exited', 0])
    },
  )

  test.for([
    ['down', 1],
    ['denied', 1],
    ['hang', null],
    ['small-memory', 0],
  ] as const)('docker=%s', async ([fault, exitCode]) => {
    const rehearsal = await open([`docker=${fault}`])
    const ran = await rehearsal.exec.run(command('docker', 'docker', 'info', '--format', '{{json .}}'), how)
    expect(ran.exitCode).toBe(exitCode)
    const healthy = await open([], { folder: rehearsal.folder })
    const later = await healthy.exec.run(command('docker', 'docker', 'info', '--format', '{{json .}}'), how)
    expect((JSON.parse(later.stdout) as { MemTotal: number }).MemTotal).toBe(24105 * 1024 * 1024)
  })

  test('addon.ingress=enable-fails', async () => {
    const rehearsal = await open(['addon.ingress=enable-fails'])
    const path = await install(rehearsal, 'minikube')
    await rehearsal.exec.run(command('minikube', path, 'start', '-o', 'json'), how)
    const ran = await rehearsal.exec.run(command('minikube', path, 'addons', 'enable', 'ingress'), how)
    expect([ran.exitCode, ran.stderr]).toEqual([10, expect.stringContaining('MK_ADDON_ENABLE')])
  })

  test('clause 9: an aborted call ends as one, and leaves what it had made', async () => {
    const rehearsal = await open()
    const path = await install(rehearsal, 'minikube')
    const stopped = new AbortController()
    const onLine = (_: 1 | 2, line: string) => {
      if (line.includes('Creating docker container')) stopped.abort('SIGINT')
    }
    const ran = await rehearsal.exec.run(command('minikube', path, 'start', '-o', 'json'), {
      ...how,
      signal: stopped.signal,
      onLine,
    })
    expect([ran.outcome, ran.exitCode]).toEqual(['aborted', null])
    const status = await rehearsal.exec.run(command('minikube', path, 'status', '-o', 'json'), how)
    expect([status.exitCode, status.stdout]).toEqual([7, 'null'])
  })

  test.skipIf(process.platform === 'win32')(
    'clause 9: state is for its owner only (Windows has no such modes)',
    async () => {
      const rehearsal = await open()
      await rehearsal.save()
      const { mode } = await stat(join(rehearsal.folder, 'laptop.json'))
      expect(mode & 0o777).toBe(0o600)
      expect(await readFile(join(rehearsal.folder, 'laptop.json'), 'utf8')).toContain('"schema":1')
    },
  )
})

describe('kubectl and the ingress', () => {
  const sample = (text: string) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'web', namespace: 'default' },
          spec: {
            replicas: 1,
            selector: { matchLabels: { app: 'web' } },
            template: {
              metadata: { labels: { app: 'web' } },
              spec: { containers: [{ name: 'web', image: 'hashicorp/http-echo', args: [`-text=${text}`] }] },
            },
          },
        },
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'web', namespace: 'default' },
          spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
        },
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'Ingress',
          metadata: { name: 'web', namespace: 'default' },
          spec: {
            rules: [
              {
                host: 'web.test',
                http: {
                  paths: [
                    {
                      path: '/',
                      pathType: 'Prefix',
                      backend: { service: { name: 'web', port: { number: 80 } } },
                    },
                  ],
                },
              },
            ],
          },
        },
      ],
    })

  test('clause 8: what is applied is served once it is ready', async () => {
    const rehearsal = await open()
    const [minikube, kubectl] = [await install(rehearsal, 'minikube'), await install(rehearsal, 'kubectl')]
    const kubeconfig = join(rehearsal.folder, 'kubeconfig')
    const run = async (tool: 'minikube' | 'kubectl', args: readonly string[], stdin?: string | Secret) =>
      rehearsal.exec.run(
        {
          tool,
          program: tool === 'minikube' ? minikube : kubectl,
          args,
          env: { KUBECONFIG: kubeconfig },
          changes: true,
          ...(stdin === undefined ? {} : { stdin }),
        },
        how,
      )
    const fetchPage = async (host: string) =>
      rehearsal.net.get({ url: 'http://192.168.49.2/', host, signal: how.signal, idleTimeoutMs: 1_000 })
    await run('minikube', ['start', '-o', 'json'])
    await expect(fetchPage('web.test')).rejects.toMatchObject({ fault: 'refused' })
    expect((await run('minikube', ['addons', 'enable', 'ingress'])).exitCode).toBe(0)
    const applied = await run(
      'kubectl',
      ['--kubeconfig', kubeconfig, 'apply', '--server-side', '-f', '-'],
      Secret.of(sample('hello')),
    )
    expect([applied.exitCode, applied.stderr]).toEqual([0, ''])
    for (let tries = 0; tries < 60; tries += 1)
      await run('kubectl', ['--kubeconfig', kubeconfig, 'get', 'pods'])
    expect((await fetchPage('nobody.test')).status).toBe(404)
    const page = await fetchPage('web.test')
    expect([page.status, await textOf(page.body)]).toEqual([200, 'hello\n'])
  })

  test('clause 8: on a Mac only a published port leads to the ingress', async () => {
    const rehearsal = await open([], { platform: 'darwin' })
    const minikube = await install(rehearsal, 'minikube')
    const ask = async (url: string) => rehearsal.net.get({ url, signal: how.signal, idleTimeoutMs: 1_000 })
    const start = ['start', '--ports=127.0.0.1:8080:80']
    expect((await rehearsal.exec.run(command('minikube', minikube, ...start), how)).exitCode).toBe(0)
    await rehearsal.exec.run(command('minikube', minikube, 'addons', 'enable', 'ingress'), how)
    expect((await ask('http://127.0.0.1:8080/')).status).toBe(404)
    await expect(ask('http://127.0.0.1/')).rejects.toMatchObject({ fault: 'refused' })
    await expect(ask('http://192.168.49.2/')).rejects.toMatchObject({ fault: 'timeout' })
  })

  test('kubectl without a cluster is refused', async () => {
    const rehearsal = await open()
    const kubectl = await install(rehearsal, 'kubectl')
    const ran = await rehearsal.exec.run(command('kubectl', kubectl, 'get', 'pods'), how)
    expect(ran.exitCode).toBe(1)
  })
})

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('host', () => {
  test('clause 1: a Linux laptop that fits, or a Mac where the rehearsal runs on one', async () => {
    const linux = await (await open()).host.read()
    expect(linux).toMatchObject({ platform: 'linux', arch: 'amd64', cpus: 8, wsl: false, root: false })
    const mac = await (await open([], { platform: 'darwin' })).host.read()
    expect(mac).toMatchObject({ platform: 'darwin', arch: 'arm64', nodeArch: 'arm64' })
  })
})

describe('what was done before the command', () => {
  const clusterConfig = 'home/.minikube/profiles/devk8s/config.json'
  const machineConfig = 'home/.minikube/machines/devk8s/config.json'
  const withCluster = (fresh: Laptop): Laptop => ({
    ...fresh,
    containers: { devk8s: 'running' },
    volumes: ['devk8s'],
    nodes: { devk8s: { prepared: true, kubelet: true, apiserver: true, address: '192.168.49.2' } },
  })

  async function damaged(fault: string) {
    const folder = await mkdtemp(join(tmpdir(), 'devk8s-rehearsal-'))
    for (const path of [clusterConfig, machineConfig, 'private/devk8s']) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), JSON.stringify({ Nodes: [{ IP: '192.168.49.2' }] }, null, 1))
    }
    const rehearsal = await open([`cluster=${fault}`], { folder, laptop: withCluster })
    await rehearsal.save()
    const read = async (path: string) => readFile(join(folder, path), 'utf8')
    const { containers, volumes, nodes } = JSON.parse(await read('laptop.json')) as Laptop
    return {
      containers,
      volumes,
      prepared: nodes['devk8s']?.prepared,
      files: [await read(clusterConfig), await read(machineConfig), await read('private/devk8s')],
    }
  }

  const whole = JSON.stringify({ Nodes: [{ IP: '192.168.49.2' }] }, null, 1)
  const half = whole.slice(0, Math.floor(whole.length / 2))
  const up = { containers: { devk8s: 'running' }, volumes: ['devk8s'], prepared: true }
  test.for([
    ['container-gone', { ...up, containers: {}, prepared: false }, [whole, whole, whole]],
    ['volume-gone', { containers: {}, volumes: [], prepared: false }, [whole, whole, whole]],
    ['profile-damaged', up, [half, whole, whole]],
    ['machine-damaged', up, [whole, half, whole]],
    ['half-made', { ...up, prepared: false }, [whole.replace('192.168.49.2', ''), whole, whole]],
    ['kubeconfig-damaged', up, [whole, whole, 'apiVersion: v1\nclusters: [\n']],
  ] as const)('clause 11: cluster=%s', async ([fault, state, files]) => {
    expect(await damaged(fault)).toEqual({ ...state, files })
  })

  test('clause 11: a laptop without a cluster refuses the fault', async () => {
    await expect(open(['cluster=half-made'])).rejects.toMatchObject({ problems: [{ code: 'DK2911' }] })
  })

  test('clause 12: the lock on the kubeconfig lasts as long as the rehearsal', async () => {
    const rehearsal = await open(['kubeconfig=locked'])
    const lock = join(rehearsal.folder, 'home/.kube/config.lock')
    expect((await stat(lock)).size).toBe(0)
    await open(['kubeconfig=locked'], { folder: rehearsal.folder }).then((second) => second.save())
    expect((await stat(lock)).size).toBe(0)
    await rehearsal.save()
    await expect(stat(lock)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  const agent: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'agent', namespace: 'default' },
    spec: { hostNetwork: true, containers: [{ name: 'agent', image: 'docker.io/library/node:24-alpine' }] },
  }

  /** A cluster that runs, its node as somebody left it, and a word from inside it. */
  async function inNode(faults: readonly string[], line: string) {
    const store = putObject(emptyStore(0), agent, 0)
    const kernel = {
      prerouting: ['-d 169.254.170.2/32 -j ACCEPT', '-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT'],
      loopback: ['169.254.170.23/32'],
      begun: [],
    }
    const rehearsal = await open(faults, {
      laptop: (fresh) => {
        const laptop = withCluster(fresh)
        return withNode(laptop, 'devk8s', { store, kernel })
      },
    })
    const config = {
      Name: 'devk8s',
      Nodes: [{ IP: '192.168.49.2' }],
      KubernetesConfig: { ContainerRuntime: 'docker' },
    }
    await mkdir(dirname(join(rehearsal.folder, clusterConfig)), { recursive: true })
    await writeFile(join(rehearsal.folder, clusterConfig), JSON.stringify(config))
    const minikube = await install(rehearsal, 'minikube')
    const ran = await rehearsal.exec.run(
      command('minikube', minikube, 'ssh', '-p', 'devk8s', '--', line),
      how,
    )
    await rehearsal.save()
    const { nodes } = JSON.parse(await readFile(join(rehearsal.folder, 'laptop.json'), 'utf8')) as Laptop
    return { ran, nodes, struck: rehearsal.struck() }
  }

  test('whoever looks into a node meets the fault that is played there', async () => {
    expect((await inNode(['node=cilium'], 'true')).struck).toBe(true)
    expect((await inNode([], 'true')).struck).toBe(false)
  })

  const look = 'sudo iptables -t nat -S PREROUTING; ip -4 -o addr show dev lo'
  test.for([
    [
      'routes-lost',
      /^-A PREROUTING -m comment .* KUBE-SERVICES\r\n-A PREROUTING -m addrtype .*DNAT\r\n1: lo .*\r\n$/m,
    ],
    [
      'hijacked',
      /ACCEPT\r\n-A PREROUTING -m addrtype .*DNAT\r\n[^]*-A PREROUTING -d 169\.254\.170\.2\/32 [^]*169\.254\.170\.23\/32/,
    ],
  ] as const)('clause 13: node=%s stays as it is', async ([fault, wanted]) => {
    const { ran, nodes } = await inNode([`node=${fault}`], look)
    expect(ran.stdout).toMatch(wanted)
    expect(nodes['devk8s']?.kernel?.prerouting.map((rule) => `-A PREROUTING ${rule}`).join('\r\n')).toBe(
      ran.stdout
        .split('\r\n')
        .filter((text) => text.startsWith('-A'))
        .join('\r\n'),
    )
  })

  test('clause 13: clock-skew, cilium and silent are of the rehearsal', async () => {
    const [right, wrong] = await Promise.all([
      inNode([], 'date +%s'),
      inNode(['node=clock-skew'], 'date +%s'),
    ])
    expect(Number(wrong.ran.stdout) - Number(right.ran.stdout)).toBe(420)
    expect((await inNode(['node=cilium'], 'ls /etc/cni/net.d')).ran.stdout).toMatch(/^05-cilium\.conflist/)
    expect((await inNode([], 'ls /etc/cni/net.d')).ran.stdout).toMatch(/^1-k8s\.conflist/)
    expect((await inNode(['node=silent'], 'true')).ran).toMatchObject({
      outcome: 'timed-out',
      exitCode: null,
    })
  })

  test.for([
    ['agent=no-image', 'ImagePullBackOff'],
    ['agent=crash', 'CrashLoopBackOff'],
  ] as const)('clause 14: %s', async ([fault, reason]) => {
    const machine = { clock: manualClock({ auto: true, startMs: 60_000 }), speed: 1 }
    const [name = '', value = ''] = fault.split('=')
    const laptop = withNode(withCluster(newLaptop()), 'devk8s', { store: putObject(emptyStore(0), agent, 0) })
    const phase = (faults: readonly Fault[]) =>
      listOf(
        at(
          Object.values(storeNow({ ...machine, faults }, laptop, 'devk8s')?.objects ?? {}).find(
            ({ object }) => object.kind === 'Pod',
          )?.object,
          'status',
          'containerStatuses',
        ),
      ).map((each) => at(each, 'state', 'waiting', 'reason'))
    expect([phase([{ name, value }]), phase([])]).toEqual([[reason], [undefined]])
  })
})
