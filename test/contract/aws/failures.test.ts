import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { realAws } from '../../../src/adapters/aws.ts'
import type { Aws } from '../../../src/ports/aws.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { simulatedAws } from '../../../src/simulator/aws/aws.ts'
import { faultKinds } from '../../../src/simulator/faults.ts'
import type { Machine } from '../../../src/simulator/machine.ts'
import { manualClock } from '../../engine/manual-clock.ts'
import { awsHome } from '../../fakes/aws-home.ts'
import {
  type Instead,
  jsonError,
  type LoopbackAws,
  loopbackAws,
  queryError,
  targetError,
  xmlError,
} from '../../fakes/aws-server.ts'
import { simulatedWith } from '../../fakes/aws-subjects.ts'

const signal = new AbortController().signal
const profile = 'acme'
const secret = 'kQ7canary/SECRETkey0123456789abcdefABCDE'
const session = 'IQoJcanarySessionToken0123456789abcdefABCDEF'
const roleArn = 'arn:aws:iam::123456789012:role/developer'
const files = {
  config: '[profile acme]\nregion = eu-west-1\n[profile nowhere]\noutput = json\n',
  credentials: ['acme', 'nowhere', 'long']
    .map(
      (name) =>
        `[${name}]\naws_access_key_id = AKIACANARY0123456789\naws_secret_access_key = ${secret}\n${name === 'long' ? '' : `aws_session_token = ${session}\n`}`,
    )
    .join(''),
}

let server: LoopbackAws
let home: string
beforeAll(async () => {
  server = await loopbackAws()
  home = await awsHome(files)
})
afterAll(async () => server.close())
beforeEach(() => {
  server.instead.clear()
})

const open = (env: Readonly<Record<string, string>> = {}, deadlineMs = 10_000) =>
  realAws({ env: { AWS_ENDPOINT_URL: server.url, ...env }, home, deadlineMs })

const calls: Readonly<Record<string, (aws: Aws) => Promise<unknown>>> = {
  'sts:AssumeRole': async (aws) => aws.credentials({ profile, roleArn }, signal),
  'eks:DescribeCluster': async (aws) => aws.describeCluster({ profile, cluster: 'acme-dev' }, signal),
  'eks:ListClusters': async (aws) => aws.listClusters({ profile }, signal),
  'sts:GetSessionToken': async (aws) => aws.session({ profile: 'long', region: 'eu-west-1' }, signal),
  'sts:GetCallerIdentity': async (aws) => aws.callerIdentity({ profile }, signal),
  'ecr:GetAuthorizationToken': async (aws) => aws.registryToken({ profile, region: 'eu-west-1' }, signal),
  's3:GetObject': async (aws) => aws.readText({ profile, bucket: 'store', key: 'key' }, signal),
}

/** The one problem, after a look that no key of the test is in it. */
async function problemOf(call: Promise<unknown>): Promise<unknown> {
  const thrown = await call.then(
    () => undefined,
    (error: { readonly message: string; readonly problems: readonly unknown[] }) => error,
  )
  const text = JSON.stringify([thrown?.problems, thrown?.message])
  expect(
    [secret, session, 'AKIACANARY0123456789', encodeURIComponent(secret), btoa(secret)].filter((key) =>
      text.includes(key),
    ),
  ).toEqual([])
  return thrown?.problems[0]
}

const said = `bad ${secret} of AKIACANARY0123456789 with ${session}`

