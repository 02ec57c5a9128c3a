import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { realHashing } from '../../../src/adapters/hash.ts'
import type { Aws } from '../../../src/ports/aws.ts'
import { NetError, type NetFault } from '../../../src/ports/net.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { awsAccessDenied, awsSessionExpired } from '../../../src/problems/aws.ts'
import { DevK8sError, problem } from '../../../src/problems/problem.ts'
import * as kinds from '../../../src/problems/registry-check.ts'
import { checkPull, type PullContext, type PullOutcome } from '../../../src/registry/pull.ts'
import { type EcrImage, parseImage } from '../../../src/registry/reference.ts'
import { manualClock } from '../../engine/manual-clock.ts'
import { noAws } from '../../fakes/nothing.ts'
import {
  denied,
  developer,
  goodToken,
  type LoopbackRegistry,
  loopbackRegistry,
} from '../../fakes/registry-server.ts'

let registry: LoopbackRegistry
beforeEach(async () => {
  registry = await loopbackRegistry()
})
afterEach(async () => registry.close())

/** Fri, 13 Nov 2026, 12:00:00 UTC. */
const now = Date.UTC(2026, 10, 13, 12)
const repository = 'arn:aws:ecr:eu-west-1:123456789012:repository/team/shop'

const aws: Aws = {
  ...noAws,
  registryToken: async ({ region }) => ({
    region,
    account: '123456789012',
    auth: Secret.of(goodToken),
    expiresAtMs: now + 12 * 3_600_000,
  }),
  callerIdentity: async () => ({ account: '123456789012', arn: developer, userId: 'AROAX:anna' }),
}

function image(reference = ':1.4', name = 'team/shop'): EcrImage {
  const parsed = parseImage(`${registry.host}/${name}${reference}`)
  if ('reason' in parsed) throw new Error(parsed.reason)
  return parsed
}

const pull = async (what = image(), change: Partial<PullContext> & { readonly aws?: Aws } = {}) => {
  const clock = manualClock({ auto: true, startMs: now })
  const ports = { aws: change.aws ?? aws, net: registry.net, clock, hashing: realHashing() }
  return checkPull(what, {
    ports,
    signal: new AbortController().signal,
    wants: { profile: 'acme-dev' },
    nodeArch: 'amd64',
    ...change,
  })
}

const layer = {
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: 'sha256:0',
  size: 1_500_000,
}

function storeImage(architecture: string): string {
  const config = registry.store({ os: 'linux', architecture, rootfs: { diff_ids: [architecture] } })
  return registry.store({ schemaVersion: 2, config: { digest: config, size: 1_000 }, layers: [layer, layer] })
}

function storeIndex(...architectures: readonly string[]): string {
  const manifests = architectures.map((architecture) => ({
    digest: storeImage(architecture),
    platform: { os: 'linux', architecture },
  }))
  const attestation = { digest: 'sha256:1', platform: { os: 'unknown', architecture: 'unknown' } }
  return registry.store({ schemaVersion: 2, manifests: [attestation, ...manifests] })
}

const codeOf = ({ problem }: PullOutcome) => problem?.code
const provedBy = ({ proved }: PullOutcome) => proved.map(({ what }) => what)

