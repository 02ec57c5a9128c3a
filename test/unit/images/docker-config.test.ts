import { describe, expect, test } from 'vitest'
import { authOf, parseDockerConfig, renderDockerConfig } from '../../../src/images/docker-config.ts'
import { registryHosts } from '../../../src/images/hosts.ts'
import { Secret } from '../../../src/ports/secret.ts'

/** As the kubelet's keyring matches (kubernetes: pkg/credentialprovider/keyring.go, URLsMatch): part by part. */
function opens(glob: string, host: string): boolean {
  const [globs, parts] = [glob.split('.'), host.split('.')]
  if (globs.length !== parts.length) return false
  return globs.every((each, index) =>
    new RegExp(`^${each.replaceAll('*', '[^/]*')}$`).test(parts[index] ?? ''),
  )
}

const regionsByHost = [
  ['111122223333.dkr.ecr.eu-west-1.amazonaws.com', 'eu-west-1'],
  ['444455556666.dkr.ecr.eu-west-1.amazonaws.com', 'eu-west-1'],
  ['111122223333.dkr.ecr-fips.us-east-1.amazonaws.com', 'us-east-1'],
  ['111122223333.dkr-ecr.us-east-1.on.aws', 'us-east-1'],
  ['111122223333.dkr-ecr-fips.us-east-1.on.aws', 'us-east-1'],
  ['111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
  ['111122223333.dkr-ecr.us-gov-west-1.on.aws', 'us-gov-west-1'],
  ['111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['111122223333.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn', 'cn-north-1'],
  ['111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov', 'us-iso-east-1'],
  ['111122223333.dkr-ecr.us-iso-east-1.on.aws.ic.gov', 'us-iso-east-1'],
  ['111122223333.dkr.ecr.us-isob-east-1.sc2s.sgov.gov', 'us-isob-east-1'],
  ['111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
] as const
const regions = [...new Set(regionsByHost.map(([, region]) => region))]

test.each(regionsByHost)('%s is opened by the entries of its region alone', (host, region) => {
  expect(regions.filter((each) => registryHosts(each).some((glob) => opens(glob, host)))).toEqual([region])
})

test.each([
  'public.ecr.aws',
  'registry.example',
  '111122223333.dkr.ecr.eu-west-1.amazonaws.com.evil.example',
  '111122223333.s3.ecr.eu-west-1.amazonaws.com',
])('%s gets no token', (host) => {
  expect(regions.filter((each) => registryHosts(each).some((glob) => opens(glob, host)))).toEqual([])
})

const encoded = (config: Secret) => btoa(Secret.reveal(config))
const token = (text: string) => Secret.of(btoa(`AWS:${text}`))

describe('a docker config', () => {
  test('has the token of each region under all its names', () => {
    const config = renderDockerConfig([
      { region: 'eu-west-1', auth: token('west') },
      { region: 'cn-north-1', auth: token('north') },
    ])
    expect(JSON.parse(Secret.reveal(config))).toEqual({
      auths: {
        '*.dkr.ecr*.eu-west-1.amazonaws.com': { auth: btoa('AWS:west') },
        '*.dkr-ecr*.eu-west-1.on.aws': { auth: btoa('AWS:west') },
        '*.dkr.ecr*.cn-north-1.amazonaws.com.cn': { auth: btoa('AWS:north') },
        '*.dkr-ecr*.cn-north-1.on.amazonwebservices.com.cn': { auth: btoa('AWS:north') },
      },
    })
    expect(String(config)).toBe('***')
  })

  test('is read back by region', () => {
    const config = parseDockerConfig(
      encoded(renderDockerConfig([{ region: 'eu-west-1', auth: token('west') }])),
    )
    const auth = authOf(config, 'eu-west-1')
    expect(auth === undefined ? '' : Secret.reveal(auth)).toBe(btoa('AWS:west'))
    expect(authOf(config, 'us-east-1')).toBeUndefined()
    expect([config.isEmpty, config.addonRegistries]).toEqual([false, undefined])
  })

  test('with one name of a region missing counts as without the region', () => {
    const half = { auths: { '*.dkr.ecr*.eu-west-1.amazonaws.com': { auth: 'eA==' } } }
    expect(authOf(parseDockerConfig(btoa(JSON.stringify(half))), 'eu-west-1')).toBeUndefined()
  })

  test.each([
    ['{}', 0, true],
    ['{"auths":{}}', 0, true],
    ['{"auths":{"r.example":{"auth":"eA=="}}}', 1, false],
    ['{"auths":{"r.example":{"username":"anna","password":"x"}}}', 1, false],
    ['{"auths":{"r.example":{}}}', 0, false],
    ['{"credHelpers":{"r.example":"pass"}}', 0, false],
    ['{"auths":[]}', 0, false],
    ['no JSON', 0, false],
    ['[]', 0, false],
  ])('%s holds %i tokens; nothing at all: %s', (text, size, isEmpty) => {
    const config = parseDockerConfig(btoa(text))
    expect([config.auths.size, config.isEmpty]).toEqual([size, isEmpty])
  })

  const host = 'https://111122223333.dkr.ecr.eu-west-1.amazonaws.com'
  const north = 'https://111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn'
  const written = { auth: 'eA==', email: 'none' }
  test.each<readonly [string, object, readonly string[] | undefined]>([
    ['one registry', { [host]: written }, ['eu-west-1']],
    ['two', { [host]: written, [north]: written }, ['eu-west-1', 'cn-north-1']],
    ['none', {}, undefined],
    [
      'with a user, as kubectl writes it',
      { [host]: { ...written, username: 'AWS', password: 'x' } },
      undefined,
    ],
    ['with another address of mail', { [host]: { ...written, email: 'anna@example' } }, undefined],
    ['without the scheme', { '111122223333.dkr.ecr.eu-west-1.amazonaws.com': written }, undefined],
    ['of another suffix', { [`${host}.evil.example`]: written }, undefined],
    ['beside one of somebody else’s', { [host]: written, 'r.example': { auth: 'eA==' } }, undefined],
    ['beside another registry', { [host]: written, 'https://r.example': written }, undefined],
  ])('as registry-creds writes it: %s', (_, auths, regions) => {
    const { addonRegistries } = parseDockerConfig(btoa(JSON.stringify({ auths })))
    expect(addonRegistries?.map(({ account, region }) => `${account} ${region}`)).toEqual(
      regions?.map((region) => `111122223333 ${region}`),
    )
    const more = parseDockerConfig(btoa(JSON.stringify({ auths, credsStore: 'desktop' })))
    expect(more.addonRegistries).toBeUndefined()
  })

  test.each([undefined, 7, '%%%'])('that is %s holds nothing', (value) => {
    expect(parseDockerConfig(value).auths.size).toBe(0)
  })
})
