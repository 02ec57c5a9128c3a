import { expect, test } from 'vitest'
import { pushActions } from '../../../src/registry/actions.ts'
import { sessionWantsOf } from '../../../src/upkeep/session-wants.ts'

const roleArn = 'arn:aws:iam::111122223333:role/developer'

test('a role goes into the cluster without pushing, under a name that CloudTrail tells', () => {
  const wants = sessionWantsOf({ source: { profile: 'acme', roleArn } }, 'anna müller')
  expect(wants).toMatchObject({
    profile: 'acme',
    roleArn,
    sessionName: 'devk8s-anna-m-ller',
    sessionSeconds: 3600,
  })
  expect(JSON.parse(wants.policy ?? '')).toEqual({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: pushActions, Resource: '*' },
    ],
  })
  // STS takes 2,048 characters.
  expect(wants.policy?.length).toBeLessThan(2_048)
  expect(pushActions).toContain('ecr:PutImage')
})

test('other sessions can have no policy', () => {
  const source = { profile: 'acme', region: 'eu-west-1' }
  expect(sessionWantsOf({ source }, 'anna')).toEqual(source)
})
