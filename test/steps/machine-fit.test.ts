import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type MachineCheck, type Step, machineChecks } from '../../src/plan/step.ts'
import type { Command, Ran } from '../../src/ports/exec.ts'
import type { HostFacts } from '../../src/ports/host.ts'
import { runner } from '../../src/steps/machine-fit.ts'
import { cluster, laptop, mac, ran, recordedDocker } from '../unit/machine/support.ts'
import { manualClock, testContext, testPorts } from '../unit/tools/support/outside.ts'

let folder = ''
let server: Server | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devk8s-machine-'))
})
afterEach(async () => {
  await new Promise((done) => (server === undefined ? done(undefined) : server.close(done)))
  server = undefined
  await rm(folder, { recursive: true })
})

type Want = Step<'machine.fit'>['want']
const stepOf = (check: MachineCheck, over: Partial<Want['cluster']> = {}): Step<'machine.fit'> => ({
  id: `machine.${check}`,
  kind: 'machine.fit',
  title: check,
  needs: [],
  want: {
    check,
    cluster: { ...cluster, ...over },
    minikube: {
      program: join(folder, 'minikube'),
      home: join(folder, '.minikube'),
      kubeconfig: join(folder, 'kubeconfig'),
      profile: 'devk8s',
    },
    tools: [{ tool: 'minikube', program: join(folder, 'minikube'), version: 'v1.38.1' }],
    dataFolder: join(folder, 'data'),
  },
})

interface Setup {
  readonly docker?: Ran
  readonly host?: Partial<HostFacts>
  readonly onPath?: readonly string[]
  readonly answers?: Readonly<Record<string, Partial<Ran>>>
  readonly env?: Readonly<Record<string, string>>
}

/** A laptop with enough disk whose Docker answers as recorded; `calls` are its child processes. */
function outside(setup: Setup = {}) {
  const calls: Command[] = []
  const docker = setup.docker ?? recordedDocker('28.2.2/004-info-json')
  // The recorded daemon says it is 14:11:45 on that day.
  const clock = { ...manualClock(), now: () => Date.UTC(2026, 10, 23, 14, 12) }
  const base = testPorts()
  const ports = testPorts({
    clock,
    host: { read: async () => ({ ...laptop, cpus: 4, ...setup.host }), isAlive: () => false },
    files: { ...base.files, freeBytes: async () => 100 * 1024 ** 3 },
    exec: {
      find: async (program) => (setup.onPath?.includes(program) === true ? `/usr/bin/${program}` : undefined),
      run: async (command) => {
        calls.push(command)
        const name = command.program.split('/').at(-1) ?? ''
        return ran(
          setup.answers?.[name] ?? (name === 'docker' ? docker : { outcome: 'not-found', exitCode: null }),
        )
      },
    },
  })
  return { calls, context: testContext(ports, setup.env) }
}

async function makeCluster(config: object = {}): Promise<void> {
  const profile = join(folder, '.minikube', 'profiles', 'devk8s')
  const machine = join(folder, '.minikube', 'machines', 'devk8s')
  await mkdir(profile, { recursive: true })
  await mkdir(machine, { recursive: true })
  const recorded = { Name: 'devk8s', Driver: 'docker', Memory: 4000, CPUs: 2, ...config }
  await writeFile(join(profile, 'config.json'), JSON.stringify(recorded))
  await writeFile(join(profile, 'apiserver.crt'), 'x')
  await writeFile(join(machine, 'config.json'), '{}')
}

async function takenPort(): Promise<number> {
  const listening = createServer()
  server = listening
  await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done))
  return (listening.address() as AddressInfo).port
}

describe('a laptop on which everything fits', () => {
  test('each check is ready, all together for one child process that changes nothing', async () => {
    const { calls, context } = outside()
    for (const check of machineChecks) {
      expect([check, await runner.check(stepOf(check), context)]).toMatchObject([check, { state: 'ready' }])
    }
    expect(calls.map(({ program, args, changes }) => [program, args[0], changes])).toEqual([
      ['docker', 'info', false],
    ])
  })

  test('Docker Desktop is asked its release too, for a new cluster only', async () => {
    for (const expected of [['info', 'version'], ['info']]) {
      const { calls, context } = outside({ host: mac })
      await runner.check(stepOf('driver'), context)
      expect(calls.map(({ args }) => args[0])).toEqual(expected)
      await makeCluster()
    }
  })
})

