import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { endUpkeep } from '../../../src/upkeep/ending.ts'
import { awsPlaces, fileIn } from '../../../src/upkeep/places.ts'
import { writeUpkeep } from '../../../src/upkeep/records.ts'
import { imagesKeeper } from '../../../src/images/images-keeper.ts'
import { isDevK8sError, type Problem } from '../../../src/problems/problem.ts'
import type { Standing } from '../../../src/upkeep/keeper.ts'
import { type ImagesLab, imagesLab, realCluster, simulatedCluster } from '../../fakes/images-lab.ts'

const kubeconfig = process.env['DEVK8S_TEST_KUBECONFIG']
const subjects = [
  { name: 'the simulated cluster', make: async () => simulatedCluster() },
  ...(kubeconfig === undefined
    ? []
    : [{ name: 'a real API server', make: async () => realCluster(kubeconfig) }]),
]

const hour = 3_600_000
const images = {
  mode: 'addon',
  why: 'the profile says so',
  registries: [
    { account: '111122223333', regions: ['eu-west-1'] },
    { account: '444455556666', regions: ['eu-west-1'] },
  ],
} as const
const addon = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'registry-creds', namespace: 'kube-system' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'registry-creds' } },
    template: {
      metadata: { labels: { app: 'registry-creds' } },
      spec: { containers: [{ name: 'registry-creds', image: 'registry-creds:1.10' }] },
    },
  },
})
const emptied = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'awsecr-cred', namespace: 'default' },
  type: 'kubernetes.io/dockerconfigjson',
  data: { '.dockerconfigjson': btoa('{}') },
}
const declined = (value: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'registry-creds-ecr', namespace: 'kube-system' },
  data: { AWS_ACCESS_KEY_ID: btoa(value), 'aws-assume-role': btoa('changeme') },
})

async function look(lab: ImagesLab): Promise<Standing> {
  lab.forget()
  const standing = await imagesKeeper.look(lab.upkeep, lab.context)
  if ('problem' in standing) throw new Error(standing.problem.detail)
  return standing
}

async function renew(lab: ImagesLab): Promise<Standing> {
  await imagesKeeper.renew(lab.upkeep, await look(lab), lab.context)
  return look(lab)
}

async function problemsOf(attempt: Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await attempt
  } catch (error) {
    if (isDevK8sError(error)) return error.problems
    throw error
  }
  return []
}

const keysOf = async (lab: ImagesLab) => {
  const secret = await lab.get('secret', 'registry-creds-ecr', 'kube-system')
  const plain = Object.entries(secret?.['data'] as Record<string, string>).map(([key, value]) => [
    key,
    atob(value),
  ])
  return Object.fromEntries(plain) as Record<string, string>
}
const replicas = async (lab: ImagesLab): Promise<unknown> => {
  const deployment = await lab.get('deployment', 'registry-creds', 'kube-system')
  return (deployment?.['spec'] as { readonly replicas?: unknown } | undefined)?.replicas
}
const changed = (lab: ImagesLab) =>
  lab.commands
    .splice(0)
    .filter(({ changes }) => changes)
    .map(({ args }) => args.slice(5, 7).join(' '))