describe('an image that may be pulled', () => {
  test('is proved up to its first layer', async () => {
    const digest = storeImage('amd64')
    registry.tag('team/shop', '1.4', digest)
    const outcome = await pull()
    expect(outcome).toMatchObject({ digest, notes: [], missing: [] })
    expect(outcome.proved).toEqual([
      { what: 'token', action: 'ecr:GetAuthorizationToken', detail: 'for eu-west-1' },
      {
        what: 'manifest',
        action: 'ecr:BatchGetImage',
        detail: `${digest.slice(0, 19)}, 2 layers, 2.9 MiB`,
      },
      {
        what: 'layers',
        action: 'ecr:GetDownloadUrlForLayer',
        detail: expect.stringMatching(/^given out by 127\.0\.0\.1:\d+$/),
      },
    ])
  })

  test('by digest, with every form that ECR keeps images in', async () => {
    const digest = storeImage('amd64')
    registry.tag('team/shop', 'x', digest)
    expect(codeOf(await pull(image(`@${digest}`)))).toBeUndefined()
    expect(registry.requests[0]).toMatchObject({
      path: `/v2/team/shop/manifests/${digest}`,
      accept: expect.stringContaining('application/vnd.oci.image.index.v1+json'),
    })
  })

  test('the token is seen by the registry, and by nobody else', async () => {
    registry.tag('team/shop', '1.4', storeImage('amd64'))
    const outcome = await pull()
    expect(registry.requests.map(({ at, authorization }) => [at, authorization])).toEqual([
      ['ecr', `Basic ${goodToken}`],
      ['ecr', `Basic ${goodToken}`],
      ['s3', undefined],
    ])
    expect(JSON.stringify(outcome)).not.toContain(goodToken)
  })

  test('of an index, the part of the node', async () => {
    registry.tag('team/shop', '1.4', storeIndex('amd64', 'arm64'))
    const outcome = await pull(image(), { nodeArch: 'arm64' })
    expect(outcome.proved[1]?.detail).toContain('linux/arm64, 2 layers')
    expect(outcome.notes).toEqual([])
  })

  test.each([
    [['amd64'], 'its containers end with “exec format error” unless the node emulates amd64.'],
    [['amd64', 's390x'], 'it finds nothing to pull unless the node emulates amd64.'],
  ])('warns of an index of %j on an arm64 node', async (architectures, end) => {
    registry.tag('team/shop', '1.4', storeIndex(...architectures))
    const { notes, proved } = await pull(image(), { nodeArch: 'arm64' })
    expect(notes).toMatchObject([{ level: 'warning', text: expect.stringContaining(end) }])
    expect(proved).toHaveLength(3)
  })

  test('warns of a single image for another architecture, which only its config tells', async () => {
    registry.tag('team/shop', '1.4', storeImage('amd64'))
    const { notes } = await pull(image(), { nodeArch: 'arm64' })
    expect(notes).toMatchObject([
      { level: 'warning', text: expect.stringContaining('built for linux/amd64') },
    ])
  })

  test('warns of docker’s first schema', async () => {
    registry.tag('team/shop', '1.4', registry.store({ schemaVersion: 1, architecture: 'amd64' }))
    const outcome = await pull()
    expect(outcome.notes).toMatchObject([{ text: expect.stringContaining('first schema') }])
    expect(provedBy(outcome)).toEqual(['token', 'manifest'])
  })

  test('a registry that is busy is asked again', async () => {
    registry.tag('team/shop', '1.4', storeImage('amd64'))
    let times = 0
    registry.instead.set('manifests', () => ((times += 1) < 3 ? { status: 503, body: '' } : undefined))
    expect(provedBy(await pull())).toEqual(['token', 'manifest', 'layers'])
  })
})

