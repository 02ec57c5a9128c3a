import { describe, expect, test } from 'vitest'
import { imagePushActions, pullActions, pushActions, tokenAction } from '../../../src/registry/actions.ts'
import { pushWaysIn } from '../../../src/registry/docker-config.ts'
import { parseManifest, platformIn } from '../../../src/registry/manifest.ts'
import { ciPushPolicy, ciRolePlaceholder, pullOnlyPolicies } from '../../../src/registry/policies.ts'
import { principalOf } from '../../../src/registry/principal.ts'
import { parseRefusal } from '../../../src/registry/refusal.ts'
import { sessionWantsOf } from '../../../src/upkeep/session-wants.ts'

/** Service authorization reference, Amazon ECR and ECR Public: Write, Permissions management, Tagging. */
const ecrWrites = [
  ...[
    'BatchDeleteImage CompleteLayerUpload CreatePullThroughCacheRule CreateRepository CreateRepositoryCreationTemplate',
    'DeleteLifecyclePolicy DeletePullThroughCacheRule DeleteRegistryPolicy DeleteRepository DeleteRepositoryCreationTemplate',
    'DeleteRepositoryPolicy InitiateLayerUpload PutAccountSetting PutImage PutImageScanningConfiguration PutImageTagMutability',
    'PutLifecyclePolicy PutRegistryPolicy PutRegistryScanningConfiguration PutReplicationConfiguration ReplicateImage',
    'SetRepositoryPolicy TagResource UntagResource UpdatePullThroughCacheRule UpdateRepositoryCreationTemplate UploadLayerPart',
  ]
    .flatMap((line) => line.split(' '))
    .map((action) => `ecr:${action}`),
  ...[
    'BatchDeleteImage CompleteLayerUpload CreateRepository DeleteRepository DeleteRepositoryPolicy InitiateLayerUpload PutImage',
    'PutRegistryCatalogData PutRepositoryCatalogData SetRepositoryPolicy TagResource UntagResource UploadLayerPart',
  ]
    .flatMap((line) => line.split(' '))
    .map((action) => `ecr-public:${action}`),
]

describe('actions', () => {
  test('a session that is denied every push may still pull', () => {
    expect([tokenAction, ...pullActions].filter((action) => pushActions.includes(action))).toEqual([])
  })

  test('every action by which something can be put into a registry or its rules changed is denied', () => {
    const matches = (action: string) =>
      pushActions.some((each) => new RegExp(`^${each.replaceAll('*', '.*')}$`).test(action))
    expect(ecrWrites.filter((action) => !matches(action))).toEqual([])
    expect([tokenAction, ...pullActions].filter(matches)).toEqual([])
    // A session policy may have 2,048 characters, most of them the team's (STS API reference, AssumeRole).
    expect(JSON.stringify(pushActions).length).toBeLessThan(700)
  })

  test('all that changes a repository is said once, and sessions are denied all of it', () => {
    const policy = sessionWantsOf({ source: { roleArn: 'arn:aws:iam::123456789012:role/dev' } }).policy ?? ''
    const denied = JSON.parse(policy).Statement[1].Action as readonly string[]
    expect(imagePushActions.filter((action) => !denied.includes(action))).toEqual([])
    expect(new Set(denied).size).toBe(denied.length)
  })
})

describe('policies', () => {
  test('of a pull, one for each partition', () => {
    const policies = pullOnlyPolicies([
      { account: '123456789012', regions: ['eu-west-1', 'us-east-1'] },
      { account: '210987654321', regions: ['cn-north-1'] },
    ])
    expect(policies.map(({ Statement }) => Statement.map(({ Resource }) => Resource))).toEqual([
      [
        '*',
        [
          'arn:aws:ecr:eu-west-1:123456789012:repository/*',
          'arn:aws:ecr:us-east-1:123456789012:repository/*',
        ],
      ],
      ['*', 'arn:aws-cn:ecr:cn-north-1:210987654321:repository/*'],
    ])
    expect(JSON.stringify(policies)).not.toMatch(/Put|Upload|ecr:\*/)
  })

  test('of a pull, for every registry where none is known', () => {
    expect(pullOnlyPolicies([])).toMatchObject([{ Statement: [{}, { Resource: '*' }] }])
  })

  test('of a push: everybody is denied but CI, and nobody is kept from changing the policy', () => {
    const [statement] = ciPushPolicy('210987654321', 'cn-north-1').Statement
    expect(statement).toEqual({
      Sid: 'OnlyCiPushes',
      Effect: 'Deny',
      Principal: '*',
      Action: imagePushActions,
      Condition: {
        ArnNotEquals: { 'aws:PrincipalArn': `arn:aws-cn:iam::210987654321:role/${ciRolePlaceholder}` },
      },
    })
    expect(statement?.Action).not.toContain('ecr:SetRepositoryPolicy')
  })
})