describe.each(subjects)('registry-creds on $name', ({ make }) => {
  test('gets a session’s keys under exactly the names that its pod asks for', async () => {
    const lab = imagesLab(await make(), { images })
    expect((await look(lab)).changes.map(({ field, effect }) => `${effect} ${field}`)).toEqual([
      'create Secret kube-system/registry-creds-ecr',
    ])
    const after = await renew(lab)
    expect(after.changes).toEqual([])
    expect(await keysOf(lab)).toEqual({
      AWS_ACCESS_KEY_ID: 'ASIASESSION2',
      AWS_SECRET_ACCESS_KEY: 'canary-secret-key',
      AWS_SESSION_TOKEN: 'canary-session-token',
      'aws-account': '111122223333,444455556666',
      'aws-region': 'eu-west-1',
      'aws-assume-role': '',
    })
    expect((await lab.get('secret', 'registry-creds-ecr', 'kube-system'))?.metadata).toMatchObject({
      labels: {
        app: 'registry-creds',
        cloud: 'ecr',
        'kubernetes.io/minikube-addons': 'registry-creds',
        'devk8s.dev/managed': 'true',
      },
      annotations: { 'devk8s.dev/expires-at': '2026-11-24T20:00:00.000Z' },
    })
    expect(after.detail).toMatchObject({ mode: 'addon', regions: ['eu-west-1'], running: false })
    expect(after.dueAtMs).toBe(lab.clock.now() + 6 * hour)
    expect(JSON.stringify(lab.commands)).not.toContain('canary')
  })

  test('is restarted on rotation, since it reads its keys once', async () => {
    const lab = imagesLab(await make(), { images })
    await renew(lab)
    await lab.apply(addon(1))
    await lab.clock.advance(6 * hour)
    expect((await look(lab)).changes.map(({ effect }) => effect)).toEqual(['in-place', 'restart'])
    changed(lab)
    expect((await renew(lab)).changes).toEqual([])
    expect(changed(lab)).toEqual(['apply --server-side', 'rollout restart'])
    // The same by whoever asks for all, due or not.
    const standing = await look(lab)
    lab.forget()
    expect(await imagesKeeper.renew(lab.upkeep, standing, lab.context, { all: true })).toEqual({
      goodUntilMs: lab.clock.now() + 12 * hour,
      dueAtMs: lab.clock.now() + 6 * hour,
    })
    expect(changed(lab)).toEqual(['apply --server-side', 'rollout restart'])
  })

  test('is stopped before its session ends when there is no new one, and started with the next', async () => {
    const lab = imagesLab(await make(), { images })
    lab.aws({ sessionMs: 2 * hour })
    await renew(lab)
    await lab.apply(addon(1))
    lab.aws({ sessionFails: true })
    await lab.clock.advance(hour / 4)
    expect((await look(lab)).changes).toEqual([])
    await lab.clock.advance(hour)
    expect((await problemsOf(renew(lab))).map(({ code }) => code)).toEqual(['DK5012'])
    expect(await replicas(lab)).toBe(0)
    expect(lab.said).toEqual([
      expect.stringContaining('registry-creds is stopped until there is a new session'),
    ])
    lab.aws({ sessionFails: false })
    const before = await look(lab)
    expect(before.changes.map(({ field }) => field)).toContain(
      'Deployment kube-system/registry-creds: replicas',
    )
    expect((await renew(lab)).changes).toEqual([])
    expect(await replicas(lab)).toBe(1)
  })

  test('runs on when a renewal fails early', async () => {
    const lab = imagesLab(await make(), { images })
    await renew(lab)
    await lab.apply(addon(1))
    lab.aws({ sessionFails: true })
    await lab.clock.advance(7 * hour)
    expect(await problemsOf(renew(lab))).toHaveLength(1)
    expect(await replicas(lab)).toBe(1)
  })

  test('is restarted to fill what it has emptied, and given time for that', async () => {
    // The cluster's own clock says when it was restarted.
    const lab = imagesLab(await make(), { images }, Date.now())
    await renew(lab)
    await lab.apply(addon(1), emptied)
    const before = await look(lab)
    expect(before.changes).toEqual([
      {
        field: 'Deployment kube-system/registry-creds',
        to: 'restarted, to fill the empty awsecr-cred in default',
        effect: 'restart',
      },
    ])
    changed(lab)
    await imagesKeeper.renew(lab.upkeep, before, lab.context)
    expect(changed(lab)).toEqual(['rollout restart'])
    expect((await look(lab)).changes).toEqual([])
    await lab.clock.advance(hour)
    expect((await look(lab)).changes).toEqual(before.changes)
  })

  test('placeholders of minikube are taken over, somebody’s keys are not', async () => {
    const lab = imagesLab(await make(), { images })
    await lab.apply(declined('changeme'))
    await renew(lab)
    expect((await keysOf(lab))['aws-assume-role']).toBe('')
    await lab.kubectl('delete', 'secret', 'registry-creds-ecr', '-n', 'kube-system')
    await lab.apply(declined('AKIAOFSOMEBODY'))
    const problems = await problemsOf(renew(lab))
    expect(problems.map(({ code }) => code)).toEqual(['DK5062'])
    expect(problems[0]?.detail).toContain('"person"')
    expect((await keysOf(lab))['AWS_ACCESS_KEY_ID']).toBe('AKIAOFSOMEBODY')
  })

  test('says which regions it cannot serve', async () => {
    const two = { ...images, registries: [{ account: '111122223333', regions: ['eu-west-1', 'us-east-1'] }] }
    const lab = imagesLab(await make(), { images: two })
    expect((await look(lab)).notes?.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^registry-creds serves one region, eu-west-1: images from us-east-1 cannot be pulled/,
      ),
    ])
  })

  test('warns of sessions that end sooner than it renews', async () => {
    const lab = imagesLab(await make(), { images })
    lab.aws({ sessionMs: hour })
    expect((await renew(lab)).notes?.map(({ text }) => text)).toEqual([
      expect.stringMatching(/less than two hours.*aws\.ecr\.mode: secret/),
    ])
  })

  test('a session of an account that came in meanwhile is not written', async () => {
    const lab = imagesLab(await make(), { images, accounts: { allow: ['111122223333'] } })
    lab.aws({ keysAccount: '999999999999' })
    expect((await problemsOf(renew(lab))).map(({ code }) => code)).toEqual(['DK5041'])
    expect(await lab.get('secret', 'registry-creds-ecr', 'kube-system')).toBeUndefined()
  })

  test('ends with all that it has written, and is stopped before that', async () => {
    const [mine, person, kept] = ['mine', 'person', 'kept'].map(
      (name) => `${name}-${Date.now().toString(36)}`,
    )
    const written = (namespace: string, account: string, more: object = {}) => ({
      ...emptied,
      metadata: { name: 'awsecr-cred', namespace },
      data: {
        '.dockerconfigjson': btoa(
          JSON.stringify({
            auths: {
              [`https://${account}.dkr.ecr.eu-west-1.amazonaws.com`]: {
                auth: 'eA==',
                email: 'none',
                ...more,
              },
            },
          }),
        ),
      },
    })
    const lab = imagesLab(await make(), { images })
    await renew(lab)
    await lab.apply(
      addon(1),
      emptied,
      ...[mine, person].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: kept, labels: { 'devk8s.dev/aws': 'off' } },
      },
    )
    await lab.apply(
      written(String(mine), '444455556666'),
      written(String(person), '111122223333', { username: 'AWS', password: 'x' }),
      written(String(kept), '111122223333'),
    )
    const places = awsPlaces({ state: await mkdtemp(join(tmpdir(), 'devk8s-addon-')) }, 'linux')
    const target = lab.upkeep.kubectl
    const cluster = target.context
    await writeUpkeep(realFiles(), fileIn(places.upkeeps, cluster), { ...lab.upkeep, cluster })
    const context = { ...lab.context, ports: { ...lab.context.ports, files: realFiles() } }
    changed(lab)
    const removed = await endUpkeep({ cluster, target, places }, context)
    // A real API server has some of earlier tests, in namespaces that are on their way out.
    const here = removed.secrets.filter(({ namespace }) => !/^[kn][a-z0-9]+-\d+$/.test(namespace))
    expect(here).toEqual([
      { namespace: 'kube-system', name: 'registry-creds-ecr' },
      { namespace: 'default', name: 'awsecr-cred' },
      { namespace: mine, name: 'awsecr-cred' },
    ])
    expect(changed(lab)[0]).toBe('scale deployment')
    expect(await replicas(lab)).toBe(0)
    for (const namespace of ['default', String(mine)])
      expect(await lab.get('secret', 'awsecr-cred', namespace)).toBeUndefined()
    for (const namespace of [String(person), String(kept)])
      expect(await lab.get('secret', 'awsecr-cred', namespace)).toBeDefined()
  })

  test('leaves no keys behind when devk8s does its work', async () => {
    const lab = imagesLab(await make(), { images })
    await renew(lab)
    await lab.apply(addon(1))
    const bySecret = { ...lab, upkeep: { ...lab.upkeep, images: { ...images, mode: 'secret' as const } } }
    expect((await look(bySecret)).changes.map(({ field, effect }) => `${effect} ${field}`)).toEqual([
      'in-place Deployment kube-system/registry-creds: replicas',
      'create Secret awsecr-cred in default',
      'remove Secret kube-system/registry-creds-ecr',
    ])
    expect((await renew(bySecret)).changes).toEqual([])
    expect(await lab.get('secret', 'registry-creds-ecr', 'kube-system')).toBeUndefined()
    expect(await replicas(lab)).toBe(0)
  })
})
