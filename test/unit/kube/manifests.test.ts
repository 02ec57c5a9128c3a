import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseManifests } from '../../../src/kube/manifests.ts'

function objectsOf(text: string) {
  const parsed = parseManifests(text, 'app.yaml')
  if ('problems' in parsed) throw new Error(parsed.problems.map(({ detail }) => detail).join('\n'))
  return parsed.objects
}

function faultsOf(text: string) {
  const parsed = parseManifests(text, 'app.yaml')
  return 'problems' in parsed ? parsed.problems.map(({ code, detail }) => `${code} ${detail}`) : []
}

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`

describe('objects', () => {
  test('of several documents, empty ones skipped', () => {
    const text = `# first\n---\n${configMap('a')}---\n# nothing\n---\n---\n${configMap('b')}`
    expect(objectsOf(text).map(({ metadata }) => metadata.name)).toEqual(['a', 'b'])
  })

  test('of an empty file: none', () => {
    expect(objectsOf('')).toEqual([])
    expect(objectsOf('# only a comment\n')).toEqual([])
  })

  test('of JSON and of List kinds, flattened', () => {
    const item = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'SecretList', items: [item, item] })
    expect(objectsOf(text)).toEqual([item, item])
  })

  test('are read as kubectl reads YAML 1.1, dates and times of day being strings', () => {
    const text = `${configMap('a')}data: {a: 0644, b: yes, c: 2026-11-24, d: 22:22, e: "on"}\n`
    expect(objectsOf(text)[0]).toMatchObject({
      data: { a: 0o644, b: true, c: '2026-11-24', d: '22:22', e: 'on' },
    })
  })

  test('keep anchors and merge keys resolved', () => {
    const text = `${configMap('a')}data:\n  one: &one {x: v}\n  two: {<<: *one, z: w}\n`
    expect(objectsOf(text)[0]).toMatchObject({ data: { one: { x: 'v' }, two: { x: 'v', z: 'w' } } })
  })
})

describe('faults come all at once, each with its place', () => {
  test.each([
    ['a: [', 'DK4020 app.yaml:1:5: '],
    ['- a', 'DK4020 app.yaml:1:1: a manifest is a mapping'],
    ['kind: Pod', 'apiVersion is missing'],
    ['apiVersion: v1', 'kind is missing'],
    ['apiVersion: v1\nkind: Pod', 'Pod: metadata is missing'],
    ['apiVersion: v1\nkind: Pod\nmetadata: {}', 'Pod: metadata.name is missing'],
    ['apiVersion: v1\nkind: Pod\nmetadata: {name: 433}', 'metadata.name is missing or not a string'],
    ['apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}', 'generateName cannot be applied'],
    [
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {a: yes}}',
      'metadata.labels.a is not a string; quote it',
    ],
    [
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: []}',
      'metadata.annotations is not a mapping',
    ],
    ['apiVersion: v1\nkind: List\nitems: [1]', 'DK4020 app.yaml:3:9: a manifest is a mapping'],
    ['a: *b', 'DK4020 app.yaml:1:'],
    ['<html>', 'DK4020 app.yaml:1:1: a manifest is a mapping'],
    ['{{ if .Values.x }}', 'DK4020 app.yaml:1:'],
  ])('%j: %s', (text, fault) => {
    expect(faultsOf(text).join('\n')).toContain(fault)
  })

  test('in three documents', () => {
    const text = `kind: Pod\n---\n${configMap('fine')}---\napiVersion: v1\n---\na: [\n`
    expect(faultsOf(text)).toHaveLength(3)
    expect(faultsOf(text)[1]).toContain('app.yaml:7:1: kind is missing')
  })
})

describe('what is shipped', () => {
  const shipped = (path: string) =>
    objectsOf(readFileSync(new URL(`../../../manifests/${path}`, import.meta.url), 'utf8'))

  test('the sample: namespace, workload, service and ingress belong together', () => {
    const [namespace, deployment, service, ingress] = shipped('sample/sample.yaml')
    expect(namespace?.metadata.name).toBe('devk8s-sample')
    expect([deployment, service, ingress].map((object) => object?.metadata.namespace)).toEqual(
      Array(3).fill('devk8s-sample'),
    )
    const labels = { 'app.kubernetes.io/name': 'sample' }
    expect(deployment).toMatchObject({
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ image: expect.stringMatching(/^[^@]+:\d+\.\d+\.\d+$/) }] },
        },
      },
    })
    expect(service).toMatchObject({ metadata: { name: 'sample' }, spec: { selector: labels } })
    const backend = { service: { name: 'sample', port: { name: 'http' } } }
    expect(ingress).toMatchObject({
      spec: { rules: [{ host: 'sample.devk8s.test', http: { paths: [{ backend }] } }] },
    })
  })

  // facts sheet, 7.2: the four Secrets, their label `cloud` and their keys; all must exist.
  test.each([
    [
      'ecr',
      [
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_SESSION_TOKEN',
        'aws-account',
        'aws-assume-role',
        'aws-region',
      ],
    ],
    ['gcr', ['application_default_credentials.json', 'gcrurl']],
    [
      'dpr',
      ['DOCKER_PRIVATE_REGISTRY_PASSWORD', 'DOCKER_PRIVATE_REGISTRY_SERVER', 'DOCKER_PRIVATE_REGISTRY_USER'],
    ],
    ['acr', ['ACR_CLIENT_ID', 'ACR_PASSWORD', 'ACR_URL']],
  ])('the placeholder Secret registry-creds-%s has every key the add-on names', (cloud, keys) => {
    const secret = shipped('registry-creds/secrets.yaml').find(
      ({ metadata }) => metadata.name === `registry-creds-${cloud}`,
    )
    expect(secret).toMatchObject({
      kind: 'Secret',
      metadata: { namespace: 'kube-system', labels: { cloud, app: 'registry-creds' } },
    })
    const data = (secret?.['data'] ?? {}) as Record<string, string>
    expect(Object.keys(data).toSorted()).toEqual(keys)
    for (const value of Object.values(data)) expect(['changeme', '', 'https://gcr.io']).toContain(atob(value))
  })
})
