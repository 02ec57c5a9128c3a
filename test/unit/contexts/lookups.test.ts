import { describe, expect, test } from 'vitest'
import { lookUp, needsLookup } from '../../../src/contexts/lookups.ts'
import { contextNameOf, placeOfArn } from '../../../src/contexts/remote-cluster.ts'
import { awsAccessDenied, awsSsoSignInNeeded, kopsClusterMissing } from '../../../src/problems/aws.ts'
import { remoteClusterMissing, remoteClusterNotReady } from '../../../src/problems/contexts.ts'
import { DevK8sError, problem, type ProblemKind } from '../../../src/problems/problem.ts'
import type { RemoteContextSpec } from '../../../src/profile/profile.ts'
import { eksCluster, fakeAws, type FakeAws } from '../../fakes/team.ts'
import { problemsOf } from '../profile/load-helper.ts'

const { signal } = new AbortController()
const thrown = (kind: ProblemKind) => new DevK8sError(problem(kind, { detail: 'as planted' }))
const spec = (eks: NonNullable<RemoteContextSpec['eks']>): RemoteContextSpec => ({ name: 'dev', eks })
const role = 'arn:aws:iam::123456789012:role/developer'

/** AWS that lets nobody describe but those who have assumed a role. */
function roleOnly(aws: FakeAws, kind: ProblemKind): FakeAws {
  return {
    ...aws,
    describeCluster: async (source, stop) => {
      if (source.roleArn !== undefined) return aws.describeCluster(source, stop)
      aws.asked.push('describe refused')
      throw thrown(kind)
    },
  }
}

describe('an EKS cluster', () => {
  test('is what DescribeCluster says; account and region are those of its ARN', async () => {
    const aws = fakeAws([eksCluster('acme-dev')])
    const answer = await lookUp(spec({ cluster: 'acme-dev', awsProfile: 'acme' }), 'eu-west-1', aws, signal)
    expect(answer).toEqual({
      notes: [],
      clusters: [
        {
          server: 'https://acme-dev.gr7.eu-west-1.eks.amazonaws.com',
          caData: 'Q0E=',
          account: '123456789012',
          region: 'eu-west-1',
          arn: 'arn:aws:eks:eu-west-1:123456789012:cluster/acme-dev',
          status: 'ACTIVE',
          version: '1.35',
        },
      ],
    })
    expect(aws.asked).toEqual(['describe acme-dev acme eu-west-1'])
  })

  test('its own region wins over that of the profile', async () => {
    const aws = fakeAws([eksCluster('a')])
    await lookUp(spec({ cluster: 'a', region: 'us-east-1' }), 'eu-west-1', aws, signal)
    expect(aws.asked).toEqual(['describe a us-east-1'])
  })

  test.for(['ACTIVE', 'UPDATING'])('%s is ready', async (status) => {
    const aws = fakeAws([eksCluster('a', { status })])
    expect((await lookUp(spec({ cluster: 'a' }), 'eu-west-1', aws, signal)).clusters).toHaveLength(1)
  })

  test.for(['CREATING', 'DELETING', 'FAILED', 'PENDING'])('%s is not', async (status) => {
    const aws = fakeAws([eksCluster('a', { status })])
    const problems = await problemsOf(lookUp(spec({ cluster: 'a' }), 'eu-west-1', aws, signal))
    expect(problems).toMatchObject([
      { code: remoteClusterNotReady.code, detail: `EKS cluster "a" in eu-west-1 is ${status}.` },
    ])
  })

  test('one that is not there is said with where it was looked for', async () => {
    const looked = lookUp(spec({ cluster: 'a', awsProfile: 'acme' }), 'eu-west-1', fakeAws(), signal)
    expect(await problemsOf(looked)).toMatchObject([
      {
        code: remoteClusterMissing.code,
        detail: 'There is no EKS cluster "a" in eu-west-1 for AWS profile "acme".',
        next: ['aws eks list-clusters --region eu-west-1 --profile acme'],
      },
    ])
  })

  test('whoever may not describe it tries with the role', async () => {
    const aws = fakeAws([eksCluster('a')])
    const asked = lookUp(
      spec({ cluster: 'a', roleArn: role }),
      'eu-west-1',
      roleOnly(aws, awsAccessDenied),
      signal,
    )
    expect((await asked).clusters).toHaveLength(1)
    expect(aws.asked).toEqual(['describe refused', `describe a eu-west-1 ${role}`])
  })

  test('no role helps whoever is not signed in', async () => {
    const aws = fakeAws([eksCluster('a')])
    const asked = lookUp(
      spec({ cluster: 'a', roleArn: role }),
      'eu-west-1',
      roleOnly(aws, awsSsoSignInNeeded),
      signal,
    )
    expect(await problemsOf(asked)).toMatchObject([{ code: awsSsoSignInNeeded.code }])
    expect(aws.asked).toEqual(['describe refused'])
  })
})

test('of discovered clusters those with all the tags count', async () => {
  const tags = { team: 'acme', stage: 'dev' }
  const aws = fakeAws([
    eksCluster('a', { tags }),
    eksCluster('b', { tags: { team: 'acme' } }),
    eksCluster('c', { tags: { ...tags, more: 'x' } }),
  ])
  const answer = await lookUp(spec({ discover: true, tags }), 'eu-west-1', aws, signal)
  expect(answer.clusters.map((found) => contextNameOf(spec({ discover: true }), found))).toEqual([
    'dev-a',
    'dev-c',
  ])
})

test('a kOps cluster that the store does not have is told by the reader of the store', async () => {
  const aws = {
    ...fakeAws(),
    readText: async () => undefined,
    readObject: async () => undefined,
    readKeyset: async () => undefined,
  }
  const kops = { cluster: 'prod.acme.test', stateStore: 's3://acme-state' }
  expect(await problemsOf(lookUp({ name: 'prod', kops }, undefined, aws, signal))).toMatchObject([
    { code: kopsClusterMissing.code },
  ])
})

test('a cluster that is given by its address asks nobody', async () => {
  const given: RemoteContextSpec = {
    name: 'onprem',
    cluster: { server: 'https://k.test', proxyUrl: 'https://p.test' },
  }
  expect(needsLookup(given)).toBe(false)
  expect(await lookUp(given, undefined, fakeAws(), signal)).toEqual({
    clusters: [{ server: 'https://k.test', proxyUrl: 'https://p.test' }],
    notes: [],
  })
})

test.for([
  ['arn:aws:eks:eu-west-1:123456789012:cluster/a', { account: '123456789012', region: 'eu-west-1' }],
  ['arn:aws-cn:eks:cn-north-1:123456789012:cluster/a', { account: '123456789012', region: 'cn-north-1' }],
  ['', {}],
] as const)('the place of %s', ([arn, place]) => {
  expect(placeOfArn(arn)).toEqual(place)
})
