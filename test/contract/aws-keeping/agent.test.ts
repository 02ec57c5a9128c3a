import { afterAll, describe, expect, test } from 'vitest'
import { realClock } from '../../../src/adapters/clock.ts'
import { realExec } from '../../../src/adapters/exec.ts'
import { watchPods } from '../../../src/upkeep/account-watch.ts'
import { type Cluster, realCluster, simulatedCluster } from '../../fakes/images-lab.ts'
import {
  type KeeperLab,
  keeperLab,
  minuteMs,
  namespace,
  pod,
  roleArn,
  serviceAccount,
} from '../../unit/roles/keeper-lab.ts'

const kubeconfig = process.env['DEVK8S_TEST_KUBECONFIG']
const subjects: readonly { readonly name: string; make(): Promise<Cluster> }[] = [
  { name: 'the simulated cluster', make: async () => simulatedCluster() },
  ...(kubeconfig === undefined
    ? []
    : [{ name: 'a real API server', make: async () => realCluster(kubeconfig) }]),
]

afterAll(() => {
  if (kubeconfig === undefined)
    process.stdout.write('sessions for the agent: no real API server (DEVK8S_TEST_KUBECONFIG)\n')
})

/** A server without controllers never ends a namespace: what is in it is taken away one by one. */
async function made(cluster: Cluster, agent: Parameters<typeof keeperLab>[1]): Promise<KeeperLab> {
  const isReal = cluster.name !== 'the simulated cluster'
  if (!isReal) return keeperLab(cluster, agent)
  const asIs = await revived(cluster)
  const lab = await keeperLab(asIs, agent)
  const away = ['delete', 'secret/devk8s-aws-sessions', 'configmap/devk8s-aws', '--ignore-not-found']
  await lab.kubectl(...away, '-n', 'devk8s-system')
  await lab.kubectl('delete', 'pods,serviceaccounts', '--all', '-n', 'shop', '--force', '--wait=false')
  return lab
}

/** `realCluster` has these deleted, and they stay Terminating: their finalizers are taken away, which ends them. */
async function revived(cluster: Cluster): Promise<Cluster> {
  const where = ['--kubeconfig', cluster.kubeconfig, '--context', cluster.context]
  for (const name of ['devk8s-system', 'shop']) {
    const found = await cluster.run([...where, 'get', 'namespace', name, '-o', 'json'], '')
    if (found.exitCode !== 0) continue
    const object = { ...JSON.parse(found.stdout), spec: { finalizers: [] } }
    const raw = ['replace', '--raw', `/api/v1/namespaces/${name}/finalize`, '-f', '-']
    await cluster.run([...where, ...raw], JSON.stringify(object))
  }
  return cluster
}

describe.each(subjects)('sessions for the agent, against $name', ({ make }) => {
  test('written once, renewed at half of their life, and replaced at once', async () => {
    const lab = await made(await make(), { roles: { 'shop-*': { assume: 'twin', fallback: 'developer' } } })
    await lab.apply(
      serviceAccount('api', 'shop', roleArn('shop-api')),
      serviceAccount('default', 'shop'),
      pod('web', 'shop', { 'iam.amazonaws.com/role': 'shop-web' }),
    )
    lab.sts.denies.push(roleArn('shop-web-dev'))
    await lab.renew()
    const first = await lab.document()
    expect(Object.keys(first?.sessions ?? {}).toSorted()).toEqual([
      'developer',
      expect.stringMatching(new RegExp(`^twin:${roleArn('shop-api')}\\?rule=\\w+$`)),
      expect.stringMatching(new RegExp(`^twin:${roleArn('shop-web')}\\?rule=\\w+$`)),
    ])
    expect((await lab.look()).changes).toEqual([])
    await lab.clock.advance(30 * minuteMs)
    await lab.renew()
    const second = await lab.document()
    expect(Object.keys(second?.sessions ?? {})).toHaveLength(3)
    expect(second?.sessions['developer']?.issuedAt).toBe('2026-11-24T08:30:00.000Z')
    expect((await lab.look()).changes).toEqual([])
    const secret = await lab.get('secret', 'devk8s-aws-sessions', 'devk8s-system')
    // Of managedFields and annotations as well.
    expect(JSON.stringify(secret?.metadata)).not.toMatch(/canary|ASIA\d/)
    expect(JSON.stringify(secret?.metadata)).not.toContain('last-applied-configuration')
  })

  test('what somebody has edited is taken over', async () => {
    const lab = await made(await make(), {})
    await lab.renew()
    for (const [kind, name, data] of [
      ['secret', 'devk8s-aws-sessions', { 'sessions.json': btoa('{}') }],
      ['configmap', 'devk8s-aws', { 'mapping.json': '{}' }],
    ] as const) {
      const patch = JSON.stringify({ data })
      await lab.kubectl('patch', kind, name, '-n', 'devk8s-system', '--type=merge', '-p', patch)
    }
    expect((await lab.look()).changes).toHaveLength(2)
    await lab.renew()
    expect((await lab.look()).changes).toEqual([])
    expect((await lab.document())?.sessions['developer']?.accessKeyId).toBe('ASIA2')
  })

  test('a Secret of somebody else is found by its name and left', async () => {
    const lab = await made(await make(), {})
    await lab.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'devk8s-aws-sessions', namespace: 'devk8s-system' },
    })
    await expect(lab.renew()).rejects.toThrow('DK5115')
  })
})

test.skipIf(kubeconfig === undefined)('a real watch tells of a pod that asks for a role', async () => {
  const lab = await made(await realCluster(kubeconfig ?? ''), {})
  await lab.apply(namespace('shop'), serviceAccount('default', 'shop'))
  const stop = new AbortController()
  let told = 0
  const ports = { exec: realExec({ env: process.env }), clock: realClock() }
  const target = { ...lab.upkeep.kubectl, program: 'kubectl' }
  const done = watchPods(target, { 'shop-*': 'assume' }, ports, stop.signal, () => (told += 1))
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  await lab.apply(pod('other', 'shop', { 'iam.amazonaws.com/role': 'billing' }), pod('plain', 'shop'))
  await lab.apply(pod('web-1', 'shop', { 'iam.amazonaws.com/role': 'shop-web' }))
  await expect.poll(() => told, { timeout: 5_000 }).toBe(1)
  await lab.apply(pod('web-2', 'shop', { 'iam.amazonaws.com/role': 'shop-web' }))
  await lab.apply(pod('api', 'shop', { 'iam.amazonaws.com/role': 'shop-api' }))
  await expect.poll(() => told, { timeout: 5_000 }).toBe(2)
  stop.abort()
  await done
  expect(told).toBe(2)
})
