import type { ChildProcess } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { devk8s, type Ended, type Person } from './program.ts'
import { handOver, type Laptop, newLaptop } from './support/laptop.ts'
import { type Manner, mirrorCertificate, startMirror } from './support/mirror.ts'

// The program, processes, files and sockets are real here; minikube, kubectl and docker are the simulator's
// programs, which need a system that runs scripts by their first line.
const posix = process.platform !== 'win32'

/** A laptop for one test; each takes some megabytes. */
async function borrowLaptop(setting?: Parameters<typeof newLaptop>[0]): Promise<Laptop> {
  const laptop = await newLaptop(setting)
  onTestFinished(() => rm(laptop.person.home, { recursive: true, force: true, maxRetries: 5 }))
  return laptop
}

/** As people have it: a comment, flow style, a key of somebody else. */
const foreign = `# mine
apiVersion: v1
kind: Config
clusters:
- cluster: {server: "https://work.example:6443"}   # the one at work
  name: work
contexts:
- context:
    cluster: work
    user: me
  name: work
users:
- name: me
  user: {token: "foreign-token-4711"}
current-context: work
`

async function writeKubeconfig({ person }: Laptop, text = foreign): Promise<string> {
  const path = join(person.home, '.kube/config')
  await mkdir(join(person.home, '.kube'))
  await writeFile(path, text, { mode: 0o600 })
  await handOver(join(person.home, '.kube'))
  return path
}

/** Resolves once no program of the laptop runs any more. */
async function programsGone({ programs }: Laptop): Promise<void> {
  const calls = await readFile(join(programs.state, 'calls.jsonl'), 'utf8')
  const pids = calls
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { pid: number }).pid)
  while (pids.some(isAlive)) await setTimeout(50)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    // ESRCH: no such process.
    return false
  }
}

/** What a call of the simulator's programs would change. */
const changing =
  /^(minikube (start|stop|delete|addons (en|dis)able)|kubectl .*(apply|patch|delete)|docker (rm|volume rm))/

/** The code of each problem, and the exit code. */
const ending = ({ code, stderr }: Ended) => [code, [...new Set(stderr.match(/DK\d{4}/g))]]

/** Files and folders that bear devk8s' name, as a person who looks for leavings would find them. */
async function namedAfterUs({ person }: Laptop): Promise<readonly string[]> {
  const all = await readdir(person.home, { recursive: true })
  return all.filter((name) => name.includes('devk8s') && !/^(\.laptop|tmp|work)(\/|$)/.test(name))
}

