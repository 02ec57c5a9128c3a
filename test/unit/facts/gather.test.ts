import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { renderUnit } from '../../../src/upkeep/broker-units.ts'
import { awsPlaces, fileIn } from '../../../src/upkeep/places.ts'
import { writeUpkeep } from '../../../src/upkeep/records.ts'
import { upkeepOf } from '../upkeep/keeping-lab.ts'
import { listClusters } from '../../../src/facts/clusters.ts'
import { surveyDrivers } from '../../../src/facts/driver.ts'
import { gatherFacts } from '../../../src/facts/gather.ts'
import type { Layout } from '../../../src/plan/layout.ts'
import type { Exec, Ran } from '../../../src/ports/exec.ts'
import type { HostFacts } from '../../../src/ports/host.ts'
import type { Profile } from '../../../src/profile/profile.ts'
import { cluster, laptop, ran, recordedDocker } from '../machine/support.ts'
import { testPorts } from '../tools/support/outside.ts'

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devk8s-facts-'))
  await mkdir(join(folder, 'package', 'manifests', 'sample'), { recursive: true })
  await writeFile(join(folder, 'package', 'manifests', 'sample', 'sample.yaml'), configMap('sample'))
})
afterEach(() => rm(folder, { recursive: true }))

interface Setup {
  readonly driver?: Profile['cluster']['driver']
  readonly manifests?: readonly string[]
  readonly usePath?: boolean
  readonly host?: Partial<HostFacts>
  readonly onPath?: readonly string[]
  readonly answers?: Readonly<Record<string, Partial<Ran>>>
  readonly signal?: AbortSignal
  /** Processes that live. */
  readonly alive?: readonly number[]
}

async function gather(setup: Setup = {}) {
  const calls: string[] = []
  const none = { outcome: 'not-found', exitCode: null } as const
  const ports = testPorts({
    host: {
      read: async () => ({ ...laptop, ...setup.host }),
      isAlive: (pid) => setup.alive?.includes(pid) === true,
    },
    exec: {
      find: async (program) => (setup.onPath?.includes(program) === true ? `/usr/bin/${program}` : undefined),
      run: async ({ program, args, changes }) => {
        expect(changes).toBe(false)
        calls.push([program, args[0]].join(' '))
        return ran(setup.answers?.[program] ?? none)
      },
    },
  })
  const tool = (version: string) => ({
    version,
    mirror: 'https://m.test',
    sha256: {},
    usePath: setup.usePath ?? false,
  })
  const profile: Profile = {
    name: 'test',
    cluster: { ...cluster, driver: setup.driver ?? 'auto', memoryMiB: 'auto' },
    tools: { minikube: tool('v1.38.1'), kubectl: tool('v1.35.1') },
    addons: {},
    namespaces: [],
    manifests: setup.manifests ?? [],
    context: { name: 'local', namespace: 'default', makeCurrent: 'if-none' },
    contexts: [],
  }
  const layout: Layout = {
    config: join(folder, 'config'),
    data: join(folder, 'data'),
    state: join(folder, 'state'),
    runtime: join(folder, 'run'),
    minikubeHome: join(folder, '.minikube'),
    userKubeconfig: [],
  }
  const signal = setup.signal ?? new AbortController().signal
  const facts = await gatherFacts(profile, layout, ports, {
    env: {},
    packageFolder: join(folder, 'package'),
    signal,
    brokerService: place(),
  })
  return { facts, calls }
}

/** Where a unit of the broker would lie. */
const service = () => join(folder, 'devk8s-broker.service')
const place = () => ({ file: service(), launcher: '/data/bin/devk8s' })

async function existing(config: string): Promise<void> {
  const path = join(folder, '.minikube', 'profiles', 'devk8s')
  await mkdir(path, { recursive: true })
  await writeFile(join(path, 'config.json'), config)
}
const healthy = recordedDocker('28.2.2/004-info-json')
const down = recordedDocker('20.10.24/032-no-socket-info-json')