describe('what AWS answers', () => {
  test.each<[string, string, Instead, string]>([
    ['30', 'sts:AssumeRole', queryError(403, 'ExpiredToken', said), 'DK5008'],
    ['30', 'sts:AssumeRole', queryError(403, 'InvalidClientTokenId', said), 'DK5009'],
    ['30', 'sts:AssumeRole', queryError(403, 'SignatureDoesNotMatch', said), 'DK5010'],
    [
      '30',
      'sts:AssumeRole',
      queryError(403, 'SignatureDoesNotMatch', `Signature expired: ${said}`),
      'DK5011',
    ],
    ['30', 'sts:AssumeRole', queryError(403, 'AccessDenied', said), 'DK5013'],
    ['30', 'sts:AssumeRole', queryError(400, 'ValidationError', said), 'DK5025'],
    ['30', 'sts:GetSessionToken', queryError(403, 'InvalidClientTokenId', said), 'DK5009'],
    ['30', 'sts:GetSessionToken', queryError(403, 'AccessDenied', said), 'DK5012'],
    ['30', 'sts:GetCallerIdentity', queryError(403, 'ExpiredToken', said), 'DK5008'],
    ['66', 'ecr:GetAuthorizationToken', targetError('AccessDeniedException', said), 'DK5012'],
    ['66', 'ecr:GetAuthorizationToken', targetError('ExpiredTokenException', said), 'DK5008'],
    ['31', 'eks:DescribeCluster', jsonError(403, 'ExpiredTokenException', said), 'DK5008'],
    ['31', 'eks:DescribeCluster', jsonError(403, 'UnrecognizedClientException', said), 'DK5009'],
    ['31', 'eks:DescribeCluster', jsonError(403, 'InvalidSignatureException', said), 'DK5010'],
    [
      '31',
      'eks:DescribeCluster',
      jsonError(403, 'InvalidSignatureException', `Signature not yet current: ${said}`),
      'DK5011',
    ],
    ['31', 'eks:DescribeCluster', jsonError(403, 'AccessDeniedException', said), 'DK5012'],
    ['31', 'eks:ListClusters', jsonError(429, 'TooManyRequestsException', said), 'DK5023'],
    ['31', 'eks:ListClusters', jsonError(503, 'ServiceUnavailableException', said), 'DK5024'],
    [
      '31',
      'eks:ListClusters',
      { status: 200, headers: {}, body: `<html>Sign in to the hotel ${secret}</html>` },
      'DK5025',
    ],
    ['32', 's3:GetObject', xmlError(400, 'ExpiredToken', said), 'DK5008'],
    ['32', 's3:GetObject', xmlError(403, 'InvalidAccessKeyId', said), 'DK5009'],
    ['32', 's3:GetObject', xmlError(403, 'SignatureDoesNotMatch', said), 'DK5010'],
    ['32', 's3:GetObject', xmlError(403, 'RequestTimeTooSkewed', said), 'DK5011'],
    ['32', 's3:GetObject', xmlError(403, 'AccessDenied', said), 'DK5012'],
    ['32', 's3:GetObject', xmlError(404, 'NoSuchBucket', said), 'DK5030'],
  ])('clause %s: %s', async (_, operation, instead, code) => {
    server.instead.set(operation, instead)
    expect(await problemOf(calls[operation]?.(open()) ?? Promise.resolve())).toMatchObject({ code })
  })

  test('clause 33: a fault of AWS is tried twice', async () => {
    let times = 0
    server.instead.set('eks:ListClusters', () => {
      times += 1
      return times === 1 ? jsonError(500, 'ServerException', 'once') : undefined
    })
    expect(await open().listClusters({ profile }, signal)).toEqual([])
    expect(times).toBe(2)
  })

  test('clause 34: a bucket of another region is asked for there', async () => {
    server.objects.set('store/key', 'there')
    server.instead.set('s3:GetObject', ({ region }) =>
      region === 'eu-central-1'
        ? undefined
        : {
            ...xmlError(
              301,
              'PermanentRedirect',
              'The bucket must be addressed using the specified endpoint.',
            ),
            headers: { 'content-type': 'application/xml', 'x-amz-bucket-region': 'eu-central-1' },
          },
    )
    expect(await open().readText({ profile, bucket: 'store', key: 'key' }, signal)).toBe('there')
  })

  test('clause 35: a cluster that is being created has a status and nothing else', async () => {
    server.clusters.set('new', { arn: 'arn:new', status: 'CREATING' })
    expect(await open().describeCluster({ profile, cluster: 'new' }, signal)).toEqual({
      name: 'new',
      arn: 'arn:new',
      endpoint: '',
      certificateAuthorityData: '',
      status: 'CREATING',
      tags: {},
    })
    server.clusters.delete('new')
  })

  test('clause 36: calls after a role are signed with its credentials, in the region that was found', async () => {
    await open({ AWS_REGION: 'us-west-2' }).listClusters({ profile, roleArn }, signal)
    expect(server.requests.at(-1)).toMatchObject({ accessKeyId: 'ASIAROLE123456789012', region: 'us-west-2' })
  })

  test('clause 37: EKS needs a region', async () => {
    const call = open().describeCluster({ profile: 'nowhere', cluster: 'x' }, signal)
    expect(await problemOf(call)).toMatchObject({ code: 'DK5014' })
  })
})

