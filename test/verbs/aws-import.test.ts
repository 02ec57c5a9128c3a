import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  importClusterMissing,
  importNotPermitted,
  importSourceOpen,
  notAnEksCluster,
  notImported,
} from '../../src/problems/aws-import.ts'
import { declined } from '../../src/problems/state.ts'
import { type Laptop, newLaptop } from '../fakes/session.ts'

const profileWith = (contexts: string, aws = '') => `apiVersion: devk8s.dev/v1
kind: Profile
metadata:
  name: shop
aws:
  profile: acme-dev
  region: eu-west-1
  roles: { '*': developer }
${aws}
namespaces: [payments, shop]
${contexts === '' ? '' : `contexts:\n${contexts}`}
`
const eks = (name: string, cluster: string, more = '') =>
  `  - name: ${name}\n    aliases: [${name.slice(0, 2)}]\n    eks: { cluster: ${cluster}, region: eu-west-1, awsProfile: acme-staging${more} }\n`
const kops = '  - name: legacy\n    kops: { cluster: a.example.com, stateStore: s3://acme-kops-state }\n'

async function laptopWith(contexts: string): Promise<Laptop & { readonly file: string }> {
  const laptop = await newLaptop()
  await writeFile(join(laptop.folder, 'devk8s.yaml'), profileWith(contexts))
  const file = join(laptop.home, '.local/state/devk8s/aws/associations/acme-staging.json')
  return { ...laptop, file }
}

const yes = { answers: { 'aws.import': true } } as const