describe('the driver', () => {
  test('auto: docker where it is healthy, for one child process', async () => {
    const { facts, calls } = await gather({ answers: { docker: healthy } })
    expect(facts.driver).toEqual({ name: 'docker', why: 'found' })
    expect(facts.docker).toMatchObject({ memoryMiB: 24105, serverVersion: '20.10.24+dfsg1' })
    expect(calls).toEqual(['docker info'])
  })

  test('auto: the next one that works', async () => {
    const { facts, calls } = await gather({ answers: { docker: down, virsh: {} }, onPath: ['virsh'] })
    expect(facts.driver).toEqual({ name: 'kvm2', why: 'found' })
    expect(facts.docker).toBeUndefined()
    expect(calls).toEqual(['docker info', 'virsh -c'])
  })

  test('auto: none, and why for each', async () => {
    const { facts } = await gather()
    expect(facts.driver).toMatchObject({
      none: [
        {
          driver: 'docker',
          usable: false,
          remedy: [expect.any(String), expect.any(String), expect.any(String)],
        },
        { driver: 'kvm2', usable: false },
        { driver: 'qemu2', usable: false },
        { driver: 'podman', usable: false },
      ],
    })
  })

  test('auto keeps that of a cluster that exists, without a child process', async () => {
    await existing('{"Name":"devk8s","Driver":"kvm2","Memory":5000}')
    const { facts, calls } = await gather()
    expect(facts.driver).toEqual({ name: 'kvm2', why: 'existing' })
    expect(facts.existing).toEqual({ driver: 'kvm2', memoryMiB: 5000 })
    expect(calls).toEqual([])
  })

  test.each(['', '{', '{"Name":"devk8s","Driver":"none"}', '[]'])(
    'a profile file that says %j is no cluster',
    async (text) => {
      await existing(text)
      const { facts } = await gather({ answers: { docker: healthy } })
      expect(facts.existing).toBeUndefined()
      expect(facts.driver).toEqual({ name: 'docker', why: 'found' })
    },
  )

  test('named in the profile: taken as it is', async () => {
    expect((await gather({ driver: 'kvm2' })).facts.driver).toEqual({ name: 'kvm2', why: 'profile' })
    const named = await gather({ driver: 'docker', answers: { docker: down } })
    expect(named.facts).toMatchObject({ driver: { name: 'docker', why: 'profile' } })
    expect(named.facts.docker).toBeUndefined()
    await existing('{"Name":"devk8s","Driver":"docker","Memory":5000}')
    expect((await gather({ driver: 'docker' })).calls).toEqual([])
  })

  test('an interruption ends it', async () => {
    const abort = new AbortController()
    abort.abort('SIGTERM')
    const aborted = { docker: { outcome: 'aborted', exitCode: null } } as const
    await expect(gather({ answers: aborted, signal: abort.signal })).rejects.toBe('SIGTERM')
  })
})

test('surveyDrivers looks at every choice of the system', async () => {
  const exec: Exec = {
    find: async (program) => (program === 'virsh' ? '/usr/bin/virsh' : undefined),
    run: async ({ program }) => (program === 'docker' ? healthy : ran()),
  }
  const found = await surveyDrivers(laptop, { exec }, new AbortController().signal)
  expect(found.map(({ driver, usable, docker }) => [driver, usable, docker?.memoryMiB])).toEqual([
    ['docker', true, 24105],
    ['kvm2', true, undefined],
    ['qemu2', false, undefined],
    ['podman', false, undefined],
  ])
})

describe('tools on PATH', () => {
  const version = (minikube: string, kubectl: string) => ({
    docker: healthy,
    '/usr/bin/minikube': { stdout: `{"minikubeVersion":"${minikube}"}` },
    '/usr/bin/kubectl': { stdout: `{"clientVersion":{"gitVersion":"${kubectl}"}}` },
  })
  const onPath = ['minikube', 'kubectl']

  test('serve where the profile lets them and they fit', async () => {
    const { facts } = await gather({ usePath: true, onPath, answers: version('v1.38.1', 'v1.34.0') })
    expect(facts.onPath).toEqual({ minikube: '/usr/bin/minikube', kubectl: '/usr/bin/kubectl' })
  })

  test('do not serve otherwise', async () => {
    const unfit = await gather({ usePath: true, onPath, answers: version('v1.37.0', 'v1.30.0') })
    expect(unfit.facts.onPath).toEqual({})
    const notAsked = await gather({ onPath, answers: version('v1.38.1', 'v1.35.1') })
    expect(notAsked.facts.onPath).toEqual({})
    expect(notAsked.calls).toEqual(['docker info'])
  })
})

