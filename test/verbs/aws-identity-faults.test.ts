import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Problem } from '../../src/problems/problem.ts'
import { newLaptop } from '../fakes/session.ts'

const profile = `apiVersion: devk8s.dev/v1
kind: Profile
metadata: { name: shop }
aws:
  profile: acme-dev
  region: eu-west-1
  accounts: { allow: ['123456789012'], deny: ['999999999999'] }
  ecr: { mode: secret }
contexts:
  - { name: prod, protected: true, eks: { cluster: acme-prod, awsProfile: acme-prod } }
`

/** What each step says that stands in the way, of a command with a fault of AWS. */
async function faulted(line: string, fault: string) {
  const laptop = await newLaptop()
  await writeFile(join(laptop.folder, 'devk8s.yaml'), profile)
  const done = await laptop.run(line, { faults: [fault] })
  const problems = new Map<string, Problem>()
  for (const event of done.events) {
    if (event.type === 'step.finished' && event.problem !== undefined) problems.set(event.id, event.problem)
  }
  return { ...done, blockedBy: problems }
}

describe.each(['up --yes', 'plan', 'status', 'doctor'])('%s says why nobody is signed in to AWS', (line) => {
  test.each([
    ['aws=mfa', 'DK5006', ['devk8s aws login']],
    ['aws=not-signed-in', 'DK5004', ['devk8s aws login', 'aws sso login --profile acme-dev']],
    // acme-billing is not allowed, acme-prod is denied.
    ['aws=wrong-account', 'DK5040', ['devk8s aws login --aws-profile acme-staging']],
  ])('%s', async (fault, code, next) => {
    const { steps, blockedBy, exit } = await faulted(line, fault)
    // `status` says by 3 that all is not as wanted, whatever it is.
    expect([steps['aws-identity'], exit]).toEqual(['blocked', line === 'status' ? 3 : 4])
    expect(blockedBy.get('aws-identity')).toMatchObject({ code, next })
  })
})

test('a context says how to sign in with its own AWS profile', async () => {
  const { blockedBy } = await faulted('up --yes', 'aws=not-signed-in')
  expect(blockedBy.get('remote-context.prod')).toMatchObject({
    code: 'DK5004',
    next: ['devk8s aws login --aws-profile acme-prod', 'aws sso login --profile acme-prod'],
  })
})
