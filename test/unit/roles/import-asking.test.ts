import { describe, expect, test } from 'vitest'
import { signInNeeded } from '../../../src/aws/advice.ts'
import type { Aws } from '../../../src/ports/aws.ts'
import { awsAccessDenied } from '../../../src/problems/aws.ts'
import { importClusterMissing, importNotPermitted } from '../../../src/problems/aws-import.ts'
import { DevK8sError, problem } from '../../../src/problems/problem.ts'
import { askedOfEks } from '../../../src/roles/import-asking.ts'
import { associationChanges } from '../../../src/roles/import-difference.ts'
import { noAws } from '../../fakes/nothing.ts'

const { signal } = new AbortController()
const wanted = { cluster: 'acme-stagin', source: { profile: 'acme', region: 'cn-north-1' } }
const denied = () => new DevK8sError(problem(awsAccessDenied, { detail: 'It may not.' }))
const problemOf = async (aws: Partial<Aws>, more = {}) =>
  askedOfEks({ ...wanted, ...more }, { ...noAws, ...aws }, signal).then(
    (found) => found,
    (error: DevK8sError) => error.problems[0],
  )

describe('asking EKS for its associations', () => {
  test('a cluster that is not there: the nearest of those that are', async () => {
    const podIdentityAssociations = async () => undefined
    const found = await problemOf({
      podIdentityAssociations,
      listClusters: async () => ['acme-prod', 'acme-staging'],
    })
    expect(found).toMatchObject({
      code: importClusterMissing.code,
      detail:
        'There is no EKS cluster acme-stagin in cn-north-1 for the AWS profile acme. There are: acme-prod, acme-staging.',
      next: ['devk8s aws import --cluster acme-staging'],
    })
    const context = await problemOf(
      { podIdentityAssociations, listClusters: async () => ['acme-staging'] },
      { cluster: 'stag', contexts: ['dev', 'stage'] },
    )
    expect(context).toMatchObject({ next: ['devk8s aws import --cluster stage'] })
    const blind = await problemOf({
      podIdentityAssociations,
      listClusters: async () => Promise.reject(denied()),
    })
    expect(blind).toMatchObject({
      detail: expect.not.stringContaining('There are'),
      next: ['aws eks list-clusters --profile acme --region cn-north-1'],
    })
  })

  test('the role of a context is tried where the person may not ask, and what neither may is told', async () => {
    const asked: (string | undefined)[] = []
    const roleArn = 'arn:aws-cn:iam::111122223333:role/eks'
    const found = await problemOf(
      {
        podIdentityAssociations: async (source) => {
          asked.push(source.roleArn)
          if (source.roleArn === undefined) throw denied()
          return []
        },
      },
      { roleArn },
    )
    expect([found, asked]).toEqual([[], [undefined, roleArn]])
    const refused = await problemOf({
      podIdentityAssociations: async () => Promise.reject(denied()),
      callerIdentity: async () => ({ account: '111122223333', arn: 'a', userId: 'u' }),
    })
    expect(refused).toMatchObject({ code: importNotPermitted.code, detail: 'It may not.' })
    expect(JSON.stringify(refused)).toContain(
      'arn:aws-cn:eks:cn-north-1:111122223333:podidentityassociation/acme-stagin/*',
    )
  })

  test('the way to sign in is that of the context', async () => {
    const podIdentityAssociations = async () =>
      Promise.reject(new DevK8sError(signInNeeded('sso', 'acme-staging', 'over')))
    const own = await problemOf({ podIdentityAssociations })
    expect(own).toMatchObject({ next: ['devk8s aws login', expect.any(String)] })
    const context = await problemOf({ podIdentityAssociations }, { awsProfile: 'acme-staging' })
    expect(context).toMatchObject({
      next: ['devk8s aws login --aws-profile acme-staging', expect.any(String)],
    })
  })

  test('what fails otherwise is told as it is', async () => {
    const broken = async () =>
      askedOfEks(
        wanted,
        { ...noAws, podIdentityAssociations: async () => Promise.reject(new Error('x')) },
        signal,
      )
    await expect(broken()).rejects.toThrow('x')
  })
})

describe('what an import changes', () => {
  const one = { namespace: 'a', serviceAccount: 'b', roleArn: 'r' }
  test.each([
    ['nothing', [one], [one], []],
    ['a new one', [], [one], [{ is: 'added', association: one }]],
    ['one that went', [one], [], [{ is: 'removed', association: one }]],
    [
      'another role',
      [one],
      [{ ...one, targetRoleArn: 't' }],
      [{ is: 'changed', association: { ...one, targetRoleArn: 't' }, before: one }],
    ],
  ])('%s', (_what, before, now, changes) => {
    expect(associationChanges(before, now)).toEqual(changes)
  })
})
