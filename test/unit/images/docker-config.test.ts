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
    expect(config.isOfAddon).toBe(false)
  })

  test('with one name of a region missing counts as without the region', () => {
    const half = { auths: { '*.dkr.ecr*.eu-west-1.amazonaws.com': { auth: 'eA==' } } }
    expect(authOf(parseDockerConfig(btoa(JSON.stringify(half))), 'eu-west-1')).toBeUndefined()
  })

  test.each([
    ['{}', 0, true],
    ['{"auths":{}}', 0, true],
    ['{"auths":{"https://1.dkr.ecr.eu-west-1.amazonaws.com":{"auth":"eA==","email":"none"}}}', 1, true],
    ['{"auths":{"r.example":{"auth":"eA=="}}}', 1, false],
    ['{"auths":{"r.example":{"username":"anna","password":"x"}}}', 1, false],
    ['{"auths":{"r.example":{}}}', 0, false],
    ['no JSON', 0, true],
    ['[]', 0, true],
  ])('%s holds %i tokens; of registry-creds: %s', (text, size, isOfAddon) => {
    const config = parseDockerConfig(btoa(text))
    expect([config.auths.size, config.isOfAddon]).toEqual([size, isOfAddon])
  })

  test.each([undefined, 7, '%%%'])('that is %s holds nothing', (value) => {
    expect(parseDockerConfig(value).auths.size).toBe(0)
  })
})