describe('the driver', () => {
  test('that does not work: why for each of this system, what to install, and the rehearsal', async () => {
    const { context } = outside({
      docker: recordedDocker('20.10.24/032-no-socket-info-json'),
      onPath: ['virsh'],
      answers: { virsh: { exitCode: 1, stderr: 'error: authentication unavailable\n' } },
    })
    const found = await runner.check(stepOf('driver'), context)
    expect(found).toMatchObject({
      state: 'blocked',
      problem: {
        code: 'DK6031',
        evidence: [
          expect.stringMatching(/^kvm2: .*does not work/),
          expect.stringMatching(/^qemu2: .*apt-get/),
          expect.stringMatching(/^podman: .*apt-get/),
        ],
      },
    })
    expect(found.state === 'blocked' && found.problem.next.at(-1)).toBe('devk8s up --rehearse')
    expect(found.state === 'blocked' && found.problem.next).not.toContain('devk8s up --driver kvm2')
  })

  test('another one that works is offered', async () => {
    const { context } = outside({
      docker: ran({ outcome: 'not-found', exitCode: null }),
      onPath: ['virsh'],
      answers: { virsh: {} },
    })
    expect(await runner.check(stepOf('driver'), context)).toMatchObject({
      problem: { code: 'DK6030', next: expect.arrayContaining(['devk8s up --driver kvm2']) },
    })
  })

  test('of an existing cluster is not to be changed for another', async () => {
    await makeCluster()
    const { calls, context } = outside({ docker: recordedDocker('28.2.2/063-denied-info-json') })
    const found = await runner.check(stepOf('driver'), context)
    expect(found).toMatchObject({ problem: { code: 'DK6032' } })
    expect(found.state === 'blocked' && found.problem.next.join()).not.toContain('--driver')
    expect(calls).toHaveLength(1)
  })

  test('other than Docker costs no call of Docker', async () => {
    const { calls, context } = outside({ onPath: ['virsh'], answers: { virsh: {} } })
    for (const check of machineChecks) {
      expect(await runner.check(stepOf(check, { driver: 'kvm2' }), context)).toMatchObject({ state: 'ready' })
    }
    expect(calls.map(({ program }) => program)).toEqual(['virsh'])
  })

  test('as root none, and what else is wrong with each', async () => {
    const { context } = outside({ host: { root: true } })
    const found = await runner.check(stepOf('driver'), context)
    expect(found).toMatchObject({
      problem: {
        code: 'DK6043',
        evidence: [
          'docker: works',
          ...['kvm2', 'qemu2', 'podman'].map((name) => expect.stringContaining(name)),
        ],
      },
    })
    expect(found.state === 'blocked' && found.problem.next.join()).not.toContain('--driver')
  })

  test('that hangs is found within six seconds, once for all checks', async () => {
    const { calls, context } = outside({ docker: recordedDocker('28.2.2/080-hang-version') })
    await runner.check(stepOf('memory'), context)
    expect(await runner.check(stepOf('driver'), context)).toMatchObject({ problem: { code: 'DK6033' } })
    expect(calls.filter(({ program }) => program === 'docker')).toHaveLength(1)
  })
})

describe('ports', () => {
  const published = (host: number) => ({ ports: [{ address: '127.0.0.1', host, node: 80 }] })

  test('taken by another program', async () => {
    const port = await takenPort()
    const { context } = outside()
    expect(await runner.check(stepOf('ports', published(port)), context)).toMatchObject({
      problem: { code: 'DK6015', detail: expect.stringContaining(String(port)) },
    })
    expect(
      await runner.check(stepOf('ports', { ...published(port), driver: 'kvm2' }), context),
    ).toMatchObject({
      state: 'ready',
    })
  })

  test('taken by the cluster itself', async () => {
    await makeCluster()
    const status =
      '{"Name":"devk8s","Host":"Running","Kubelet":"Running","APIServer":"Running","Kubeconfig":"Configured"}'
    const { calls, context } = outside({ answers: { minikube: { stdout: status } } })
    expect(await runner.check(stepOf('ports', published(await takenPort())), context)).toMatchObject({
      state: 'ready',
    })
    expect(calls.map(({ program }) => program)).toEqual([join(folder, 'minikube')])
  })

  test('taken while the cluster is stopped', async () => {
    await makeCluster()
    const status =
      '{"Name":"devk8s","Host":"Stopped","Kubelet":"Stopped","APIServer":"Stopped","Kubeconfig":"Stopped"}'
    const { context } = outside({ answers: { minikube: { exitCode: 7, stdout: status } } })
    expect(await runner.check(stepOf('ports', published(await takenPort())), context)).toMatchObject({
      problem: { code: 'DK6015' },
    })
  })
})