describe.skipIf(!posix)('the program on real files and processes', { timeout: 240_000 }, () => {
  test('first day, second day, evening, morning, the end', async () => {
    const laptop = await borrowLaptop()
    const { person, programs } = laptop
    const mirror = await startMirror(laptop.published)
    await laptop.writeProfile({ mirror: mirror.url })
    const trusting: Person = { ...person, env: { ...person.env, NODE_EXTRA_CA_CERTS: mirrorCertificate } }
    const path = await writeKubeconfig(laptop)

    expect(await devk8s(trusting, ['up'])).toMatchObject({ code: 0, signal: null })
    const merged = await readFile(path, 'utf8')
    expect(linesOf(merged)).toEqual(expect.arrayContaining(linesOf(foreign)))
    expect(merged.startsWith('# mine\n')).toBe(true)
    const config = parse(merged) as Kubeconfig
    expect(config['current-context']).toBe('work')
    const context = config.contexts.find(({ name }) => name === 'local')?.context
    const cluster = config.clusters.find(({ name }) => name === context?.cluster)?.cluster
    const user = config.users.find(({ name }) => name === context?.user)?.user
    expect(Object.keys(cluster ?? {})).toEqual(
      expect.arrayContaining(['server', 'certificate-authority-data']),
    )
    expect(Object.keys(user ?? {})).toEqual(
      expect.arrayContaining(['client-certificate-data', 'client-key-data']),
    )

    // The second day is offline: the mirror is gone.
    await mirror.close()
    const files = await laptop.files()
    const callsBefore = (await programs.calls()).length
    expect(await devk8s(person, ['up'])).toMatchObject({ code: 0, signal: null })
    expect(await laptop.files()).toEqual(files)
    const calls = (await programs.calls()).slice(callsBefore)
    expect(calls.length).toBeLessThanOrEqual(6)
    expect(calls.filter((call) => changing.test(call))).toEqual([])

    expect((await devk8s(person, ['status'])).code).toBe(0)
    expect((await devk8s(person, ['down'])).code).toBe(0)
    expect((await devk8s(person, ['status'])).code).toBe(3)
    expect((await devk8s(person, ['plan', '--exit-code'])).code).toBe(3)
    expect((await devk8s(person, ['up'])).code).toBe(0)
    expect((await devk8s(person, ['plan', '--exit-code'])).code).toBe(0)

    expect((await devk8s(person, ['destroy'])).code).toBe(4)
    expect((await devk8s(person, ['destroy', '--yes'])).code).toBe(0)
    expect(await readFile(path, 'utf8')).toBe(foreign)
    expect(await namedAfterUs(laptop)).toEqual([])
    const { containers, volumes } = JSON.parse(
      await readFile(join(programs.state, 'laptop.json'), 'utf8'),
    ) as {
      containers: unknown
      volumes: unknown
    }
    expect([containers, volumes]).toEqual([{}, []])
  })

  test('looking changes no file and makes no changing call', async () => {
    const laptop = await borrowLaptop()
    const before = await laptop.files()
    for (const command of ['plan', 'status', 'doctor']) await devk8s(laptop.person, [command])
    expect(await laptop.files()).toEqual(before)
    expect((await laptop.programs.calls()).filter((call) => changing.test(call))).toEqual([])
    expect((await laptop.programs.calls()).length).toBeGreaterThan(0)
  })

  test.for([
    ['the container is made', /Creating docker container/, []],
    ['the control plane boots', /Booting/, []],
    // The fault keeps it there until the signal arrives.
    ['an add-on is waited for', /"addon.ingress","phase":"apply"/, ['addon.ingress=never-ready']],
  ] as const)(
    'killed with -9 while %s: up takes the stale lock over and finishes',
    async ([, output, faults]) => {
      const laptop = await borrowLaptop({ speed: 0.5 })
      const { person, programs } = laptop
      await programs.play(...faults)
      const killed = await devk8s(person, ['up', '--output', 'ndjson'], {
        at: { output, act: (child) => child.kill('SIGKILL') },
      })
      expect(killed.signal).toBe('SIGKILL')
      expect([...(await laptop.files()).keys()]).toContain('.local/state/devk8s/devk8s.lock')
      await programs.play()
      // Nobody ends the children of a process that is killed so; the next word they say to it ends them.
      await programsGone(laptop)
      expect(await devk8s(person, ['up', '--yes'])).toMatchObject({ code: 0 })
      expect((await devk8s(person, ['plan', '--exit-code'])).code).toBe(0)
      expect([...(await laptop.files()).keys()].filter((name) => name.includes('.lock'))).toEqual([])
    },
  )

  test('Ctrl-C in the middle of a download: nothing half-installed, and up goes on from there', async () => {
    const laptop = await borrowLaptop({ env: { NODE_EXTRA_CA_CERTS: mirrorCertificate } })
    const { person } = laptop
    const mirror = await startMirror(laptop.published)
    await laptop.writeProfile({ mirror: mirror.url })
    mirror.behave(minikubeFile, { kind: 'stall', afterBytes: 30_000 })
    const cut = await devk8s(person, ['up', '--output', 'ndjson'], {
      // Whichever tool takes the lane first is fetched first.
      at: { output: /"id":"tool\.minikube"[^\n]*"bytes":[1-9]/, act: (child) => child.kill('SIGINT') },
    })
    expect(cut).toMatchObject({ code: 130, signal: null })
    const minikubes = (await toolsIn(laptop)).filter((name) => name.includes('minikube'))
    expect(minikubes).toEqual([expect.stringContaining('minikube.part-')])
    mirror.behave(minikubeFile, { kind: 'whole' })
    expect(await devk8s(person, ['up'])).toMatchObject({ code: 0 })
    expect(mirror.asked.filter((asked) => /minikube-\S+ bytes=\d+-$/.test(asked))).toHaveLength(1)
    await mirror.close()
  })

  test('two at once: the second names the first and exits 6; a stopped first leaves the way free', async () => {
    const laptop = await borrowLaptop()
    const { person, programs } = laptop
    await programs.play('cluster.start=hang')
    const ends: Ended[] = []
    const meet = async (child: ChildProcess) => {
      ends.push(await devk8s(person, ['up']))
      child.kill('SIGINT')
    }
    const first = await devk8s(person, ['up', '--output', 'ndjson'], {
      at: { output: /"cluster","phase":"apply"/, act: (child) => void meet(child) },
    })
    expect(first).toMatchObject({ code: 130, signal: null })
    expect(ends).toMatchObject([{ code: 6 }])
    expect(ends[0]?.stderr).toMatch(/DK8001[\s\S]*Process \d+ \("devk8s up"\)/)
    await programs.play()
    expect(await devk8s(person, ['up', '--yes'])).toMatchObject({ code: 0 })
  })

  test('no docker on PATH: why for each driver, and the rehearsal as what works now', async () => {
    const laptop = await borrowLaptop({ docker: false })
    const before = await laptop.files()
    const ended = await devk8s(laptop.person, ['up'])
    expect(ended.code).toBe(4)
    expect(ended.stderr).toMatch(/docker/i)
    expect(ended.stderr).toContain('devk8s up --rehearse')
    expect([...(await laptop.files()).keys()]).toEqual([...before.keys()])
  })

  test.skipIf(process.getuid?.() !== 0)('root is told at once that minikube will not have it', async () => {
    const laptop = await borrowLaptop()
    const { uid: _, ...root } = laptop.person
    const ended = await devk8s(root, ['up'])
    expect(ended.code).toBe(4)
    expect(ended.stderr).toMatch(/DK60\d\d[\s\S]*root/)
    expect((await laptop.programs.calls()).filter((call) => changing.test(call))).toEqual([])
    expect(await toolsIn(laptop)).toEqual([])
  })
})