describe('what the network does', () => {
  test.each(Object.keys(calls))('clause 38: %s: no answer before the deadline', async (operation) => {
    server.instead.set(operation, 'hang')
    const began = performance.now()
    expect(await problemOf(calls[operation]?.(open({}, 300)) ?? Promise.resolve())).toMatchObject({
      code: 'DK5021',
    })
    expect(performance.now() - began).toBeLessThan(3_000)
  })

  test.each(Object.keys(calls))('clause 39: %s: nobody there', async (operation) => {
    const call = calls[operation]?.(open({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })) ?? Promise.resolve()
    expect(await problemOf(call)).toMatchObject({
      code: 'DK5020',
      detail: expect.stringContaining('asked for at http://127.0.0.1:1, as AWS_ENDPOINT_URL says.'),
      evidence: [expect.stringContaining('ECONNREFUSED')],
    })
  })

  test('clause 40: a connection that is cut', async () => {
    server.instead.set('eks:ListClusters', 'cut')
    expect(await problemOf(open().listClusters({ profile }, signal))).toMatchObject({ code: 'DK5020' })
  })

  test('clause 41: a name that does not resolve', async () => {
    const aws = open({ AWS_ENDPOINT_URL: 'http://eks.devk8s.invalid' })
    expect(await problemOf(aws.listClusters({ profile }, signal))).toMatchObject({ code: 'DK5020' })
  })

  test('clause 42: the proxy of the environment is used, and its refusal is not AWS’s', async () => {
    const asked: (string | undefined)[] = []
    const proxy = createServer()
    proxy.on('connect', ({ url }, socket) => {
      asked.push(url)
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
    await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as AddressInfo
    const env = {
      AWS_ENDPOINT_URL: '',
      HTTPS_PROXY: `http://anna:${secret.replace('/', '%2F')}@127.0.0.1:${port}`,
    }
    const problem = await problemOf(open(env).listClusters({ profile }, signal))
    expect(problem).toMatchObject({
      code: 'DK5020',
      detail: expect.stringContaining(`the proxy http://127.0.0.1:${port}, as HTTPS_PROXY says.`),
      evidence: [expect.stringContaining('answered 403')],
    })
    expect(asked[0]).toBe('eks.eu-west-1.amazonaws.com:443')
    proxy.closeAllConnections()
    await new Promise((resolve) => void proxy.close(resolve))
  })

  test('clause 43: a proxy that is no address', async () => {
    const env = { AWS_ENDPOINT_URL: '', HTTPS_PROXY: 'socks5://127.0.0.1:1' }
    expect(await problemOf(open(env).listClusters({ profile }, signal))).toMatchObject({ code: 'DK5020' })
  })

  test('clause 44: a CA bundle that cannot be read', async () => {
    const call = open({ AWS_CA_BUNDLE: '/nowhere/ca.pem' }).listClusters({ profile }, signal)
    expect(await problemOf(call)).toMatchObject({ code: 'DK5022', next: ['ls -l /nowhere/ca.pem'] })
  })
})

describe('faults of a rehearsal', () => {
  const expected: Readonly<Record<string, string>> = {
    'not-signed-in': 'DK5004',
    expired: 'DK5008',
    denied: 'DK5012',
    offline: 'DK5020',
    slow: 'DK5021',
  }
  test.each(Object.entries(expected))('clause 45: %s: %s', async (value, code) => {
    const aws = simulatedWith({ name: 'aws', value })
    for (const [operation, call] of Object.entries(calls)) {
      const isRole = value === 'denied' && operation === 'sts:AssumeRole'
      expect(await problemOf(call(aws))).toMatchObject({ code: isRole ? 'DK5013' : code })
    }
  })
  test('clause 46: every fault is in the table of this test', () => {
    const values = faultKinds.find(({ name }) => name === 'aws')?.values ?? {}
    const others = ['no-such-cluster', 'wrong-account', 'ecr-denied', 'mfa', 'may-push']
    expect(Object.keys(values).toSorted()).toEqual([...Object.keys(expected), ...others].toSorted())
  })
  test('clause 47: the simulated clusters are made up from what was asked, and always the same', async () => {
    const [a, b] = await Promise.all([
      simulatedWith().describeCluster({ profile, cluster: 'x', region: 'cn-north-1' }, signal),
      simulatedWith().describeCluster({ profile, cluster: 'x', region: 'cn-north-1' }, signal),
    ])
    expect(a).toEqual(b)
    expect(a?.arn).toMatch(/^arn:aws-cn:eks:cn-north-1:[1-9]\d{11}:cluster\/x$/)
    expect(a?.endpoint).toMatch(/^https:\/\/[0-9A-F]{32}\.gr7\.cn-north-1\.eks\.amazonaws\.com\.cn$/)
    const ofRole = await simulatedWith().describeCluster({ profile, cluster: 'x', roleArn }, signal)
    expect(ofRole?.arn).toBe('arn:aws:eks:eu-west-1:123456789012:cluster/x')
    const others = await simulatedWith().describeCluster({ profile: 'other', cluster: 'x' }, signal)
    expect(others?.arn).not.toBe(a?.arn)
  })

  test('clause 70: the person’s profiles are those of the example, with its accounts', async () => {
    const aws = simulatedWith()
    const names = (await aws.profiles()).map(({ name }) => name)
    expect(names).toEqual(['acme-billing', 'acme-dev', 'acme-prod', 'acme-staging'])
    const account = async (name: string) => (await aws.callerIdentity({ profile: name }, signal)).account
    const example = readFileSync(join(import.meta.dirname, '../../../profiles/acme.yaml'), 'utf8')
    const { allow, deny } = parse(example).aws.accounts
    expect(allow).toEqual(expect.arrayContaining([await account('acme-dev'), await account('acme-billing')]))
    expect(deny).toEqual([await account('acme-prod')])
    expect(await aws.signInOf({ profile: 'acme-dev' })).toMatchObject({ kind: 'sso', region: 'eu-west-1' })
  })

  test('clause 71: sessions are new ones each time, and end by the simulated clock', async () => {
    const clock = manualClock({ auto: true, startMs: 0 })
    const aws = simulatedAws({ clock, speed: 1, faults: [] } as unknown as Machine)
    const first = await aws.session({ profile }, signal)
    expect(first.expiresAtMs).toBe(clock.now() + 3_600_000)
    await clock.sleep(3_600_000)
    const second = await aws.session({ profile }, signal)
    expect(second.accessKeyId).not.toBe(first.accessKeyId)
    const token = await aws.registryToken({ profile, region: 'eu-west-1' }, signal)
    expect(token.expiresAtMs).toBe(clock.now() + 12 * 3_600_000)
  })

  test.each(['not-signed-in', 'expired'])('clause 72: a sign-in mends %s', async (value) => {
    const aws = simulatedWith({ name: 'aws', value })
    await expect(aws.session({ profile }, signal)).rejects.toBeDefined()
    const start = { startUrl: 'https://acme.awsapps.example/start', region: 'eu-west-1' }
    const signIn = await aws.startDeviceSignIn(start, signal)
    expect(signIn.userCode).toMatch(/^[A-Z]{4}-[A-Z]{4}$/)
    expect(signIn.address).toContain(signIn.userCode)
    await signIn.finish(signal)
    expect(await aws.session({ profile }, signal)).toBeDefined()
  })

  test('clause 73: the faults of single calls', async () => {
    const repositoryArn = 'arn:aws:ecr:eu-west-1:123456789012:repository/app'
    const source = { profile: 'acme-dev', region: 'eu-west-1' }
    const faulty = (value: string) => simulatedWith({ name: 'aws', value })
    expect((await faulty('wrong-account').callerIdentity(source, signal)).account).toBe('999999999999')
    expect(await problemOf(faulty('ecr-denied').registryToken(source, signal))).toMatchObject({
      code: 'DK5012',
      next: ['devk8s guard policy', expect.any(String)],
    })
    expect(await faulty('ecr-denied').session(source, signal)).toBeDefined()
    expect(await faulty('mfa').signInOf(source)).toMatchObject({
      kind: 'static',
      mfaSerial: expect.any(String),
    })
    expect(await problemOf(faulty('mfa').session(source, signal))).toMatchObject({ code: 'DK5006' })
    const typing = (code: string) => {
      const machine = {
        clock: manualClock({ auto: true, startMs: 0 }),
        speed: 1,
        faults: [{ name: 'aws', value: 'mfa' }],
      }
      return simulatedAws(machine as unknown as Machine, { askCode: async () => Secret.of(code) })
    }
    expect(await typing('123456').session(source, signal)).toBeDefined()
    expect(await problemOf(typing('12').session(source, signal))).toMatchObject({ code: 'DK5015' })
    expect(await faulty('mfa').callerIdentity(source, signal)).toBeDefined()
    expect(await faulty('may-push').canPush({ ...source, repositoryArn }, signal)).toBe('allowed')
    expect(await faulty('denied').canPush({ ...source, repositoryArn }, signal)).toBe('unknown')
    expect(await simulatedWith().canPush({ ...source, repositoryArn }, signal)).toBe('denied')
  })
})
