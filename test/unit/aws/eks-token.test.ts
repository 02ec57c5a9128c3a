import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { realHashing } from '../../../src/adapters/hash.ts'
import { eksToken } from '../../../src/aws/eks-token.ts'
import type { AwsCredentials } from '../../../src/ports/aws.ts'
import { Secret } from '../../../src/ports/secret.ts'

const decoded = (...parts: readonly string[]) => Buffer.from(parts.join(''), 'base64').toString()

/** The keys of aws-iam-authenticator's own test, in pieces: they were never anybody's, but look as if. */
const golden = {
  accessKeyId: decoded('QVNJQVIyVEc0', 'NFY2QVMzWlpFN0M='),
  secretAccessKey: Secret.of(decoded('NEtENWNudEdjVm1MV1Jk', 'RjV3dk5SdXpOTDVReG1w', 'Nk9LVlk2RnovUQ==')),
} satisfies AwsCredentials

const made = {
  accessKeyId: ['AKID', 'EXAMPLE'].join(''),
  secretAccessKey: Secret.of('a/secret+key'),
} satisfies AwsCredentials

const atMs = 1_682_640_000_000

function tokenOf(credentials: AwsCredentials, cluster: string, region: string, nowMs = atMs): string {
  return Secret.reveal(eksToken(credentials, { cluster, region, nowMs }, realHashing()))
}

function urlIn(token: string): string {
  return Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString()
}

test('the token is the published one of aws-iam-authenticator', () => {
  const url = new URL(urlIn(tokenOf(golden, 'test-cluster', 'us-west-2')))
  expect(url.searchParams.get('X-Amz-Date')).toBe('20230428T000000Z')
  expect(url.searchParams.get('X-Amz-Signature')).toBe(
    'e211dba77aba9dc44b0b6be38b8eaad092599c5157f6314444c5b9d85747f5ce',
  )
})

test.for([
  ['eu-west-1', 'sts.eu-west-1.amazonaws.com'],
  ['us-east-1', 'sts.us-east-1.amazonaws.com'],
  ['us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
  ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
  ['us-iso-east-1', 'sts.us-iso-east-1.c2s.ic.gov'],
  ['eusc-de-east-1', 'sts.eusc-de-east-1.amazonaws.eu'],
] as const)('in %s the host is %s', ([region, host]) => {
  expect(new URL(urlIn(tokenOf(golden, 'c', region))).host).toBe(host)
})

test('a session token is in the query and changes the signature', () => {
  const plain = new URL(urlIn(tokenOf(made, 'c', 'eu-west-1')))
  const url = new URL(urlIn(tokenOf({ ...made, sessionToken: Secret.of("t/+=!'()*") }, 'c', 'eu-west-1')))
  expect(url.searchParams.get('X-Amz-Security-Token')).toBe("t/+=!'()*")
  expect(url.search).toContain('Token=t%2F%2B%3D%21%27%28%29%2A&')
  expect(url.searchParams.get('X-Amz-Signature')).not.toBe(plain.searchParams.get('X-Amz-Signature'))
})

// facts kubeconfig, 8: what aws-iam-authenticator and EKS check before they ask STS.
const allowed = new Set([
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
])

test('what the server checks of a token holds for any', () => {
  const word = fc.stringMatching(/^[0-9A-Za-z][\w-]{0,99}$/)
  const secret = fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme-ascii' })
  fc.assert(
    fc.property(
      word,
      fc.constantFrom('eu-west-1', 'ap-southeast-4', 'us-gov-east-1', 'cn-northwest-1'),
      secret,
      fc.option(fc.base64String({ minLength: 4, maxLength: 1_600 }), { nil: undefined }),
      fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2090, 0) }),
      (cluster, region, key, session, nowMs) => {
        const credentials = {
          accessKeyId: ['ASIA', 'X'.repeat(16)].join(''),
          secretAccessKey: Secret.of(key),
          ...(session === undefined ? {} : { sessionToken: Secret.of(session) }),
        }
        const token = tokenOf(credentials, cluster, region, nowMs)
        expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/)
        const text = urlIn(token)
        expect(text.length).toBeLessThanOrEqual(4096)
        const url = new URL(text)
        expect([url.protocol, url.pathname, url.port, url.hash]).toEqual(['https:', '/', '', ''])
        expect(url.host).toMatch(new RegExp(String.raw`^sts\.${region}\.amazonaws\.com(\.cn)?$`))
        const names = [...url.searchParams.keys()].map((name) => name.toLowerCase())
        expect(names.filter((name) => !allowed.has(name))).toEqual([])
        expect(new Set(names).size).toBe(names.length)
        expect(Number(url.searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(900)
        expect(url.searchParams.get('X-Amz-SignedHeaders')?.split(';')).toContain('x-k8s-aws-id')
        expect(url.searchParams.get('X-Amz-Date')).toMatch(/^\d{8}T\d{6}Z$/)
        expect(text).not.toContain(encodeURIComponent(`AWS4${key}`))
      },
    ),
    { seed: 4, numRuns: 200 },
  )
})

test('one cluster’s token is none of another’s', () => {
  const signatures = ['a', 'b', 'a-b'].map((cluster) =>
    new URL(urlIn(tokenOf(golden, cluster, 'eu-west-1'))).searchParams.get('X-Amz-Signature'),
  )
  expect(new Set(signatures).size).toBe(3)
})

// Only where a person has the CLI; the published vector above holds everywhere.
const cli = spawnSync('aws', ['--version'], { encoding: 'utf8' })
const hasCli = cli.status === 0
const why = hasCli ? '' : ' (skipped: no `aws` on PATH)'

describe(`beside the AWS CLI${why}`, () => {
  test.skipIf(!hasCli).for([
    ['eu-west-1', undefined, '--cluster-name'],
    ['us-gov-west-1', 't/+=~ok', '--cluster-name'],
    ['cn-north-1', 'ab==', '--cluster-name'],
    ['us-east-1', undefined, '--cluster-id'],
  ] as const)(
    'the same token to the byte: %s, session token %s, %s',
    { timeout: 60_000 },
    ([region, session, flag]) => {
      const credentials = session === undefined ? made : { ...made, sessionToken: Secret.of(session) }
      const ran = spawnSync(
        'aws',
        ['eks', 'get-token', flag, 'acme-dev', '--region', region, '--output', 'json'],
        {
          encoding: 'utf8',
          env: {
            PATH: process.env['PATH'],
            HOME: '/nonexistent',
            AWS_ACCESS_KEY_ID: made.accessKeyId,
            AWS_SECRET_ACCESS_KEY: Secret.reveal(made.secretAccessKey),
            ...(session === undefined ? {} : { AWS_SESSION_TOKEN: session }),
            AWS_EC2_METADATA_DISABLED: 'true',
          },
        },
      )
      const theirs = (JSON.parse(ran.stdout) as { status: { token: string } }).status.token
      const date = new URL(urlIn(theirs)).searchParams.get('X-Amz-Date') ?? ''
      const [, year, month, day, hour, minute, second] =
        /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
      const nowMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
      expect(tokenOf(credentials, 'acme-dev', region, nowMs)).toBe(theirs)
    },
  )
})