describe('a permission that is missing', () => {
  beforeEach(() => registry.tag('team/shop', '1.4', storeImage('amd64')))

  test('for the token', async () => {
    const refuse: Aws = {
      ...aws,
      registryToken: async () => {
        const detail = 'The AWS profile acme-dev may not do ecr:GetAuthorizationToken on eu-west-1.'
        throw new DevK8sError(problem(awsAccessDenied, { detail, next: ['aws sts get-caller-identity'] }))
      },
    }
    const outcome = await pull(image(), { aws: refuse })
    expect(codeOf(outcome)).toBe(kinds.pullNotAllowed.code)
    expect(outcome.problem?.detail).toContain('permission set Developer')
    expect(outcome.missing).toEqual([
      {
        action: 'ecr:GetAuthorizationToken',
        where: 'identity',
        place: 'the inline policy of the permission set Developer (IAM Identity Center)',
        statement: { Sid: 'EcrToken', Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
      },
    ])
    expect(registry.requests).toEqual([])
  })

  const identity = {
    where: 'identity',
    statement: {
      Sid: 'EcrPull',
      Effect: 'Allow',
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
      Resource: repository,
    },
  }
  const ofRepository = (account: string) => ({
    where: 'repository',
    place: 'the policy of the repository team/shop in account 123456789012, eu-west-1',
    statement: {
      Sid: 'PullFromAccount',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: identity.statement.Action,
    },
  })
  const foreign = 'arn:aws:iam::210987654321:user/team/anna'

  test.each([
    ['no identity-based policy allows the ecr:BatchGetImage action', developer, [identity]],
    ['', developer, [identity]],
    [
      'no identity-based policy allows the ecr:BatchGetImage action',
      foreign,
      [identity, ofRepository('210987654321')],
    ],
    ['no resource-based policy allows the ecr:BatchGetImage action', foreign, [ofRepository('210987654321')]],
    ['no permissions boundary allows the ecr:BatchGetImage action', developer, [identity]],
  ])('for the manifest: %s, %s', async (why, principal, missing) => {
    registry.instead.set('manifests', denied('ecr:BatchGetImage', repository, why, principal))
    const outcome = await pull()
    expect(codeOf(outcome)).toBe(kinds.pullNotAllowed.code)
    expect(outcome.problem?.detail).toContain(`${principal} may not do ecr:BatchGetImage on ${repository}.`)
    expect(outcome.missing).toMatchObject(missing)
    expect(outcome.missing).toHaveLength(missing.length)
  })

  test('for layers', async () => {
    const action = 'ecr:GetDownloadUrlForLayer'
    registry.instead.set('blobs', denied(action, repository, 'no identity-based policy allows it'))
    const outcome = await pull()
    expect(codeOf(outcome)).toBe(kinds.pullNotAllowed.code)
    expect(provedBy(outcome)).toEqual(['token', 'manifest'])
    expect(outcome.missing).toMatchObject([{ action, ...identity }])
  })

  test('for the first pull through a cache', async () => {
    const action = 'ecr:BatchImportUpstreamImage'
    registry.instead.set('manifests', denied(action, repository, 'no identity-based policy allows it'))
    expect((await pull()).missing).toMatchObject([
      { action, statement: { Action: [action, 'ecr:CreateRepository'], Resource: repository } },
    ])
  })

  test.each([
    ['no session policy allows it', 'the session policy of arn:'],
    ['no permissions boundary allows it', 'the permissions boundary of arn:'],
    ['no service control policy allows it', 'a control policy of the AWS organization'],
    ['no VPC endpoint policy allows it', 'the policy of the VPC endpoint of ECR'],
  ])('because %s', async (why, place) => {
    registry.instead.set('manifests', denied('ecr:BatchGetImage', repository, why))
    expect((await pull()).missing).toMatchObject([{ place: expect.stringContaining(place) }])
  })

  test('and a Deny: no statement helps, and that is said', async () => {
    const answer = denied('ecr:BatchGetImage', repository, '')
    const body = answer.body.replace(/"}]}$/, ' with an explicit deny in a service control policy"}]}')
    registry.instead.set('manifests', { ...answer, body })
    const outcome = await pull()
    expect(outcome.missing).toEqual([])
    expect(outcome.problem?.detail).toContain('A Deny in a control policy of the AWS organization forbids it')
  })
})

describe('what is not there', () => {
  test('a repository; below a prefix it may be a cache', async () => {
    const plain = await pull(image(':1', 'shop'))
    expect(codeOf(plain)).toBe(kinds.repositoryNotFound.code)
    expect(plain.missing).toEqual([])
    expect(plain.problem?.next[0]).toBe(
      'aws ecr describe-repositories --region eu-west-1 --registry-id 123456789012 --profile acme-dev',
    )
    const nested = await pull(image(':1', 'docker-hub/library/nginx'))
    expect(nested.problem?.detail).toContain('If docker-hub/ is a pull-through cache')
    expect(nested.missing).toMatchObject([{ statement: { Sid: 'EcrPullThroughCache' } }])
  })

  test.each([
    [':1.5', 'has no 1.5.'],
    ['', 'has no latest. Without a tag, latest is meant.'],
  ])('a tag: %s', async (reference, told) => {
    registry.tag('team/shop', '1.4', storeImage('amd64'))
    const outcome = await pull(image(reference))
    expect(codeOf(outcome)).toBe(kinds.imageNotFound.code)
    expect(outcome.problem?.detail).toContain(told)
  })
})

