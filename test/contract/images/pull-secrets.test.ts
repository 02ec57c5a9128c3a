import { afterAll, describe, expect, test } from 'vitest'
import { attachedSelector, detachAccounts } from '../../../src/images/service-accounts.ts'
import { imagesKeeper } from '../../../src/images/images-keeper.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { isDevK8sError, type Problem } from '../../../src/problems/problem.ts'
import { Secret } from '../../../src/ports/secret.ts'
import type { Standing } from '../../../src/upkeep/keeper.ts'
import type { Upkeep } from '../../../src/upkeep/upkeep.ts'
import {
  type Cluster,
  type ImagesLab,
  imagesLab,
  realCluster,
  simulatedCluster,
} from '../../fakes/images-lab.ts'

const kubeconfig = process.env['DEVK8S_TEST_KUBECONFIG']
const subjects: readonly { readonly name: string; make(): Promise<Cluster> }[] = [
  { name: 'the simulated cluster', make: async () => simulatedCluster() },
  ...(kubeconfig === undefined
    ? []
    : [{ name: 'a real API server', make: async () => realCluster(kubeconfig) }]),
]

afterAll(() => {
  if (kubeconfig === undefined)
    process.stdout.write('pull secrets: no real API server (DEVK8S_TEST_KUBECONFIG)\n')
})

/** Names that no earlier test has used: a real API server keeps namespaces that are going away. */
let used = 0
const fresh = () => `n${Date.now().toString(36)}-${String((used += 1)).padStart(3, '0')}`
const namespace = (name: string, labels: Readonly<Record<string, string>> = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
})
const pullSecret = (inNamespace: string, config: object, type = 'kubernetes.io/dockerconfigjson') => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'awsecr-cred', namespace: inNamespace },
  type,
  data: { '.dockerconfigjson': btoa(JSON.stringify(config)) },
})
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

async function look(lab: ImagesLab, upkeep: Upkeep = lab.upkeep): Promise<Standing> {
  lab.forget()
  const standing = await imagesKeeper.look(upkeep, lab.context)
  if ('problem' in standing) throw new Error(standing.problem.detail)
  return standing
}

