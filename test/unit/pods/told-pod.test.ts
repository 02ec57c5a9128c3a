import { describe, expect, test } from 'vitest'
import { type ImagesLab, simulatedCluster } from '../../fakes/images-lab.ts'
import { policiesKeeper } from '../../../src/pods/policies-keeper.ts'
import { podsKeeper } from '../../../src/pods/pods-keeper.ts'
import { podSurvey } from '../../../src/pods/pod-survey.ts'
import { toldPod, toldRows } from '../../../src/pods/told-pod.ts'
import { renderTable } from '../../../src/verbs/table.ts'
import { account, podsLab, podsUpkeep } from './lab.ts'

const pods = { ...podsUpkeep, roles: { admin: 'deny', reader: 'assume' } }
const empty = { changes: [], detail: {} }

interface PodOf {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly namespace?: string
  readonly spec?: object
  readonly containers?: readonly object[]
}

const pod = ({ labels, annotations, namespace = 'shop', spec, containers }: PodOf) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'api-1', namespace, ...(labels && { labels }), ...(annotations && { annotations }) },
  spec: { containers: containers ?? [{ name: 'app', image: 'nginx' }], ...spec },
})

async function newLab(kubernetes = 'v1.36.2', isKept = true): Promise<ImagesLab> {
  const lab = await podsLab(simulatedCluster(kubernetes), { pods })
  await lab.apply(account('api', 'shop', 'arn:aws:iam::111122223333:role/reader'))
  if (isKept) await keep(lab)
  return lab
}

async function keep(lab: ImagesLab): Promise<void> {
  await policiesKeeper.renew(lab.upkeep, empty, lab.context)
  await podsKeeper.renew(lab.upkeep, empty, lab.context, { all: true })
  lab.forget()
}

async function told(lab: ImagesLab, namespace = 'shop') {
  const survey = await podSurvey(lab.upkeep, { namespace, name: 'api-1' }, lab.context)
  const nowMs = lab.clock.now()
  const answer = toldPod(survey, lab.upkeep, nowMs, 'local')
  const rows = toldRows(survey, answer, lab.upkeep, nowMs)
  return {
    ...answer,
    text: renderTable(rows, 80),
    row: Object.fromEntries(rows) as Readonly<Record<string, string>>,
  }
}

describe('what a pod gets, and why', () => {
  test('by the role of its service account', async () => {
    const lab = await newLab()
    await lab.apply(pod({ spec: { serviceAccountName: 'api' } }))
    const { text, next, warnings } = await told(lab)
    expect(text.replaceAll(/\d\d:\d\d/g, 'HH:MM')).toMatchInlineSnapshot(`
      "role        arn:aws:iam::111122223333:role/reader, by eks.amazonaws.com/role-arn
                  on service account shop/api; the profile says assume
      gets        keys in environment variables, for the role of its service account
      as          you (profile dev, account 111122223333): every pod has your own
                  session here, not its role
      containers  app
      until       HH:MM (12 h)
      region      eu-north-1
      "
    `)
    expect([next, warnings]).toEqual([[], []])
  })

  test('nothing asks', async () => {
    const lab = await newLab()
    await lab.apply(pod({}))
    expect((await told(lab)).text).toMatchInlineSnapshot(`
      "role  none
      gets  nothing: neither it nor its service account asks for a role; the label
            devk8s.dev/aws=on gives keys to a pod without one
      "
    `)
  })

  test.each([
    [
      'of a denied role',
      { annotations: { 'iam.amazonaws.com/role': 'admin' } },
      'the profile denies this role',
    ],
    ['labelled off', { labels: { 'devk8s.dev/aws': 'off' } }, 'it has the label devk8s.dev/aws=off'],
    [
      'with EKS’s label',
      { labels: { 'eks.amazonaws.com/skip-pod-identity-webhook': '' } },
      'it has EKS’s label eks.amazonaws.com/skip-pod-identity-webhook',
    ],
    ['for Windows', { spec: { os: { name: 'windows' } } }, 'it is for Windows'],
    ['of Kubernetes', { namespace: 'kube-system' }, 'its namespace is one of Kubernetes itself'],
  ])('one %s', async (_which, wants, why) => {
    const lab = await newLab()
    await lab.apply(pod(wants))
    const { row, next } = await told(lab, 'namespace' in wants ? wants.namespace : 'shop')
    expect([row['gets'], next]).toEqual([`nothing: ${why}`, []])
  })

  test('containers that are left alone, and those with a region of their own', async () => {
    const lab = await newLab()
    const containers = [
      { name: 'app', image: 'nginx', env: [{ name: 'AWS_REGION', value: 'us-east-1' }] },
      { name: 'own', image: 'nginx', env: [{ name: 'AWS_PROFILE', value: 'x' }] },
      { name: 'proxy', image: 'nginx' },
    ]
    const annotations = { 'iam.amazonaws.com/role': 'writer', 'eks.amazonaws.com/skip-containers': 'proxy' }
    await lab.apply(pod({ annotations, containers }))
    const { row } = await told(lab)
    expect(row['role']).toBe('writer, by the pod’s annotation iam.amazonaws.com/role')
    expect(row['containers']).toBe(
      'app; not own, which sets AWS_PROFILE itself; not proxy, by eks.amazonaws.com/skip-containers',
    )
    expect(row['region']).toBe('eu-north-1; app sets its own')
  })

  const mine = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'mine', namespace: 'shop' },
    data: { AWS_ACCESS_KEY_ID: btoa('AKIACANARY') },
  }
  const takesMine = [{ name: 'app', image: 'nginx', envFrom: [{ secretRef: { name: 'mine' } }] }]

  test('keys of its own from a Secret are left alone, and no value of it is read', async () => {
    const lab = await newLab()
    await lab.apply(mine)
    await policiesKeeper.renew(lab.upkeep, empty, lab.context)
    lab.commands.length = 0
    const containers = [...takesMine, { name: 'b', image: 'nginx' }]
    await lab.apply(pod({ labels: { 'devk8s.dev/aws': 'on' }, containers }))
    const answer = await told(lab)
    expect(answer.row['containers']).toBe('b; not app, which takes AWS_ACCESS_KEY_ID from Secret mine')
    expect([answer.warnings, answer.next]).toEqual([[], []])
    expect(lab.commands.filter(({ args }) => args.join(' ').includes('mine'))).toEqual([])
  })

  test('a Secret with keys that is newer than the policy: both are mixed, which is said', async () => {
    const lab = await newLab()
    await lab.apply(mine)
    await lab.apply(pod({ labels: { 'devk8s.dev/aws': 'on' }, containers: takesMine }))
    const answer = await told(lab)
    expect(answer.warnings).toEqual([
      'Container app takes AWS_ACCESS_KEY_ID from Secret mine besides the keys of devk8s: it has a mixture of both, which AWS may refuse.',
      'The policy does not know yet that Secret mine brings AWS keys; devk8s aws refresh tells it.',
    ])
    expect(answer.next).toEqual(['devk8s aws refresh'])
    expect(JSON.stringify(answer)).not.toContain('CANARY')
  })

  test('files of its own', async () => {
    const lab = await newLab()
    const volumeMounts = [{ name: 'aws', mountPath: '/root/.aws' }]
    const spec = { volumes: [{ name: 'aws', secret: { secretName: 's' } }] }
    const containers = [{ name: 'app', image: 'nginx', volumeMounts }]
    await lab.apply(pod({ labels: { 'devk8s.dev/aws': 'on' }, containers, spec }))
    const { row, warnings } = await told(lab)
    expect(row['containers']).toBe('not app, which has files of its own at /root/.aws')
    expect(warnings).toEqual(['All of its containers are left alone.'])
  })
})

