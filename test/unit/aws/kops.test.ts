import { describe, expect, test } from 'vitest'
import { mintKopsCertificate, readKopsCluster } from '../../../src/aws/kops.ts'
import { kopsEndpoint, parseKopsDescription, parseStore } from '../../../src/aws/kops-spec.ts'
import { parseKeyset } from '../../../src/aws/keyset.ts'
import type { Aws } from '../../../src/ports/aws.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { noAws } from '../../fakes/nothing.ts'

const signal = new AbortController().signal
const pem = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`

function clusterText(spec: string): string {
  const lines = spec === '' ? ['  {}'] : spec.split('\n').map((line) => `  ${line}`)
  return [
    'apiVersion: kops.k8s.io/v1alpha2',
    'kind: Cluster',
    'metadata: {name: prod.acme.io}',
    'spec:',
    ...lines,
  ].join('\n')
}

function keysetText(keys: readonly string[], primaryId?: string): string {
  const primary = primaryId === undefined ? '' : `  primaryId: "${primaryId}"\n`
  return `kind: Keyset\nspec:\n${primary}  keys:\n${keys.map((key) => `  - ${key}`).join('\n')}\n`
}

const key = (id: string, { secret = true, distrusted = false } = {}) =>
  `{id: "${id}", publicMaterial: ${btoa(pem(`cert ${id}`))}${secret ? `, privateMaterial: ${btoa(pem(`key ${id}`))}` : ''}${distrusted ? ', distrustTimestamp: "2024-01-01T00:00:00Z"' : ''}}`

/** A state store, and what was signed with. */
function storeOf(objects: Readonly<Record<string, string>>) {
  const signed: unknown[] = []
  const read = (source: { readonly bucket: string; readonly key: string }) =>
    objects[`${source.bucket}/${source.key}`]
  const aws: Aws = {
    ...noAws,
    readText: async (source) => read(source),
    readKeyset: async (source) => {
      const text = read(source)
      return text === undefined ? undefined : parseKeyset(text)
    },
    signClientCertificate: async ({ authority, ...wants }) => {
      signed.push({ ...wants, by: authority.id })
      return { certificatePem: 'pem', keyPem: Secret.of('key'), expiresAtMs: 1 }
    },
  }
  return { aws, signed }
}

const spec = { cluster: 'prod.acme.io', stateStore: 's3://store' }
const config = 'store/prod.acme.io/config'
const keyset = 'store/prod.acme.io/pki/private/kubernetes-ca/keyset.yaml'
const usual = { [config]: clusterText(''), [keyset]: keysetText([key('7')], '7') }

describe('the address of a kOps cluster', () => {
  const passed = { needsAuthority: true, takesCertificates: true, tlsServerName: 'api.internal.prod.acme.io' }
  test.each([
    ['nothing said', '', { server: 'https://api.prod.acme.io', ...passed }],
    ['a public name', 'masterPublicName: k8s.acme.io', { server: 'https://k8s.acme.io', ...passed }],
    [
      'a public name in v1alpha3',
      'api: {publicName: k8s.acme.io}',
      { server: 'https://k8s.acme.io', ...passed },
    ],
    ['an address of IPv6', 'masterPublicName: "2001:db8::1"', { server: 'https://[2001:db8::1]', ...passed }],
    [
      'a load balancer',
      'api: {loadBalancer: {type: Public}}',
      { server: 'https://api.prod.acme.io', ...passed },
    ],
    [
      'a network one with a certificate',
      'api: {loadBalancer: {class: Network, sslCertificate: "arn:x"}}',
      { server: 'https://api.prod.acme.io:8443', ...passed },
    ],
    [
      'a classic one with a certificate',
      'api: {loadBalancer: {class: Classic, sslCertificate: "arn:x"}}',
      { server: 'https://api.prod.acme.io', needsAuthority: false, takesCertificates: false },
    ],
    ['private DNS', 'topology: {dns: {type: Private}}', { server: 'https://api.prod.acme.io', ...passed }],
    ['no DNS', 'topology: {dns: {type: None}}', { unknown: 'the cluster prod.acme.io has no DNS' }],
    ['no DNS, v1alpha3', 'topology: {dns: None}', { unknown: 'the cluster prod.acme.io has no DNS' }],
    [
      'gossip',
      'masterPublicName: api.prod.k8s.local',
      { unknown: 'api.prod.k8s.local is a name of gossip DNS' },
    ],
  ])('%s', async (_, text, endpoint) => {
    const description = await parseKopsDescription(clusterText(text))
    expect(description === undefined ? undefined : kopsEndpoint(description)).toEqual(endpoint)
  })
})

describe('the keys of a kOps cluster', () => {
  test.each([
    ['configStore: {keypairs: "s3://keys/x"}', 's3://keys/x'],
    ['configStore: {base: "s3://base/x/"}', 's3://base/x/pki'],
    ['configBase: s3://base/y', 's3://base/y/pki'],
    ['keyStore: s3://keys/z', 's3://keys/z'],
    ['', undefined],
  ])('%s', async (text, place) => {
    expect((await parseKopsDescription(clusterText(text)))?.keyStore).toBe(place)
  })
  test.each([
    ['s3://store', { bucket: 'store', prefix: '' }],
    ['s3://store/', { bucket: 'store', prefix: '' }],
    ['s3://store/a/b/', { bucket: 'store', prefix: 'a/b' }],
    ['gs://store', undefined],
  ])('%s', (address, store) => {
    expect(parseStore(address)).toEqual(store)
  })
  test('are ordered as numbers, and names come first', async () => {
    const read = await parseKeyset(keysetText([key('10'), key('9'), key('a'), '{id: "5"}', '[]'], '9'))
    expect(read?.keys.map(({ id }) => id)).toEqual(['a', '9', '10'])
    expect(read?.primaryId).toBe('9')
    expect(JSON.stringify(read)).not.toContain('key 9')
  })
  test.each(['', 'spec: {}', ': : :\n\t- x', '[1]', 'spec: {keys: 5}'])('%j is no keyset', async (text) => {
    expect(await parseKeyset(text)).toBeUndefined()
  })
  test('material that is not base64 of a PEM is left out', async () => {
    const text = keysetText(['{id: "1", publicMaterial: "%%"}', '{id: "2", publicMaterial: aGFsbG8=}'])
    expect((await parseKeyset(text))?.keys).toEqual([])
  })
})

describe('reading a cluster', () => {
  test('its address and every certificate that is trusted', async () => {
    const keys = [key('10'), key('9', { distrusted: true }), key('8', { secret: false })]
    const { aws } = storeOf({ ...usual, [keyset]: keysetText(keys, '10') })
    expect(await readKopsCluster(aws, spec, signal)).toEqual({
      server: 'https://api.prod.acme.io',
      certificateAuthorityData: btoa(`${pem('cert 8')}${pem('cert 10')}`),
      tlsServerName: 'api.internal.prod.acme.io',
      canMint: true,
    })
  })
  test('a store below a folder, a key store of its own, and the name that the CA had before kOps 1.22', async () => {
    const { aws } = storeOf({
      'store/team/prod.acme.io/config': clusterText('keyStore: s3://keys/prod'),
      'keys/prod/private/ca/keyset.yaml': keysetText([key('1', { secret: false })], '1'),
    })
    const cluster = await readKopsCluster(aws, { ...spec, stateStore: 's3://store/team/' }, signal)
    expect(cluster).toMatchObject({ certificateAuthorityData: btoa(pem('cert 1')), canMint: false })
  })
  test('behind a classic load balancer with a public certificate: no CA, and no certificates of clients', async () => {
    const text = clusterText('api: {loadBalancer: {sslCertificate: "arn:x"}}')
    const { aws } = storeOf({ ...usual, [config]: text })
    expect(await readKopsCluster(aws, spec, signal)).toEqual({
      server: 'https://api.prod.acme.io',
      canMint: false,
    })
  })
  test.each([
    ['no cluster', { [config]: undefined }, 'DK5031'],
    ['no description', { [config]: 'hello' }, 'DK5032'],
    ['no keyset', { [keyset]: undefined }, 'DK5032'],
    ['no trusted certificate', { [keyset]: keysetText([key('1', { distrusted: true })], '1') }, 'DK5032'],
    ['keys in another cloud', { [config]: clusterText('keyStore: gs://keys') }, 'DK5032'],
    ['gossip', { [config]: clusterText('masterPublicName: api.x.k8s.local') }, 'DK5034'],
  ])('%s', async (_, change, code) => {
    const entries = Object.entries({ ...usual, ...change }).filter(([, text]) => text !== undefined)
    const { aws } = storeOf(Object.fromEntries(entries) as Record<string, string>)
    await expect(readKopsCluster(aws, spec, signal)).rejects.toMatchObject({ problems: [{ code }] })
  })
})

describe('signing a certificate', () => {
  const wants = { commonName: 'kubecfg-anna', hours: 1 }
  test('with the primary key, for the group of administrators', async () => {
    const { aws, signed } = storeOf({ ...usual, [keyset]: keysetText([key('10'), key('9')], '9') })
    await mintKopsCertificate(aws, spec, wants, signal)
    expect(signed).toEqual([{ ...wants, organization: 'system:masters', by: '9' }])
  })
  test('with the newest where none is named', async () => {
    const { aws, signed } = storeOf({ ...usual, [keyset]: keysetText([key('10'), key('9')]) })
    await mintKopsCertificate(aws, spec, wants, signal)
    expect(signed).toMatchObject([{ by: '10' }])
  })
  test.each([
    ['only the public part', { [keyset]: keysetText([key('1', { secret: false })], '1') }],
    [
      'a primary key that is distrusted',
      { [keyset]: keysetText([key('1', { distrusted: true }), key('2')], '1') },
    ],
    [
      'a load balancer in between',
      { [config]: clusterText('api: {loadBalancer: {sslCertificate: "arn:x"}}') },
    ],
  ])('%s', async (_, change) => {
    const { aws } = storeOf({ ...usual, ...change })
    await expect(mintKopsCertificate(aws, spec, wants, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5033' }],
    })
  })
})