async function renew(lab: ImagesLab, upkeep: Upkeep = lab.upkeep): Promise<Standing> {
  await imagesKeeper.renew(upkeep, await look(lab, upkeep), lab.context)
  return look(lab, upkeep)
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

const authsOf = (secret: KubeObject | undefined): Readonly<Record<string, { readonly auth: string }>> => {
  const data = secret?.['data'] as Record<string, string> | undefined
  return JSON.parse(atob(data?.['.dockerconfigjson'] ?? '')).auths
}
const inRegions = (...regions: readonly string[]): Pick<Upkeep, 'images'> => ({
  images: {
    mode: 'secret',
    why: 'the profile says so',
    registries: [{ account: '111122223333', regions }],
  },
})
const fieldsOf = ({ changes }: Standing) => changes.map(({ field, effect }) => `${effect} ${field}`)
const west = '*.dkr.ecr*.eu-west-1.amazonaws.com'
const hour = 3_600_000

describe.each(subjects)('pull secrets on $name', ({ make }) => {
  test('get into every namespace but those of Kubernetes and those kept out', async () => {
    const [a, b] = [fresh(), fresh()]
    const lab = imagesLab(await make())
    await lab.apply(namespace(a), namespace(b, { 'devk8s.dev/aws': 'off' }))
    const before = await look(lab)
    expect(fieldsOf(before)).toEqual([`create Secret awsecr-cred in default, ${a}`])
    expect(before.goodUntilMs).toBeUndefined()
    const after = await renew(lab)
    expect(after.changes).toEqual([])
    expect(after.detail).toMatchObject({
      mode: 'secret',
      regions: ['eu-west-1'],
      namespaces: 2,
      served: 2,
      until: '2026-11-24T20:00:00.000Z',
    })
    expect([after.goodUntilMs, after.dueAtMs]).toEqual([
      lab.clock.now() + 12 * hour,
      lab.clock.now() + 6 * hour,
    ])
    expect(lab.asked).toEqual(['identity', 'token eu-west-1'])
    const secret = await lab.get('secret', 'awsecr-cred', a)
    expect(secret).toMatchObject({
      type: 'kubernetes.io/dockerconfigjson',
      metadata: {
        labels: { 'devk8s.dev/managed': 'true', 'devk8s.dev/upkeep': 'true' },
        annotations: {
          'devk8s.dev/issued-at': '2026-11-24T08:00:00.000Z',
          'devk8s.dev/expires-at': '2026-11-24T20:00:00.000Z',
        },
      },
    })
    expect(Object.keys(authsOf(secret))).toEqual([west, '*.dkr-ecr*.eu-west-1.on.aws'])
    expect(await lab.get('secret', 'awsecr-cred', b)).toBeUndefined()
    expect(await lab.get('secret', 'awsecr-cred', 'kube-system')).toBeUndefined()
  })

  test('a new namespace gets the token of the others, and AWS is asked nothing', async () => {
    const lab = imagesLab(await make())
    await renew(lab)
    const name = fresh()
    await lab.apply(namespace(name))
    lab.aws({ refuses: ['eu-west-1'], identityFails: true })
    const before = lab.asked.length
    const after = await renew(lab)
    expect(after.changes).toEqual([])
    expect(lab.asked).toHaveLength(before)
    expect(authsOf(await lab.get('secret', 'awsecr-cred', name))).toEqual(
      authsOf(await lab.get('secret', 'awsecr-cred', 'default')),
    )
  })

  test('are due at half of their life, for another region and for another identity', async () => {
    const lab = imagesLab(await make())
    await renew(lab)
    await lab.clock.advance(6 * hour - 1)
    expect((await look(lab)).changes).toEqual([])
    const changed: readonly Partial<Upkeep>[] = [
      inRegions('eu-west-1', 'us-east-1'),
      inRegions('us-east-1'),
      { source: { profile: 'other' } },
      { accounts: { deny: ['111122223333'] } },
      { accounts: { allow: ['444455556666'] } },
    ]
    for (const parts of changed) {
      expect(fieldsOf(await look(lab, { ...lab.upkeep, ...parts }))).toEqual([
        'in-place Secret awsecr-cred in default',
      ])
    }
    await lab.clock.advance(1)
    const due = await look(lab)
    expect(due.changes).toHaveLength(1)
    expect(due.changes[0]?.from).toMatch(/^good until .* \(6 h\)$/)
    expect((await renew(lab)).goodUntilMs).toBe(lab.clock.now() + 12 * hour)
  })

  test('that are good are renewed all the same by whoever asks for all', async () => {
    const lab = imagesLab(await make())
    const first = await renew(lab)
    await lab.clock.advance(hour)
    const before = authsOf(await lab.get('secret', 'awsecr-cred', 'default'))
    lab.forget()
    const times = await imagesKeeper.renew(lab.upkeep, first, lab.context, { all: true })
    expect(times).toEqual({
      goodUntilMs: lab.clock.now() + 12 * hour,
      dueAtMs: lab.clock.now() + 6 * hour,
    })
    expect(await look(lab)).toMatchObject(times)
    expect(authsOf(await lab.get('secret', 'awsecr-cred', 'default'))).not.toEqual(before)
  })

  test('a token that ended in 2015 is renewed after six hours, and not before', async () => {
    const lab = imagesLab(await make())
    lab.aws({ expiresAtMs: Date.UTC(2015, 0, 1) })
    const standing = await renew(lab)
    expect(standing.changes).toEqual([])
    expect([standing.dueAtMs, standing.goodUntilMs]).toEqual([
      lab.clock.now() + 6 * hour,
      lab.clock.now() + 12 * hour,
    ])
  })

  test('a region that fails keeps its token, is told of, and is left in peace for a while', async () => {
    const two = inRegions('eu-west-1', 'us-east-1')
    const lab = imagesLab(await make(), two)
    await renew(lab)
    const old = authsOf(await lab.get('secret', 'awsecr-cred', 'default'))
    await lab.clock.advance(7 * hour)
    lab.aws({ refuses: ['us-east-1'] })
    const after = await renew(lab)
    const now = authsOf(await lab.get('secret', 'awsecr-cred', 'default'))
    expect(now['*.dkr.ecr*.us-east-1.amazonaws.com']).toEqual(old['*.dkr.ecr*.us-east-1.amazonaws.com'])
    expect(now[west]).not.toEqual(old[west])
    expect(lab.said).toHaveLength(1)
    expect(lab.said[0]).toMatch(/ECR in us-east-1 gave no new pull token .*good until .* \(5 h\)/)
    expect(after.changes).toEqual([])
    expect(after.notes).toEqual([])
    expect(after.dueAtMs).toBe(lab.clock.now() + hour / 2)
    await lab.clock.advance(hour / 2)
    const later = await look(lab)
    expect(later.changes).toHaveLength(1)
    expect(later.notes).toEqual([])
  })

  test('a region that gave nothing new is told of by later looks as well', async () => {
    const lab = imagesLab(await make(), inRegions('eu-west-1', 'us-east-1'))
    await renew(lab)
    await lab.clock.advance(7 * hour)
    lab.aws({ refuses: ['us-east-1'] })
    await renew(lab)
    await lab.clock.advance(hour / 4)
    const later = await look(lab)
    expect(later.changes).toEqual([])
    expect(later.notes?.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^ECR in us-east-1 gave no new pull token when it was last asked.*4 h 45 min/),
    ])
  })

  test('when all regions fail nothing is written, and it is said until when the old is good', async () => {
    const lab = imagesLab(await make())
    await renew(lab)
    const old = await lab.get('secret', 'awsecr-cred', 'default')
    await lab.clock.advance(7 * hour)
    lab.aws({ refuses: ['eu-west-1'] })
    lab.commands.splice(0)
    const problems = await problemsOf(renew(lab))
    expect(problems.map(({ code }) => code)).toEqual(['DK5012', 'DK5060'])
    expect(problems[1]?.detail).toMatch(/Nothing was changed; .* good until .* \(5 h\)/)
    expect(lab.commands.filter(({ changes }) => changes)).toEqual([])
    expect(await lab.get('secret', 'awsecr-cred', 'default')).toEqual(old)
    await lab.clock.advance(6 * hour)
    expect((await problemsOf(renew(lab)))[1]?.detail).toMatch(/Nothing that is still good is in the cluster/)
    expect(await lab.get('secret', 'awsecr-cred', 'default')).toEqual(old)
  })

  test('a region that never gave a token fails after the others were written', async () => {
    const lab = imagesLab(await make(), inRegions('eu-west-1', 'us-east-1'))
    lab.aws({ refuses: ['us-east-1'] })
    const problems = await problemsOf(renew(lab))
    expect(problems.map(({ code }) => code)).toEqual(['DK5012', 'DK5060'])
    expect(Object.keys(authsOf(await lab.get('secret', 'awsecr-cred', 'default')))[0]).toBe(west)
  })

  test('an account that is denied stops everything before it is written', async () => {
    const lab = imagesLab(await make(), { accounts: { deny: ['111122223333'] } })
    expect((await problemsOf(renew(lab))).map(({ code }) => code)).toEqual(['DK5040'])
    expect(lab.asked).toEqual(['identity'])
    expect(await lab.get('secret', 'awsecr-cred', 'default')).toBeUndefined()
  })

  test('what an add-on has emptied is repaired, what it has written is taken over', async () => {
    const [a, b] = [fresh(), fresh()]
    const lab = imagesLab(await make())
    await lab.apply(namespace(a), namespace(b), pullSecret(a, {}))
    const written = {
      'https://111122223333.dkr.ecr.eu-west-1.amazonaws.com': { auth: 'eA==', email: 'none' },
    }
    await lab.apply(pullSecret(b, { auths: written }))
    expect(fieldsOf(await look(lab))).toEqual([
      'create Secret awsecr-cred in default',
      `in-place Secret awsecr-cred in ${a}, ${b}`,
    ])
    expect((await renew(lab)).changes).toEqual([])
    expect(Object.keys(authsOf(await lab.get('secret', 'awsecr-cred', a)))[0]).toBe(west)
    expect(Object.keys(authsOf(await lab.get('secret', 'awsecr-cred', b)))[0]).toBe(west)
  })

  test('a person’s own is left alone and told of', async () => {
    const name = fresh()
    const lab = imagesLab(await make())
    const own = pullSecret(name, { auths: { 'registry.example': { username: 'anna', password: 'x' } } })
    await lab.apply(namespace(name), own)
    const after = await renew(lab)
    expect(after.changes).toEqual([])
    expect(after.detail).toMatchObject({ foreign: [name], served: 1, namespaces: 2 })
    expect(after.notes?.[0]?.text).toContain(`kubectl delete secret awsecr-cred -n ${name}`)
    expect((await lab.get('secret', 'awsecr-cred', name))?.['data']).toEqual(own.data)
  })

  const addonEntry = { auth: 'eA==', email: 'none' }
  const elsewhere = (account: string, region: string) => ({
    [`https://${account}.dkr.ecr.${region}.amazonaws.com`]: addonEntry,
  })
  test.each<readonly [string, object]>([
    [
      'made by kubectl with --docker-email=none',
      {
        '111122223333.dkr.ecr.eu-west-1.amazonaws.com': {
          username: 'AWS',
          password: 'x',
          email: 'none',
          auth: btoa('AWS:x'),
        },
      },
    ],
    ['of registry-creds, for a region that is not wanted', elsewhere('111122223333', 'us-west-2')],
    ['of registry-creds, for another account', elsewhere('999999999999', 'eu-west-1')],
    [
      'of registry-creds, with a registry more',
      { ...elsewhere('111122223333', 'eu-west-1'), ...elsewhere('999999999999', 'us-west-2') },
    ],
  ])('one that opens what devk8s’ own would not is left alone: %s', async (_, auths) => {
    const name = fresh()
    const lab = imagesLab(await make())
    const own = pullSecret(name, { auths })
    await lab.apply(namespace(name), own)
    const after = await renew(lab)
    expect(after.detail).toMatchObject({ foreign: [name] })
    expect((await lab.get('secret', 'awsecr-cred', name))?.['data']).toEqual(own.data)
  })

  test('of the person’s own account are taken over when the profile names no registry', async () => {
    const name = fresh()
    const lab = imagesLab(await make(), {
      images: { mode: 'secret', why: 'the profile says so', registries: [] },
      source: { profile: 'dev', region: 'eu-west-1' },
    })
    await lab.apply(namespace(name), pullSecret(name, { auths: elsewhere('111122223333', 'eu-west-1') }))
    // Whose the account is nothing in the cluster tells yet.
    expect((await look(lab)).detail).toMatchObject({ foreign: [name] })
    expect(fieldsOf(await renew(lab))).toEqual([`in-place Secret awsecr-cred in ${name}`])
    expect((await renew(lab)).detail).toMatchObject({ served: 2, namespaces: 2 })
  })

  test('a new namespace gets what is good still before AWS is asked, which may say no', async () => {
    const lab = imagesLab(await make(), inRegions('eu-west-1', 'us-east-1'))
    await renew(lab)
    await lab.clock.advance(7 * hour)
    const name = fresh()
    await lab.apply(namespace(name))
    lab.aws({ identityFails: true })
    expect(await problemsOf(renew(lab))).toHaveLength(1)
    const old = authsOf(await lab.get('secret', 'awsecr-cred', 'default'))
    expect(authsOf(await lab.get('secret', 'awsecr-cred', name))).toEqual(old)
    lab.aws({ identityFails: false })
    expect((await renew(lab)).changes).toEqual([])
    expect(authsOf(await lab.get('secret', 'awsecr-cred', name))).not.toEqual(old)
  })

  test('a new namespace gets nothing that is over, and nothing of another identity', async () => {
    const lab = imagesLab(await make())
    await renew(lab)
    const name = fresh()
    await lab.apply(namespace(name))
    lab.aws({ identityFails: true })
    const other: Upkeep = { ...lab.upkeep, source: { profile: 'other' } }
    expect(await problemsOf(renew(lab, other))).toHaveLength(1)
    await lab.clock.advance(13 * hour)
    expect(await problemsOf(renew(lab))).toHaveLength(1)
    expect(await lab.get('secret', 'awsecr-cred', name)).toBeUndefined()
  })

  test('a token of an account that came in meanwhile is not written', async () => {
    const lab = imagesLab(await make(), { accounts: { allow: ['111122223333'] } })
    lab.aws({ keysAccount: '999999999999' })
    expect((await problemsOf(renew(lab))).map(({ code }) => code)).toEqual(['DK5041'])
    expect(await lab.get('secret', 'awsecr-cred', 'default')).toBeUndefined()
  })

  test('one of ours whose contents a person has changed is not written over', async () => {
    const lab = imagesLab(await make())
    await renew(lab)
    const mine = { auths: { 'registry.example': { auth: 'eA==' } } }
    const patch = JSON.stringify({ data: { '.dockerconfigjson': btoa(JSON.stringify(mine)) } })
    await lab.kubectl('patch', 'secret', 'awsecr-cred', '-n', 'default', '--type', 'merge', '-p', patch)
    const problems = await problemsOf(renew(lab))
    expect(problems.map(({ code }) => code)).toEqual(['DK5062'])
    expect(problems[0]?.detail).toMatch(
      /^awsecr-cred in default was not renewed. \.data\.\S+ of an object .* managed by "kubectl-patch"/,
    )
    expect(authsOf(await lab.get('secret', 'awsecr-cred', 'default'))).toEqual(mine.auths)
  })

  test('registry-creds is stopped first, since it would empty them', async () => {
    const lab = imagesLab(await make())
    await lab.apply(addon(1))
    const before = await look(lab)
    expect(before.changes[0]).toMatchObject({
      field: 'Deployment kube-system/registry-creds: replicas',
      from: '1',
      to: expect.stringContaining('would empty the pull secrets'),
    })
    expect((await renew(lab)).changes).toEqual([])
    const scaled = await lab.get('deployment', 'registry-creds', 'kube-system')
    expect(scaled?.['spec']).toMatchObject({ replicas: 0 })
    const first = lab.commands.find(({ changes }) => changes)
    expect(first?.args).toContain('scale')
  })

  test('no token is in an argument, an annotation or a managed field', async () => {
    const lab = imagesLab(await make())
    await renew(lab)
    const told = JSON.stringify(lab.commands)
    const live = await lab.kubectl(
      'get',
      'secret',
      'awsecr-cred',
      '-n',
      'default',
      '-o',
      'json',
      '--show-managed-fields',
    )
    const { metadata } = JSON.parse(live.stdout) as KubeObject
    for (const text of [told, JSON.stringify(metadata)]) {
      expect(text).not.toContain('canary')
      expect(text).not.toContain(btoa('AWS:canary').slice(0, 8))
    }
    expect(lab.commands.filter(({ stdin }) => stdin instanceof Secret)).toHaveLength(1)
  })
})

