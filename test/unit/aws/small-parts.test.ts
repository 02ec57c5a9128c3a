import { describe, expect, test } from 'vitest'
import {
  ownSecondsOf,
  parseArn,
  roleSecondsOf,
  sessionNameOf,
  sessionSecondsOf,
  shorterSeconds,
} from '../../../src/aws/arn.ts'
import { parseProcessAnswer, programOf } from '../../../src/aws/process.ts'
import { firstRegionFor, partitionOf, serviceHost } from '../../../src/aws/regions.ts'

describe('regions', () => {
  test.each([
    ['eu-west-1', 'aws', 'eks.eu-west-1.amazonaws.com'],
    ['cn-north-1', 'aws-cn', 'eks.cn-north-1.amazonaws.com.cn'],
    ['us-gov-west-1', 'aws-us-gov', 'eks.us-gov-west-1.amazonaws.com'],
    ['us-iso-east-1', 'aws-iso', 'eks.us-iso-east-1.c2s.ic.gov'],
    ['us-isob-east-1', 'aws-iso-b', 'eks.us-isob-east-1.sc2s.sgov.gov'],
    ['eusc-de-east-1', 'aws-eusc', 'eks.eusc-de-east-1.amazonaws.eu'],
  ])('%s', (region, partition, host) => {
    expect(partitionOf(region)).toBe(partition)
    expect(serviceHost('eks', region)).toBe(host)
  })
  test.each([
    [undefined, 'us-east-1'],
    ['arn:aws:iam::123456789012:role/x', 'us-east-1'],
    ['arn:aws-cn:iam::123456789012:role/x', 'cn-north-1'],
    ['arn:aws-new:iam::123456789012:role/x', 'us-east-1'],
  ])('STS for %s', (roleArn, region) => {
    expect(firstRegionFor(roleArn)).toBe(region)
  })
})

describe('ARNs and sessions', () => {
  test('taken apart', () => {
    expect(parseArn('arn:aws:eks:eu-west-1:123456789012:cluster/acme')).toEqual({
      partition: 'aws',
      service: 'eks',
      region: 'eu-west-1',
      account: '123456789012',
      resource: 'cluster/acme',
    })
    expect(parseArn('acme')).toBeUndefined()
  })
  test.each([
    ['anna', 'devk8s-anna'],
    ['ACME\\anna b', 'devk8s-ACME-anna-b'],
    [undefined, 'devk8s'],
    ['x'.repeat(100), `devk8s-${'x'.repeat(57)}`],
  ])('the session of %s', (user, name) => {
    expect(sessionNameOf(user)).toBe(name)
  })
  test.each([
    [undefined, 900],
    [60, 900],
    [1_800, 1_800],
    [43_200, 3_600],
  ])('%s s are %i', (wanted, seconds) => {
    expect(sessionSecondsOf(wanted)).toBe(seconds)
  })
})

describe('how long what leaves may last', () => {
  test.each([
    [undefined, 3_600, 43_200],
    [60, 900, 900],
    [43_200, 43_200, 43_200],
    [1_000_000, 43_200, 129_600],
  ])('%s s are %i for a role and %i for keys', (wanted, role, own) => {
    expect(roleSecondsOf(wanted)).toBe(role)
    expect(ownSecondsOf(wanted)).toBe(own)
  })
  test.each([
    [
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
      3_600,
    ],
    ['The requested DurationSeconds exceeds the MaxSessionDuration set for this role.', 3_600],
    ['The requested name is too long', undefined],
  ])('%s', (message, seconds) => {
    expect(shorterSeconds(message, 7_200)).toBe(seconds)
    expect(shorterSeconds(message, 3_600)).toBeUndefined()
  })
})

describe('credential_process', () => {
  test.each([
    ['/usr/local/bin/aws-vault exec acme --json', 'aws-vault'],
    ['"/Applications/My Tool/granted" credential-process --token abc', 'granted'],
    [String.raw`C:\tools\vault.exe -x`, 'vault.exe'],
    ['', 'the program'],
  ])('%s', (command, program) => {
    expect(programOf(command)).toBe(program)
  })
  const now = Date.parse('2026-01-01T00:00:00Z')
  const keys = { Version: 1, AccessKeyId: 'A', SecretAccessKey: 's' }
  test('its answer', () => {
    const text = JSON.stringify({ ...keys, SessionToken: 't', Expiration: '2026-01-01T01:00:00Z' })
    expect(parseProcessAnswer(text, now)).toEqual({
      accessKeyId: 'A',
      secretAccessKey: 's',
      sessionToken: 't',
      expiresAtMs: now + 3_600_000,
    })
    expect(parseProcessAnswer(JSON.stringify(keys), now)).toEqual({ accessKeyId: 'A', secretAccessKey: 's' })
  })
  test.each([
    ['not json', 'prints what is not a JSON object'],
    ['[]', 'prints what is not a JSON object'],
    [JSON.stringify({ ...keys, Version: 2 }), 'prints no "Version": 1'],
    [JSON.stringify({ Version: 1 }), 'prints no AccessKeyId and SecretAccessKey'],
    [JSON.stringify({ ...keys, Expiration: 'soon' }), 'prints an Expiration that is not a time'],
    [
      JSON.stringify({ ...keys, Expiration: '2025-12-31T23:00:00Z' }),
      'prints credentials that ended at 2025-12-31T23:00:00.000Z',
    ],
  ])('%s', (text, reason) => {
    expect(parseProcessAnswer(text, now)).toEqual({ reason })
  })
})
