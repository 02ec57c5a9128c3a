import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { realClock } from '../../../src/adapters/clock.ts'
import { realExec } from '../../../src/adapters/exec.ts'
import { realFiles } from '../../../src/adapters/files.ts'
import { imagesKeeper } from '../../../src/images/images-keeper.ts'
import { watchAccounts, watchCommand } from '../../../src/upkeep/account-watch.ts'
import { endUpkeep } from '../../../src/upkeep/ending.ts'
import { awsPlaces, fileIn } from '../../../src/upkeep/places.ts'
import { readUpkeeps, writeUpkeep } from '../../../src/upkeep/records.ts'
import { keysIn, removeKeys } from '../../../src/upkeep/removal.ts'
import { type Cluster, imagesLab, realCluster, simulatedCluster } from '../../fakes/images-lab.ts'

const kubeconfig = process.env['DEVK8S_TEST_KUBECONFIG']
const subjects: readonly { readonly name: string; make(): Promise<Cluster> }[] = [
  { name: 'the simulated cluster', make: async () => simulatedCluster() },
  ...(kubeconfig === undefined
    ? []
    : [{ name: 'a real API server', make: async () => realCluster(kubeconfig) }]),
]

afterAll(() => {
  if (kubeconfig === undefined)
    process.stdout.write('keeping fresh: no real API server (DEVK8S_TEST_KUBECONFIG)\n')
})

/** A real API server keeps namespaces that are going away. */
let used = 0
const fresh = () => `k${Date.now().toString(36)}-${(used += 1)}`
const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
const account = (inNamespace: string, annotations: Readonly<Record<string, string>> = {}) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'default', namespace: inNamespace, annotations },
})
const secret = (inNamespace: string, name: string, isOurs: boolean) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name,
    namespace: inNamespace,
    ...(isOurs ? { labels: { 'devk8s.dev/managed': 'true', 'devk8s.dev/upkeep': 'true' } } : {}),
  },
  data: { KEY: 'dmFsdWU=' },
})

describe.each(subjects)('against $name', ({ make }) => {
  test('keys of ours are found by label and name without their values, and deleted in one call', async () => {
    const lab = imagesLab(await make())
    const [one, two] = [fresh(), fresh()]
    await lab.apply(
      namespace(one),
      namespace(two),
      secret(one, 'aws-credentials', true),
      secret(one, 'web-config', true),
      secret(two, 'awsecr-cred', true),
      secret(two, 'aws-credentials', false),
    )
    lab.commands.length = 0
    const found = await keysIn(lab.upkeep.kubectl, lab.context)
    const places =
      'secrets' in found ? found.secrets.filter(({ namespace: each }) => [one, two].includes(each)) : []
    expect(places).toEqual([
      { namespace: one, name: 'aws-credentials' },
      { namespace: two, name: 'awsecr-cred' },
    ])
    await removeKeys(lab.upkeep.kubectl, [...places, { namespace: one, name: 'awsecr-cred' }], lab.context)
    expect(lab.commands).toHaveLength(2)
    expect(await lab.get('Secret', 'aws-credentials', one)).toBeUndefined()
    expect(await lab.get('Secret', 'awsecr-cred', two)).toBeUndefined()
    expect(await lab.get('Secret', 'web-config', one)).toBeDefined()
    expect(await lab.get('Secret', 'aws-credentials', two)).toBeDefined()
  })

  test('the end of an upkeep takes back all that was given, and leaves what others have made', async () => {
    const lab = imagesLab(await make(), { kubernetes: 'v1.31.4' })
    const name = fresh()
    await lab.apply(
      namespace(name),
      account(name),
      secret(name, 'aws-credentials', true),
      secret(name, 'web-config', false),
    )
    await imagesKeeper.renew(lab.upkeep, { changes: [], detail: {} }, lab.context)
    const given = await lab.get('ServiceAccount', 'default', name)
    expect(given?.['imagePullSecrets']).toEqual([{ name: 'awsecr-cred' }])
    const places = awsPlaces({ state: await mkdtemp(join(tmpdir(), 'devk8s-ending-')) }, 'linux')
    await writeUpkeep(realFiles(), fileIn(places.upkeeps, 'dev'), lab.upkeep)
    const context = { ...lab.context, ports: { ...lab.context.ports, files: realFiles() } }
    const { secrets: removed } = await endUpkeep(
      { cluster: 'dev', target: lab.upkeep.kubectl, places },
      context,
    )
    expect(removed).toContainEqual({ namespace: name, name: 'aws-credentials' })
    expect(removed).toContainEqual({ namespace: name, name: 'awsecr-cred' })
    expect((await lab.get('ServiceAccount', 'default', name))?.['imagePullSecrets'] ?? []).toEqual([])
    expect(await lab.get('Secret', 'aws-credentials', name)).toBeUndefined()
    expect(await lab.get('Secret', 'web-config', name)).toBeDefined()
    expect(await readUpkeeps(realFiles(), places)).toEqual([])
  })

  test('a watch begins with the accounts that are there, a line each with place, id and role', async () => {
    const cluster = await make()
    const lab = imagesLab(cluster)
    const name = fresh()
    await lab.apply(
      namespace(name),
      account(name, { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/api' }),
    )
    const lines: string[] = []
    const stop = new AbortController()
    // The simulated kubectl of this process ends with the list; the real one goes on until it is told to stop.
    const isReal = cluster.name !== 'the simulated cluster'
    const exec = isReal ? realExec({ env: process.env }) : lab.context.ports.exec
    const command = { ...watchCommand(lab.upkeep.kubectl), ...(isReal ? { program: 'kubectl' } : {}) }
    const limit = AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)])
    const onLine = (_fd: 1 | 2, line: string) => {
      lines.push(line)
      if (line.startsWith(`${name}/`)) stop.abort()
    }
    const ran = await exec.run(command, { timeoutMs: 20_000, signal: limit, onLine, keepsOutput: true })
    const all = [...lines, ...ran.stdout.split('\n')]
    expect(all).toContainEqual(
      expect.stringMatching(new RegExp(`^${name}/default [0-9a-f-]{36} arn:aws:iam::111122223333:role/api$`)),
    )
  })
})

test.skipIf(kubeconfig === undefined)('a real watch tells of a namespace at once', async () => {
  const lab = imagesLab(await realCluster(kubeconfig ?? ''))
  const stop = new AbortController()
  const told: number[] = []
  const ports = { exec: realExec({ env: process.env }), clock: realClock() }
  const target = { ...lab.upkeep.kubectl, program: 'kubectl' }
  const done = watchAccounts(target, ports, stop.signal, () => told.push(Date.now()))
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const name = fresh()
  await lab.apply(namespace(name), account(name))
  const made = Date.now()
  await expect.poll(() => told.some((at) => at > made - 1_000), { timeout: 5_000 }).toBe(true)
  stop.abort()
  await done
  expect(told.length).toBeGreaterThan(0)
})