describe('manifests', () => {
  test('of files and folders, in order, and the sample', async () => {
    const team = join(folder, 'team')
    await mkdir(team)
    await writeFile(join(team, 'b.yaml'), configMap('b'))
    await writeFile(join(team, 'a.json'), '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}')
    await writeFile(join(team, 'notes.txt'), 'not a manifest')
    await writeFile(join(folder, 'first.yaml'), configMap('first'))
    const { facts } = await gather({
      answers: { docker: healthy },
      manifests: [join(folder, 'first.yaml'), team],
    })
    expect(facts.manifests.map(({ path, objects }) => [path, objects[0]?.metadata.name])).toEqual([
      [join(folder, 'first.yaml'), 'first'],
      [join(team, 'a.json'), 'a'],
      [join(team, 'b.yaml'), 'b'],
    ])
    expect(facts.sample.map(({ metadata }) => metadata.name)).toEqual(['sample'])
    expect(facts.problems).toEqual([])
  })

  test('all faults at once', async () => {
    await writeFile(join(folder, 'bad.yaml'), 'kind: [')
    await mkdir(join(folder, 'empty'))
    const { facts } = await gather({
      answers: { docker: healthy },
      manifests: [join(folder, 'bad.yaml'), join(folder, 'none.yaml'), join(folder, 'empty')],
    })
    expect(facts.problems.map(({ code }) => code)).toEqual(['DK4020', 'DK2014', 'DK2014'])
  })

  test('a bundled sample that is gone is told', async () => {
    await rm(join(folder, 'package'), { recursive: true })
    await expect(gather({ answers: { docker: healthy } })).rejects.toMatchObject({
      problems: [{ code: 'DK2014' }],
    })
  })
})

test('the clusters of devk8s are those with a private kubeconfig, a record, or both', async () => {
  const kubeconfigs = join(folder, 'kubeconfig')
  expect(await listClusters({ data: folder }, realFiles())).toEqual([])
  await mkdir(kubeconfigs)
  const names = [
    'both',
    'both.made.json',
    'old',
    'begun.made.json',
    'gone.lock',
    'gone.profile.json',
    '.made.json',
  ]
  for (const name of names) await writeFile(join(kubeconfigs, name), '')
  expect(await listClusters({ data: folder }, realFiles())).toEqual(['begun', 'both', 'old'])
})

describe('a broker', () => {
  const asked = 'ps -ww'
  test('is not there where nothing of one is', async () => {
    const { facts, calls } = await gather({ driver: 'docker' })
    expect(facts).toMatchObject({ broker: false, brokerRuns: false, brokerService: place() })
    expect(calls).not.toContain(asked)
  })

  test.each([
    ['its record', () => join(folder, 'state/aws/broker.json')],
    ['its lock', () => join(folder, 'state/aws/broker.lock')],
    ['its service', service, () => renderUnit({ ...place(), environment: {} })],
  ])('is there, and does not run, where %s is', async (_what, path, text = () => '') => {
    await mkdir(join(path(), '..'), { recursive: true })
    await writeFile(path(), text())
    const { facts, calls } = await gather({ driver: 'docker' })
    expect(facts).toMatchObject({ broker: true, brokerRuns: false })
    expect(calls).not.toContain(asked)
  })

  test('is not there where the service is that of a devk8s with other folders', async () => {
    await writeFile(service(), renderUnit({ launcher: '/other/bin/devk8s', environment: {} }))
    const { facts } = await gather({ driver: 'docker' })
    expect(facts).toMatchObject({ broker: false, brokerRuns: false })
  })

  test('runs where its process lives, for one child process', async () => {
    await mkdir(join(folder, 'state/aws'), { recursive: true })
    const holder = { pid: 77, command: 'devk8s aws broker', startedAt: 1, host: 'laptop' }
    await writeFile(join(folder, 'state/aws/broker.lock'), JSON.stringify(holder))
    const answers = { ps: { stdout: 'node bin.js __broker\n' } }
    const { facts, calls } = await gather({ driver: 'docker', alive: [77], answers })
    expect(facts).toMatchObject({ broker: true, brokerRuns: true })
    expect(calls.filter((call) => call === asked)).toHaveLength(1)
  })
})

test('what is kept fresh is told with its parts and its AWS profile; of a damaged record, all of them', async () => {
  const places = awsPlaces({ state: join(folder, 'state') }, 'linux')
  const { images: _images, pods: _pods, ...upkeep } = upkeepOf('devk8s')
  const pods = { namespaces: ['shop'], serviceAccounts: [], roles: {} }
  await writeUpkeep(realFiles(), fileIn(places.upkeeps, 'devk8s'), { ...upkeep, pods })
  await writeFile(fileIn(places.upkeeps, 'other'), '{')
  const { facts } = await gather({ driver: 'docker' })
  expect(facts.keptFresh).toEqual([
    { cluster: 'devk8s', parts: ['policies', 'pods'], profile: 'acme-dev' },
    { cluster: 'other', parts: ['policies', 'images', 'pods', 'agent'] },
  ])
})