describe('a pod that should have keys and has none', () => {
  test('was made before the policy', async () => {
    const lab = await newLab('v1.36.2', false)
    await lab.apply(pod({ spec: { serviceAccountName: 'api' } }))
    expect((await told(lab)).warnings).toEqual([
      'Namespace shop has no keys yet: devk8s aws refresh writes them.',
      'The policy that gives keys is not in the cluster.',
    ])
    await keep(lab)
    const { row, warnings, next } = await told(lab)
    expect(row['gets']).toBe('nothing now; made anew it would get keys for the role of its service account')
    expect(warnings).toEqual([
      'It was made before the policy was in effect, or its template was not what it is now.',
    ])
    expect(next).toEqual(['devk8s up'])
  })

  test('has a service account whose role is newer than the policy', async () => {
    const lab = await newLab()
    await lab.apply(account('late', 'shop', 'writer'), pod({ spec: { serviceAccountName: 'late' } }))
    const { warnings, next } = await told(lab)
    expect(warnings).toEqual(['The policy does not know yet that service account shop/late has a role.'])
    expect(next).toEqual(['devk8s up'])
  })

  test('is in a cluster without policies', async () => {
    const lab = await newLab('v1.31.2')
    await lab.apply(pod({ spec: { serviceAccountName: 'api' } }))
    const { warnings, next } = await told(lab)
    expect(warnings).toEqual(['This cluster has no admission policies, so nothing gave it keys.'])
    expect(next).toEqual([])
  })

  test('is in a namespace without keys', async () => {
    const lab = await newLab()
    await lab.apply(
      account('default', 'other'),
      pod({ namespace: 'other', labels: { 'devk8s.dev/aws': 'on' } }),
    )
    const { warnings, next, row } = await told(lab, 'other')
    expect(warnings).toEqual([
      'Namespace other has no keys, for it is not in the profile: add it under `namespaces` and run devk8s up.',
    ])
    expect([next, row['until']]).toEqual([['devk8s up'], 'its namespace has no keys'])
  })

  test('all of its containers bring their own', async () => {
    const lab = await newLab()
    const containers = [{ name: 'app', image: 'nginx', env: [{ name: 'AWS_PROFILE', value: 'x' }] }]
    await lab.apply(pod({ labels: { 'devk8s.dev/aws': 'on' }, containers }))
    const { warnings, next } = await told(lab)
    expect([warnings, next]).toEqual([['All of its containers are left alone.'], []])
  })
})