describe('a docker config', () => {
  const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
  test.each([
    [{ auths: { [registry]: { auth: 'QVdTOmNhbmFyeQ==' } } }, ['login']],
    [{ auths: { [`https://${registry}/v1/`]: {} }, credsStore: 'osxkeychain' }, ['login']],
    [{ credHelpers: { [registry]: 'ecr-login' } }, ['helper']],
    [{ credsStore: 'ecr-login' }, ['store']],
    [
      { auths: { [registry]: {} }, credHelpers: { [registry]: 'x' }, credsStore: 'ecr-login' },
      ['login', 'helper', 'store'],
    ],
    [
      {
        auths: { 'https://index.docker.io/v1/': { auth: 'x' }, 'public.ecr.aws': {} },
        credHelpers: { 'gcr.io': 'gcloud', [registry]: 7 },
        credsStore: 'desktop',
      },
      [],
    ],
    [{ auths: null, credHelpers: [] }, []],
    [{}, []],
  ])('%j', (config, kinds) => {
    const ways = pushWaysIn(JSON.stringify(config))
    expect(ways?.map(({ kind }) => kind)).toEqual(kinds)
    expect(JSON.stringify(ways)).not.toContain('QVdT')
  })

  test.each(['', '[]', 'null', '{"auths":'])('%j is none', (text) => {
    expect(pushWaysIn(text)).toBeUndefined()
  })
})

test.each([
  [
    'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/anna',
    { kind: 'role', name: 'AWSReservedSSO_Developer_0123456789abcdef' },
  ],
  ['arn:aws-cn:sts::123456789012:assumed-role/dev/anna', { kind: 'role', name: 'dev' }],
  [
    'arn:aws:iam::123456789012:user/team/anna',
    { kind: 'user', arn: 'arn:aws:iam::123456789012:user/team/anna' },
  ],
  ['arn:aws:iam::123456789012:root', { kind: 'root' }],
  ['arn:aws:sts::123456789012:federated-user/anna', { kind: 'other' }],
  ['nonsense', { kind: 'other' }],
])('whom IAM knows %s as', (arn, principal) => {
  expect(principalOf(arn)).toEqual(principal)
})

describe('a manifest', () => {
  test.each([
    ['{', undefined],
    ['[]', undefined],
    ['{"schemaVersion":2}', undefined],
    ['{"schemaVersion":1,"fsLayers":[]}', { kind: 'old' }],
    [
      '{"config":{"digest":"sha256:1","size":10},"layers":[{"size":5},{"size":"x"},{}]}',
      { kind: 'image', config: 'sha256:1', layers: 3, sizeBytes: 15 },
    ],
    [
      '{"manifests":[{"digest":"sha256:1","platform":{"os":"linux","architecture":"arm64"}},{"digest":"sha256:2"},7]}',
      { kind: 'index', images: [{ digest: 'sha256:1', os: 'linux', architecture: 'arm64' }] },
    ],
  ])('%s', (text, manifest) => {
    expect(parseManifest(text)).toEqual(manifest)
  })

  test.each([
    ['{"os":"linux","architecture":"arm64"}', { os: 'linux', architecture: 'arm64' }],
    ['{"os":"linux"}', undefined],
    ['<html>', undefined],
  ])('the platform in the config %s', (text, platform) => {
    expect(platformIn(text)).toEqual(platform)
  })
})

test.each([
  [404, '<html>', { kind: 'no-image' }],
  [
    403,
    '{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}',
    { kind: 'not-allowed', why: 'unsaid', isForbidden: false },
  ],
  [401, '', { kind: 'unknown-token' }],
  [500, '', { kind: 'busy' }],
  [403, '<Error><Code>RequestTimeTooSkewed</Code></Error>', { kind: 'clock' }],
  [400, '{"errors":[]}', { kind: 'other', status: 400, words: '{"errors":[]}' }],
  [
    400,
    '{"errors":[{"code":"UNSUPPORTED","message":"Invalid parameter"}]}',
    { kind: 'other', status: 400, words: 'Invalid parameter' },
  ],
])('the refusal %i %s', (status, body, refusal) => {
  expect(parseRefusal(status, body)).toEqual(refusal)
})