describe('aws import', () => {
  test('shows what there is, asks, and keeps it for its owner alone', async () => {
    const laptop = await laptopWith(eks('staging', 'acme-staging'))
    const refused = await laptop.run('aws import --cluster staging', { answers: { 'aws.import': false } })
    expect([refused.exit, refused.problems[0]?.code]).toEqual([5, declined.code])
    await expect(stat(laptop.file)).rejects.toThrow('ENOENT')

    const done = await laptop.run('aws import', yes)
    expect(done.problems).toEqual([])
    expect(done.answer).toMatchObject({
      cluster: 'acme-staging',
      region: 'eu-west-1',
      added: ['ledger/ledger', 'payments/exports', 'payments/reports', 'shop/default'],
      removed: [],
      changed: [],
      missingNamespaces: ['ledger'],
      clusters: [],
    })
    expect(done.text).toMatch(/^EKS cluster acme-staging in eu-west-1 has 4 Pod Identity associations\./)
    expect(done.text).toContain('+  payments/exports  arn:aws:iam::210987654321:role/exports, through')
    expect(done.text).toContain('The local cluster has no namespace ledger')
    expect(JSON.parse(await readFile(laptop.file, 'utf8'))).toMatchObject({
      version: 1,
      cluster: 'acme-staging',
      region: 'eu-west-1',
      associations: [{ namespace: 'ledger' }, { targetRoleArn: expect.any(String) }, {}, {}],
    })
    expect((await stat(laptop.file)).mode & 0o777).toBe(0o600)

    const again = await laptop.run('aws import --cluster acme-staging')
    expect(again.exit).toBe(0)
    expect(again.text).toBe(
      'EKS cluster acme-staging in eu-west-1 has 4 Pod Identity associations, as they were imported before.\n',
    )
  })

  test('what has changed since, and forgetting it', async () => {
    const laptop = await laptopWith(eks('staging', 'acme-staging'))
    await laptop.run('aws import', yes)
    const kept = JSON.parse(await readFile(laptop.file, 'utf8')) as {
      associations: { namespace: string; roleArn: string; serviceAccount: string }[]
    }
    const [ledger, ...others] = kept.associations
    const old = { namespace: 'old', serviceAccount: 'old', roleArn: 'arn:aws:iam::1:role/old' }
    const changed = others.map((each) => ({ ...each, roleArn: `${each.roleArn}-before` }))
    expect(ledger?.namespace).toBe('ledger')
    await writeFile(laptop.file, JSON.stringify({ ...kept, associations: [old, ...changed.slice(1)] }))
    const done = await laptop.run('aws import', yes)
    expect(done.answer).toMatchObject({
      added: ['ledger/ledger', 'payments/exports'],
      removed: ['old/old'],
      changed: ['payments/reports', 'shop/default'],
    })
    expect(done.text).toMatch(
      /~ {2}shop\/default +arn:aws:iam::123456789012:role\/shop; it was\s+arn:\S+shop-before/,
    )

    const forgotten = await laptop.run('aws import --cluster st --remove', yes)
    expect(forgotten.answer).toMatchObject({ cluster: 'acme-staging', associations: [], added: [] })
    expect(forgotten.text).toContain('What was imported from acme-staging is forgotten.')
    await expect(stat(laptop.file)).rejects.toThrow('ENOENT')
    const gone = await laptop.run('aws import --cluster staging --remove', yes)
    expect([gone.exit, gone.problems[0]?.code]).toEqual([2, notImported.code])
  })

  test('a cluster without any: nothing is asked and nothing kept', async () => {
    const laptop = await laptopWith('')
    const done = await laptop.run('aws import --cluster acme-dev')
    expect([done.exit, done.problems]).toEqual([0, []])
    expect(done.text).toBe('EKS cluster acme-dev in eu-west-1 has no Pod Identity associations.\n')
    await expect(stat(laptop.file.replace('staging', 'dev'))).rejects.toThrow('ENOENT')
  })

  test('a cluster that has none any more is forgotten', async () => {
    const laptop = await laptopWith('')
    await laptop.run('aws import --cluster acme-staging', yes)
    const dev = laptop.file.replace('staging', 'dev')
    const kept = JSON.parse(await readFile(laptop.file, 'utf8')) as object
    await writeFile(dev, JSON.stringify({ ...kept, cluster: 'acme-dev' }))
    const done = await laptop.run('aws import --cluster acme-dev', yes)
    expect(done.answer).toMatchObject({ associations: [], removed: { length: 4 } })
    expect(done.text).toContain('no Pod Identity associations. What was imported from it is forgotten.')
    await expect(stat(dev)).rejects.toThrow('ENOENT')
    expect((await stat(laptop.file)).isFile()).toBe(true)
  })

  test('which of several is to be forgotten is asked for; what was not imported is told beside what was', async () => {
    const laptop = await laptopWith(eks('staging', 'acme-staging'))
    await laptop.run('aws import', yes)
    const kept = JSON.parse(await readFile(laptop.file, 'utf8')) as object
    await writeFile(laptop.file.replace('staging', 'dev'), JSON.stringify({ ...kept, cluster: 'acme-dev' }))
    const next = ['acme-dev', 'acme-staging'].map((name) => `devk8s aws import --cluster ${name} --remove`)
    const open = await laptop.run('aws import --remove')
    expect(open.problems[0]).toMatchObject({
      code: importSourceOpen.code,
      detail: 'Imported are acme-dev, acme-staging.',
      next,
    })
    const other = await laptop.run('aws import --remove --cluster acme-prod')
    expect(other.problems[0]).toMatchObject({
      code: notImported.code,
      detail: 'Nothing was imported from acme-prod. Imported are acme-dev, acme-staging.',
      next,
    })
  })

  test.each([
    ['the AWS profile of a context', 'staging', 'devk8s aws login --aws-profile acme-staging'],
    ['the team’s own', 'acme-prod', 'devk8s aws login'],
  ])('not signed in: %s', async (_what, named, next) => {
    const laptop = await laptopWith(eks('staging', 'acme-staging'))
    const done = await laptop.run(`aws import --cluster ${named} --yes`, { faults: ['aws=not-signed-in'] })
    expect(done.problems[0]?.next[0]).toBe(next)
  })

  test.each([
    ['lane: agent', 'devk8s up brings it into effect.'],
    ['lane: env', 'The profile shop has `aws.lane: env`, which knows no associations: no pod gets'],
  ])('what comes of it with %s', async (lane, text) => {
    const laptop = await laptopWith('')
    await writeFile(join(laptop.folder, 'devk8s.yaml'), profileWith('', `  ${lane}`))
    const done = await laptop.run('aws import --cluster acme-staging', yes)
    expect(done.text).toContain(text)
  })

  test('a profile without roles', async () => {
    const laptop = await laptopWith('')
    const text = profileWith('').replace("  roles: { '*': developer }\n", '')
    await writeFile(join(laptop.folder, 'devk8s.yaml'), text)
    const done = await laptop.run('aws import --cluster acme-staging', yes)
    expect(done.text).toContain('The profile shop has no `aws.roles`: no pod gets anything by it.')
  })

  test('a running cluster answers by it at once', async () => {
    const laptop = await laptopWith(eks('staging', 'acme-staging'))
    const up = await laptop.run('up --yes')
    expect(up.problems).toEqual([])
    const done = await laptop.run('aws import', yes)
    expect(done.answer).toMatchObject({
      clusters: [{ renewed: true, problem: null }],
      missingNamespaces: ['ledger'],
    })
    expect(done.text).toMatch(/Cluster \S+ answers by it now\.[^]*Pods that run ask the metadata service/)
    const why = await laptop.run('aws why payments-reports')
    expect(why.answer).toMatchObject({
      asking: [
        { namespace: 'payments', name: 'reports', from: 'association', cluster: 'acme-staging', given: true },
      ],
    })
    const forgotten = await laptop.run('aws import --remove')
    expect(forgotten.text).toMatch(/Cluster \S+ answers by it no more\.\n$/)
    expect(forgotten.answer).toMatchObject({ clusters: [{ renewed: true }] })
  })

  test.each([
    [
      'several contexts',
      eks('staging', 'acme-staging') + eks('dev', 'acme-dev'),
      '',
      importSourceOpen.code,
      'staging, dev',
    ],
    ['no context', '', '', importSourceOpen.code, 'no context with'],
    [
      'a context of kOps',
      kops + eks('dev', 'acme-dev'),
      ' --cluster legacy',
      notAnEksCluster.code,
      'no EKS cluster',
    ],
    [
      'a path',
      eks('staging', 'acme-staging'),
      ' --cluster ../../stagin',
      notAnEksCluster.code,
      'neither a context',
    ],
    [
      'a context for all of a kind',
      '  - name: sandbox\n    eks: { discover: true, tags: { stage: sandbox } }\n',
      ' --cluster sandbox',
      notAnEksCluster.code,
      'stands for every cluster with its tags',
    ],
    ['nothing imported', '', ' --remove', notImported.code, 'Nothing was imported from any cluster.'],
  ])('%s', async (_what, contexts, line, code, detail) => {
    const laptop = await laptopWith(contexts)
    const done = await laptop.run(`aws import${line} --yes`)
    expect([done.exit, done.problems[0]?.code]).toEqual([2, code])
    expect(done.problems[0]?.detail).toContain(detail)
  })

  test('who may not read them gets the statement; the role of a context is tried first', async () => {
    const role = ', roleArn: arn:aws:iam::123456789012:role/developer'
    for (const [contexts, into] of [
      [eks('staging', 'acme-staging'), 'a policy of the AWS profile acme-staging'],
      [eks('staging', 'acme-staging', role), 'a policy of arn:aws:iam::123456789012:role/developer'],
    ] as const) {
      const laptop = await laptopWith(contexts)
      const done = await laptop.run('aws import --yes', { faults: ['aws=denied'] })
      expect([done.exit, done.problems[0]?.code]).toEqual([4, importNotPermitted.code])
      expect(done.problems[0]?.paste?.into).toBe(into)
      expect(JSON.parse(done.problems[0]?.paste?.text ?? '')).toEqual({
        Effect: 'Allow',
        Action: ['eks:ListPodIdentityAssociations', 'eks:DescribePodIdentityAssociation'],
        Resource: [
          'arn:aws:eks:eu-west-1:*:cluster/acme-staging',
          'arn:aws:eks:eu-west-1:*:podidentityassociation/acme-staging/*',
        ],
      })
    }
  })

  test('a cluster that is not there, and the nearest', async () => {
    const laptop = await laptopWith('')
    const done = await laptop.run('aws import --cluster acme-stagin --yes', {
      faults: ['aws=no-such-cluster'],
    })
    expect([done.exit, done.problems[0]?.code]).toEqual([2, importClusterMissing.code])
    expect(done.problems[0]?.detail).toBe(
      'There is no EKS cluster acme-stagin in eu-west-1 for the AWS profile acme-dev. There are none.',
    )
  })
})