describe('the others read what they judge', () => {
  test("Docker's memory and processors", async () => {
    const { context } = outside()
    expect(await runner.check(stepOf('memory', { memoryMiB: 30_000 }), context)).toMatchObject({
      problem: { code: 'DK6012' },
    })
    expect(await runner.check(stepOf('cpus', { cpus: 3 }), context)).toMatchObject({
      problem: { code: 'DK6011' },
    })
  })

  test("Docker's clock against the machine's", async () => {
    const { context } = outside({ docker: recordedDocker('20.10.24/004-info-json') })
    expect(await runner.check(stepOf('clock'), context)).toMatchObject({
      state: 'ready',
      detail: { dockerSkewMs: expect.any(Number) },
    })
  })

  test('proxy variables and CA files', async () => {
    const { context } = outside({
      env: {
        HTTPS_PROXY: 'http://proxy.test:3128',
        NODE_EXTRA_CA_CERTS: join(folder, 'none.pem'),
        SSL_CERT_FILE: '',
      },
    })
    expect(await runner.check(stepOf('proxy'), context)).toMatchObject({ problem: { code: 'DK7011' } })
    const caCertificates = [join(folder, 'company.pem')]
    expect(await runner.check(stepOf('certificates', { caCertificates }), context)).toMatchObject({
      problem: { code: 'DK7020' },
    })
    expect(await runner.check(stepOf('certificates'), context)).toMatchObject({
      notes: [{ level: 'warning', text: expect.stringContaining('none.pem') }],
    })
    // A folder cannot be read as a certificate.
    expect(await runner.check(stepOf('certificates', { caCertificates: [folder] }), context)).toMatchObject({
      problem: { code: 'DK7020' },
    })
  })

  test('tools on PATH are asked their version for a new cluster only', async () => {
    const answers = { minikube: { stdout: '{"minikubeVersion":"v1.30.0"}' } }
    const first = outside({ onPath: ['minikube'], answers })
    expect(await runner.check(stepOf('tools'), first.context)).toMatchObject({
      state: 'ready',
      notes: [{ level: 'info', text: expect.stringContaining('v1.30.0') }],
    })
    await makeCluster()
    const later = outside({ onPath: ['minikube'], answers })
    const found = await runner.check(stepOf('tools'), later.context)
    expect(found.notes).toBeUndefined()
    expect(later.calls).toEqual([])
  })
})

describe('an existing cluster is judged by what it has', () => {
  test.each([
    ['memory', { memoryMiB: 200_000 }],
    ['cpus', { cpus: 64 }],
    ['driver', { driver: 'kvm2' }],
    ['virtualization', { driver: 'kvm2' }],
  ] as const)('%s: a wish it cannot take does not keep it from starting', async (check, wish) => {
    const setup = { host: { virtualization: 'absent' } } as const
    expect(await runner.check(stepOf(check, wish), outside(setup).context)).toMatchObject({
      state: 'blocked',
    })
    await makeCluster()
    const found = await runner.check(stepOf(check, wish), outside(setup).context)
    expect(found).toMatchObject({ state: 'ready' })
    expect(found.notes ?? []).toEqual([])
  })

  test('what it has and there is no room for any more is worth a word', async () => {
    await makeCluster({ Memory: 30_000, CPUs: 16, Nodes: [{ IP: '192.168.49.2' }] })
    for (const check of ['memory', 'cpus'] as const) {
      expect(await runner.check(stepOf(check), outside().context)).toMatchObject({
        state: 'ready',
        notes: [{ level: 'warning', text: expect.stringContaining('devk8s up --recreate') }],
      })
    }
  })

  test('a driver that devk8s does not know leaves the wish', async () => {
    await makeCluster({ Driver: 'none', Memory: 0 })
    expect(await runner.check(stepOf('memory'), outside().context)).toMatchObject({
      detail: { wantedMiB: 4000 },
    })
  })
})

test('applying is a bug: DK6050', async () => {
  const { context } = outside()
  await expect(runner.apply(stepOf('disk'), { state: 'ready' }, context)).rejects.toMatchObject({
    problems: [{ code: 'DK6050', exit: 70 }],
  })
})