const account = (inNamespace: string, name: string, secrets: readonly string[] = [], labels?: object) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: inNamespace, ...(labels === undefined ? {} : { labels }) },
  ...(secrets.length === 0 ? {} : { imagePullSecrets: secrets.map((secret) => ({ name: secret })) }),
})
describe.each(subjects)('service accounts on $name', ({ make }) => {
  test('have the pull secret where no policy can add it, beside their own, and give it back', async () => {
    const [served, off] = [fresh(), fresh()]
    const lab = imagesLab(await make(), { kubernetes: 'v1.31.4' })
    await lab.apply(namespace(served), namespace(off, { 'devk8s.dev/aws': 'off' }))
    await lab.apply(
      account(served, 'bare'),
      account(served, 'own', ['mine', 'other'], { team: 'a' }),
      account(served, 'has', ['awsecr-cred']),
      account(off, 'kept-out'),
    )
    const secretsOf = async (name: string, where = served) =>
      (
        (await lab.get('serviceaccount', name, where))?.['imagePullSecrets'] as readonly {
          readonly name: string
        }[]
      )?.map((each) => each.name)
    const field = (await look(lab)).changes.map((each) => each.field).at(-1)
    expect(field).toMatch(/^imagePullSecrets of ServiceAccount .*/)
    expect(field).toContain(`${served}/bare`)
    expect(field).toContain(`${served}/own`)
    expect((await renew(lab)).changes).toEqual([])
    expect(await secretsOf('bare')).toEqual(['awsecr-cred'])
    expect(await secretsOf('own')).toEqual(['mine', 'other', 'awsecr-cred'])
    expect(await secretsOf('kept-out', off)).toBeUndefined()
    expect((await lab.get('serviceaccount', 'own', served))?.metadata.labels).toEqual({
      team: 'a',
      'devk8s.dev/pull-secret': 'awsecr-cred',
    })
    await detachAccounts(lab.upkeep.kubectl, lab.context)
    expect((await secretsOf('bare')) ?? []).toEqual([])
    expect(await secretsOf('own')).toEqual(['mine', 'other'])
    expect(await secretsOf('has')).toEqual(['awsecr-cred'])
    expect((await lab.kubectl('get', 'sa', '-A', '-l', attachedSelector, '-o', 'name')).stdout).toBe('')
  })

  test('are not looked at where policies can run', async () => {
    const lab = imagesLab(await make())
    await renew(lab)
    expect(
      lab.commands.map(({ args }) => args.join(' ')).filter((line) => /ServiceAccount/.test(line)),
    ).toEqual([])
  })
})