describe.skipIf(!posix)('secrets', { timeout: 240_000 }, () => {
  test('are in no output, no journal, no argument and no child environment, in no form', async () => {
    const canaries = ['canary/aws+key=4711', 'canary/token+4712', 'CanaryClientKey4713', 'foreign-token-4711']
    const [awsKey = '', awsToken = '', clientKey = ''] = canaries
    const laptop = await borrowLaptop({
      env: { AWS_SECRET_ACCESS_KEY: awsKey, AWS_SESSION_TOKEN: awsToken, GITHUB_TOKEN: awsToken },
    })
    const { person } = laptop
    await writeKubeconfig(laptop)
    const said: string[] = []
    const run = async (...args: readonly string[]) => {
      const { stdout, stderr, code } = await devk8s(person, args)
      said.push(stdout, stderr)
      return code
    }
    expect(await run('up', '--show-commands', '--verbose')).toBe(0)
    const key = join(person.home, '.minikube/profiles/devk8s/client.key')
    await writeFile(key, `-----BEGIN RSA PRIVATE KEY-----\n${clientKey}\n-----END RSA PRIVATE KEY-----\n`)
    expect(await run('plan', '--output', 'ndjson')).toBe(0)
    expect(await run('up', '--json', '--show-commands')).toBe(0)
    const kubeconfig = await readFile(join(person.home, '.kube/config'), 'utf8')
    expect(formsOf(clientKey).some((form) => kubeconfig.includes(form))).toBe(true)
    // A start that fails quotes what minikube said.
    expect(await run('down')).toBe(0)
    await laptop.programs.play('cluster.start=timeout')
    expect(await run('up', '--verbose', '--show-commands')).not.toBe(0)
    await laptop.programs.play()
    expect(await run('doctor', '--verbose')).toBeTypeOf('number')
    expect(await run('status', '--json')).toBe(3)
    const journals = [...(await laptop.files()).keys()].filter((name) => name.includes('/journal/'))
    expect(journals.length).toBeGreaterThan(2)
    for (const name of journals) said.push(await readFile(join(person.home, name), 'utf8'))
    const argv = await readFile(join(laptop.programs.state, 'calls.jsonl'), 'utf8')
    const environments = await laptop.environments()
    expect(environments).toContain('LC_ALL')
    const all = [...said, argv, environments].join('\n')
    const seen = canaries.flatMap(formsOf).filter((form) => all.includes(form))
    expect(seen).toEqual([])
  })
})

