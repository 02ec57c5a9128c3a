import { describe, expect, test } from 'vitest'
import { head, loadText } from './load-helper.ts'

const loaded = async (roles: Readonly<Record<string, unknown>>) =>
  (await loadText(`${head}aws: { roles: ${JSON.stringify(roles)} }\n`)).profile.aws?.roles

describe('what is right in aws.roles stays as it is written', () => {
  test.each([
    'payments-api',
    'team/payments-api',
    '*-admin',
    '*',
    'arn:aws:iam::123456789012:role/shop',
    'arn:aws:iam::123456789012:role/team-7/shop',
    'arn:aws-us-gov:iam::123456789012:role/*',
    'arn:aws-cn:iam::1234*',
    'arn:aws*:role/admin',
    'arn:*',
    '*:role/admin',
  ])('the role %s', async (pattern) => {
    expect(await loaded({ [pattern]: 'deny' })).toEqual({ [pattern]: 'deny' })
  })

  test.each([
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Sid: 'Read1', Effect: 'Allow', Action: ['s3:Get*', 'sts:AssumeRole'], Resource: 'arn:aws:s3:::a/${x}' },
    {
      Effect: 'Deny',
      NotAction: ['s3-object-lambda:*'],
      NotResource: ['arn:aws:s3:::b/*'],
      Condition: { StringEquals: { 'aws:RequestedRegion': ['eu-west-1'] } },
    },
  ])('a statement: %j', async (statement) => {
    const says = { assume: 'twin', policy: [statement] }
    expect(await loaded({ reports: says })).toEqual({ reports: says })
  })
})