describe('what goes wrong on the way', () => {
  beforeEach(() => registry.tag('team/shop', '1.4', storeImage('amd64')))

  test('a token of another region', async () => {
    registry.tokens.clear()
    const outcome = await pull()
    expect(codeOf(outcome)).toBe(kinds.registryTokenRefused.code)
    expect(provedBy(outcome)).toEqual(['token'])
  })

  test('a token that the registry takes for expired: the clocks are compared', async () => {
    const body = JSON.stringify({
      errors: [
        { code: 'DENIED', message: 'Your authorization token has expired. Reauthenticate and try again.' },
      ],
    })
    const date = new Date(now - 42 * 60_000).toUTCString()
    registry.instead.set('manifests', { status: 403, body, headers: { date } })
    const outcome = await pull()
    expect(codeOf(outcome)).toBe(kinds.registryTokenRefused.code)
    expect(outcome.problem?.detail).toContain('The clock of this machine is 42 min ahead of')
  })

  test.each<[NetFault, string]>([
    ['not-found', 'account 123456789012 and region eu-west-1 are part of it'],
    ['tls', 'made-up'],
  ])('no registry: %s', async (fault, told) => {
    const net = {
      ...registry.net,
      get: () => Promise.reject(new NetError(fault, `${registry.host}: made-up`)),
    }
    const ports = { aws, net, clock: manualClock({ auto: true }), hashing: realHashing() }
    const outcome = await pull(image(), { ports })
    expect(codeOf(outcome)).toBe(kinds.registryNotReached.code)
    expect(outcome.problem?.detail).toContain(told)
  })

  test('a registry that hangs up', async () => {
    registry.instead.set('manifests', 'cut')
    expect(codeOf(await pull())).toBe(kinds.registryNotReached.code)
  })

  test.each<[string, Parameters<LoopbackRegistry['instead']['set']>[1], string]>([
    ['refuses', { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }, '(403)'],
    [
      'takes the address for expired',
      { status: 403, body: '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>' },
      'for expired',
    ],
    ['hangs up', 'cut', 'socket hang up'],
  ])('S3 %s', async (_, answer, told) => {
    registry.instead.set('s3', answer)
    const outcome = await pull()
    expect(codeOf(outcome)).toBe(kinds.layersNotReached.code)
    expect(outcome.problem?.detail).toContain(told)
    expect(provedBy(outcome)).toEqual(['token', 'manifest'])
  })

  test.each([
    ['a web page', { status: 200, body: '<html>', headers: { 'content-type': 'text/html' } }, 'text/html'],
    ['nothing but 429', { status: 429, body: '' }, 'busy three times'],
    ['a teapot', { status: 418, body: 'short and stout' }, '418: short and stout'],
  ])('an answer that makes no sense: %s', async (_, answer, told) => {
    registry.instead.set('manifests', answer)
    const outcome = await pull()
    expect(codeOf(outcome)).toBe(kinds.registryAnswerUnusable.code)
    expect(outcome.problem?.detail).toContain(told)
  })

  test('another manifest than the digest says', async () => {
    const digest = storeImage('amd64')
    registry.instead.set('manifests', { status: 200, body: '{"schemaVersion":1}' })
    const outcome = await pull(image(`@${digest}`))
    expect(codeOf(outcome)).toBe(kinds.registryAnswerUnusable.code)
    expect(outcome.problem?.detail).toContain(`another manifest than ${digest}`)
  })

  test('what AWS says of a session that is over stays as it is', async () => {
    const over = new DevK8sError(problem(awsSessionExpired, { detail: 'It is over.' }))
    const expired: Aws = { ...aws, registryToken: () => Promise.reject(over) }
    await expect(pull(image(), { aws: expired })).rejects.toBe(over)
  })
})