describe('many namespaces', () => {
  test('are served with a handful of calls', async () => {
    const lab = imagesLab(simulatedCluster())
    await lab.apply(...Array.from({ length: 260 }, (_, index) => namespace(`many-${index}`)))
    const standing = await look(lab)
    expect(standing.changes[0]?.field).toMatch(/ and 256 more$/)
    lab.commands.splice(0)
    await imagesKeeper.renew(lab.upkeep, standing, lab.context)
    expect(lab.commands.filter(({ changes }) => changes)).toHaveLength(2)
    expect((await look(lab)).detail).toMatchObject({ namespaces: 261, served: 261 })
  }, 60_000)

  test('one that goes away meanwhile is no failure', async () => {
    const cluster = simulatedCluster()
    const lab = imagesLab(cluster)
    await lab.apply(namespace('going'))
    const standing = await look(lab)
    await lab.kubectl('delete', 'namespace', 'going')
    await imagesKeeper.renew(lab.upkeep, standing, lab.context)
    expect((await look(lab)).detail).toMatchObject({ namespaces: 1, served: 1 })
    const applied = lab.commands.filter(({ changes }) => changes)
    expect(applied).toHaveLength(1)
  })
})

describe('a cluster that does not answer', () => {
  const broken = (): Cluster => ({
    ...simulatedCluster(),
    run: async () => ({
      outcome: 'exited',
      exitCode: 1,
      signal: null,
      stdout: '',
      stderr:
        'The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n',
      durationMs: 1,
    }),
  })

  test.each(['secret', 'addon'] as const)('is a problem of the look in mode %s', async (mode) => {
    const lab = imagesLab(broken(), { images: { mode, why: '', registries: [] } })
    const standing = await imagesKeeper.look(lab.upkeep, lab.context)
    expect('problem' in standing && standing.problem.code).toBe('DK4001')
    expect(
      (await problemsOf(imagesKeeper.renew(lab.upkeep, { changes: [], detail: {} }, lab.context)))[0]?.code,
    ).toBe('DK4001')
    expect(lab.asked).toEqual([])
  })
})

test('nobody knowing the region is a problem of the look, too', async () => {
  const lab = imagesLab(simulatedCluster(), { images: { mode: 'secret', why: '', registries: [] } })
  const aws = { ...lab.context.ports.aws, signInOf: async () => ({ kind: 'static' }) as const }
  const context = { ...lab.context, ports: { ...lab.context.ports, aws } }
  const standing = await imagesKeeper.look(lab.upkeep, context)
  expect('problem' in standing && standing.problem.code).toBe('DK5061')
})

test('without images in the upkeep there is nothing to do', async () => {
  const { images: _none, ...upkeep } = imagesLab(simulatedCluster()).upkeep
  const lab = imagesLab(simulatedCluster())
  expect(await imagesKeeper.look(upkeep, lab.context)).toEqual({ changes: [], detail: {} })
  await imagesKeeper.renew(upkeep, { changes: [], detail: {} }, lab.context)
  expect(lab.commands).toEqual([])
})