describe.skipIf(!posix)('a bad download', { timeout: 240_000 }, () => {
  const cases: readonly (readonly [string, string, Manner, number, string])[] = [
    ['another file of the same length', minikubeFile, { kind: 'forged' }, 1, 'DK1010'],
    ['a web page with status 200', minikubeFile, { kind: 'page' }, 4, 'DK1012'],
    [
      'an answer that ends early, every time',
      minikubeFile,
      { kind: 'truncated', afterBytes: 20_000 },
      1,
      'DK7005',
    ],
    ['a web page instead of a checksum', '/kubectl.sha256', { kind: 'page' }, 4, 'DK1012'],
    ['a kubectl that is not what its checksum says', '/kubectl', { kind: 'forged' }, 1, 'DK1010'],
  ]
  test.for(cases)('%s', async ([, file, manner, exit, code]) => {
    const laptop = await borrowLaptop({ env: { NODE_EXTRA_CA_CERTS: mirrorCertificate } })
    const mirror = await startMirror(laptop.published)
    await laptop.writeProfile({ mirror: mirror.url })
    mirror.behave(file, manner)
    const failed = await devk8s(laptop.person, ['up'])
    expect(ending(failed)).toEqual([exit, [code]])
    const tool = file === minikubeFile ? 'minikube' : 'kubectl'
    const left = (await toolsIn(laptop)).filter((name) => name.includes(`tools/${tool}/`))
    // What a cut line has brought is kept to go on with; what is wrong is not.
    expect(left.filter((name) => !name.includes('.part-'))).toEqual([])
    expect(left.length).toBe(manner.kind === 'truncated' ? 1 : 0)
    mirror.behave(file, { kind: 'whole' })
    expect(await devk8s(laptop.person, ['up'])).toMatchObject({ code: 0 })
    await mirror.close()
  })
})

const minikubeFile = process.arch === 'arm64' ? '-arm64' : '-amd64'

const linesOf = (text: string) => text.split('\n')

async function toolsIn(laptop: Laptop): Promise<readonly string[]> {
  return [...(await laptop.files()).keys()].filter((name) => name.includes('/tools/'))
}

interface Kubeconfig {
  readonly 'current-context': string
  readonly clusters: readonly { readonly name: string; readonly cluster: object }[]
  readonly contexts: readonly {
    readonly name: string
    readonly context: { readonly cluster: string; readonly user: string }
  }[]
  readonly users: readonly { readonly name: string; readonly user: object }[]
}

/** A secret as it stands, in an address, and in base64 at each of the three places within a triple of bytes. */
function formsOf(secret: string): readonly string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.from('-'.repeat(offset) + secret).toString('base64')
    return encoded.slice(offset === 0 ? 0 : 4, -4)
  })
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...base64]
}
