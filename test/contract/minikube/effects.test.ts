import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lines, recording, scrub } from '../../fakes/minikube-recordings.ts'
import { recordedLaptop, type Run, type TestLaptop } from '../../fakes/minikube-laptop.ts'
import { newLaptop } from '../../../src/simulator/state.ts'
import {
  emptyHome,
  homeWithWork,
  readKubeconfig,
  running,
  runningThen,
  startLine,
  withoutImages,
} from './worlds.ts'

const configPath = 'profiles/devk8s/config.json'

async function minikubeFile(laptop: TestLaptop, path: string): Promise<string> {
  return readFile(join(laptop.home, '.minikube', path), 'utf8')
}

function shown(name: string): string {
  return recording(name).filesShown?.['/home/dev/.minikube/profiles/devk8s/config.json'] ?? ''
}

describe('minikube: what it leaves behind', () => {
  test('clause 1: every event has the recorded shape', async () => {
    const laptop = await emptyHome()
    const run = await laptop.run(recording('126').argv, { env: { DOCKER_HOST: 'unix:///nonexistent.sock' } })
    const shapes = (text: string) =>
      lines(text, laptop.home).map((line) => line.replaceAll(/:"[^"]*"/g, ':""'))
    expect(shapes(run.stdout)).toEqual(shapes(recording('126').stdout))
  })

  test('clause 10: running-k8s-001 writes the profile’s config to the byte', async () => {
    const laptop = await running()
    expect(await minikubeFile(laptop, configPath)).toBe(shown('running-k8s-001'))
  })

  test('clause 10: running-k8s-001 writes the kubeconfig, the foreign entry kept, comments lost', async () => {
    const laptop = await running()
    const after = recording('running-k8s-001').kubeconfigAfter ?? ''
    expect(scrub(await readKubeconfig(laptop), laptop.home)).toBe(scrub(after, laptop.home))
  })

  test('clause 10: running-k8s-128 embeds certificates and keeps the current context', async () => {
    const laptop = await homeWithWork()
    await laptop.run(recording('running-k8s-128').argv)
    const redacted = (await readKubeconfig(laptop)).replaceAll(/(-data: )\S+/g, '$1REDACTED')
    expect(scrub(redacted, laptop.home)).toBe(
      scrub(recording('running-k8s-128').kubeconfigAfter ?? '', laptop.home),
    )
  })

  const kubeconfigs = [
    ['13', 'running-k8s-041', async () => runningThen('minikube stop -p devk8s')],
    ['13', 'running-k8s-024', async () => otherContext()],
    ['18', 'running-k8s-035', running],
    ['18', 'running-k8s-044', running],
    ['19', 'running-k8s-046', async () => runningThen('minikube stop -p devk8s')],
    ['20', 'running-k8s-023', async () => otherContext()],
  ] as const
  test.for(kubeconfigs)('clause %s: %s changes the kubeconfig as recorded', async ([, name, world]) => {
    const laptop = await world()
    await laptop.run(recording(name).argv)
    const current = (text: string) => /current-context: .*/.exec(text)?.[0]
    const names = (text: string) => text.match(/^ {2}name: .*|^- name: .*/gm)
    const [got, want] = [await readKubeconfig(laptop), recording(name).kubeconfigAfter ?? '']
    expect([current(got), names(got)]).toEqual([current(want), names(want)])
  })

  test('clause 14: running-k8s-031 warns about memory and leaves the config as it was', async () => {
    const laptop = await running()
    const before = await minikubeFile(laptop, configPath)
    const run = await laptop.run(recording('running-k8s-031').argv)
    expect(run.exitCode).toBe(0)
    expect(run.stdout).toContain('You cannot change the memory size for an existing minikube cluster.')
    expect(await minikubeFile(laptop, configPath)).toBe(before)
  })

  test('clause 17: running-k8s-018 lists what was enabled', async () => {
    const laptop = await runningThen(
      'minikube addons enable dashboard -p devk8s',
      'minikube addons enable metrics-server -p devk8s',
      'minikube addons enable registry-creds -p devk8s',
    )
    const run = await laptop.run(recording('running-k8s-018').argv)
    expect(run.stdout).toBe(recording('running-k8s-018').stdout)
  })

  test('clause 19: running-k8s-046 leaves nothing of the profile', async () => {
    const laptop = await runningThen('minikube stop -p devk8s', 'minikube delete -p devk8s')
    const { containers, volumes, networks, nodes } = await laptop.store.read()
    expect({ containers, volumes, networks, nodes }).toEqual({
      containers: {},
      volumes: [],
      networks: { dbg: '192.168.49' },
      nodes: {},
    })
    expect(existsSync(join(laptop.home, '.minikube/profiles/devk8s'))).toBe(false)
    expect(existsSync(join(laptop.home, '.minikube/machines/devk8s'))).toBe(false)
    expect(await minikubeFile(laptop, 'config/config.json')).toBe('{}')
  })

  test('clause 21: 137 leaves the half-made profile', async () => {
    const laptop = await recordedLaptop(withoutImages)
    await laptop.run(recording('137').argv)
    expect(existsSync(join(laptop.home, '.minikube/profiles/minikube/config.json'))).toBe(true)
    expect(existsSync(join(laptop.home, '.minikube/machines/minikube/config.json'))).toBe(true)
    expect(existsSync(join(laptop.home, '.kube/config'))).toBe(false)
  })

  test('clause 22: 137 to 141 can be followed by a start that works once there is internet', async () => {
    const laptop = await recordedLaptop(withoutImages)
    await laptop.run(recording('137').argv)
    await laptop.store.change((now) => ({ ...now, internet: 'open' }))
    expect((await laptop.run(recording('137').argv)).exitCode).toBe(0)
  })
})

async function otherContext(): Promise<TestLaptop> {
  const laptop = await running()
  await laptop.run(['minikube', 'version'])
  const text = await readKubeconfig(laptop)
  const { writeKubeconfig } = await import('./worlds.ts')
  await writeKubeconfig(laptop, text.replace('current-context: devk8s', 'current-context: work'))
  return laptop
}

async function turn(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
}

describe('minikube: data lost and kept', () => {
  test('clause 24: running-k8s-113 loses every object and exits 0', async () => {
    const laptop = await runningThen('minikube addons enable metrics-server -p devk8s')
    const before = (await laptop.store.read()).nodes['devk8s']?.store?.createdAt
    const reset = await laptop.run(startLine, { faults: [{ name: 'cluster.start', value: 'reset' }] })
    const after = (await laptop.store.read()).nodes['devk8s']?.store?.createdAt
    expect(reset.exitCode).toBe(0)
    expect(after).toBeGreaterThan(before ?? Infinity)
  })

  test('clause 26: running-k8s-122 starts with an empty cluster, running-k8s-118 keeps what the volume holds', async () => {
    const laptop = await runningThen('docker rm -f devk8s')
    expect((await laptop.store.read()).nodes['devk8s']?.store).toBeDefined()
    await laptop.run(['docker', 'volume', 'rm', 'devk8s'])
    expect((await laptop.store.read()).nodes['devk8s']?.store).toBeUndefined()
  })

  test('clause 27: running-k8s-067, two starts at once', async () => {
    const laptop = await homeWithWork()
    const recorded = recording('running-k8s-067')
    const second: Promise<Run>[] = []
    const first = laptop.run(recorded.argv, {
      hold: {
        at: 'Creating docker container',
        until: async () => {
          if (second.length === 0) second.push(laptop.run(recorded.argv))
          while ((await laptop.store.read()).nodes['devk8s']?.contested !== true) await turn()
        },
      },
    })
    const one = await first
    const two = (await second[0]) ?? one
    expect([one.exitCode, two.exitCode]).toEqual([93, 50])
    expect(lines(one.stdout, laptop.home)).toEqual(lines(recorded.stdout, laptop.home))
    expect(lines(two.stdout, laptop.home)).toEqual(lines(recorded.second?.stdout ?? '', laptop.home))
    const status = await laptop.run(recording('running-k8s-068').argv)
    expect([status.stdout, status.exitCode]).toEqual([recording('running-k8s-068').stdout, 6])
  })
})

describe('minikube: beyond the recordings', () => {
  test('clause 30: a rehearsed start is four times as fast as the recorded one', async () => {
    const laptop = await homeWithWork()
    const begin = (await laptop.run(['minikube', 'version'])).exitCode
    await laptop.run(startLine)
    const created = (await laptop.store.read()).nodes['devk8s']?.store?.createdAt ?? 0
    expect(begin).toBe(0)
    expect(created - Date.UTC(2026, 10, 23, 13, 37, 5)).toBeLessThan(12_000)
  })

  test('clause 31: add-ons on a stopped and on a lost cluster', async () => {
    const laptop = await runningThen('minikube stop -p devk8s')
    const enable = ['minikube', 'addons', 'enable', 'metrics-server', '-p', 'devk8s']
    expect((await laptop.run(enable)).exitCode).toBe(0)
    await laptop.run(['docker', 'rm', '-f', 'devk8s'])
    expect((await laptop.run(enable)).exitCode).toBe(11)
  })

  test('clause 32: with internet nothing is said of the registry', async () => {
    const laptop = await recordedLaptop((now) => ({ ...now, internet: 'open', imagesCached: false }))
    const run = await laptop.run(['minikube', 'start', '-o', 'json', '--kubernetes-version=v1.36.2'])
    expect(run.exitCode).toBe(0)
    expect(run.stdout).not.toContain('registry.k8s.io/ from both')
    expect(run.stdout).toContain('Preparing Kubernetes v1.36.2')
  })

  test('clause 33: a second cluster gets the next network', async () => {
    const laptop = await running()
    await laptop.run(['minikube', 'start', '-p', 'other'])
    expect((await laptop.run(['minikube', 'ip', '-p', 'other'])).stdout).toBe('192.168.67.2\n')
  })

  test('clause 34: logs has the sections that minikube itself keeps', async () => {
    const laptop = await running()
    const run = await laptop.run(['minikube', 'logs', '-p', 'devk8s'])
    expect(run.stdout).toContain('==> Last Start <==')
  })

  test('clause 35: on a Mac the API server is reached at a port that changes with each start', async () => {
    const laptop = await recordedLaptop((now) => ({ ...now, system: newLaptop('darwin').system }))
    const server = async () => /server: (.*)/.exec(await readKubeconfig(laptop))?.[1]
    await laptop.run(startLine)
    expect(await server()).toBe('https://127.0.0.1:32769')
    await laptop.run(['minikube', 'stop', '-p', 'devk8s'])
    await laptop.run(startLine)
    expect(await server()).toBe('https://127.0.0.1:32770')
    expect((await laptop.run(['minikube', 'status', '-p', 'devk8s'])).exitCode).toBe(0)
  })

  test('clause 37: images of an add-on are kept by name, unknown ones passed over', async () => {
    const laptop = await running()
    const images = 'RegistryCreds=acme/registry-creds:1.11,Other=acme/other:1'
    const run = await laptop.run(
      `minikube addons enable registry-creds -p devk8s --images=${images} --registries=RegistryCreds=registry.acme.test`.split(
        ' ',
      ),
    )
    expect(run).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('! Ignoring unknown custom image Other'),
    })
    await laptop.run('minikube addons enable metrics-server -p devk8s'.split(' '))
    expect(JSON.parse(await minikubeFile(laptop, configPath))).toMatchObject({
      CustomAddonImages: { RegistryCreds: 'acme/registry-creds:1.11' },
      CustomAddonRegistries: { RegistryCreds: 'registry.acme.test' },
    })
  })

  const policyApi = '--extra-config=apiserver.runtime-config=admissionregistration.k8s.io/v1beta1=true'
  const policyGate = '--feature-gates=MutatingAdmissionPolicy=true'

  test.each([
    ['both', [policyApi, policyGate], ['admissionregistration.k8s.io/v1beta1']],
    ['no gate', [policyApi], []],
    ['no API', [policyGate], []],
  ] as const)('clause 38: admission policies with %s', async (_, flags, served) => {
    const laptop = await homeWithWork()
    await laptop.run([...startLine, ...flags])
    expect((await laptop.store.read()).nodes['devk8s']?.store?.runtimeConfig).toEqual(served)
  })

  test('clause 38: a start with other flags takes them over', async () => {
    const laptop = await running()
    await laptop.run([...startLine, policyApi, policyGate])
    expect((await laptop.store.read()).nodes['devk8s']?.store?.runtimeConfig).toEqual([
      'admissionregistration.k8s.io/v1beta1',
    ])
  })

  test('clause 36: killed after step 11, the control plane is made anew', async () => {
    const laptop = await homeWithWork()
    await laptop.run(startLine, { killAt: 'Preparing Kubernetes' })
    const run = await laptop.run(startLine)
    expect(run.exitCode).toBe(0)
    expect(run.stdout).toContain('"currentstep":"13"')
  })
})
