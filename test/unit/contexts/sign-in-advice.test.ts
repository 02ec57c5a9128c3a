import { expect, test } from 'vitest'
import { asContext, awsProfileOf } from '../../../src/contexts/sign-in-advice.ts'
import { awsSsoSignInNeeded } from '../../../src/problems/aws.ts'
import { fail } from '../../../src/problems/problem.ts'

const signedOut = async () =>
  fail(awsSsoSignInNeeded, { detail: 'Over.', next: ['devk8s aws login', 'aws sso login'] })

test.each([
  ['acme-prod', 'devk8s aws login --aws-profile acme-prod'],
  ['my prod', "devk8s aws login --aws-profile 'my prod'"],
  [undefined, 'devk8s aws login'],
])('who is signed out of the AWS profile %s is told to sign in with it', async (profile, command) => {
  await expect(asContext(profile, signedOut)).rejects.toMatchObject({
    problems: [{ code: awsSsoSignInNeeded.code, next: [command, 'aws sso login'] }],
  })
})

test('what is well, and a fault of ours, pass as they are', async () => {
  expect(await asContext('acme-prod', async () => 'token')).toBe('token')
  const ours = new TypeError('ours')
  await expect(asContext('acme-prod', () => Promise.reject(ours))).rejects.toBe(ours)
})

test('a context names its profile with either kind of cluster', () => {
  expect([
    awsProfileOf({ eks: { cluster: 'a', awsProfile: 'x' } }),
    awsProfileOf({ kops: { cluster: 'a', stateStore: 's3://b', awsProfile: 'y' } }),
    awsProfileOf({}),
  ]).toEqual(['x', 'y', undefined])
})
