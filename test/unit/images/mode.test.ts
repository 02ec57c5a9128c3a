import { describe, expect, test } from 'vitest'
import { imagesModeOf, type ModeFacts } from '../../../src/images/mode.ts'
import { regionsOf } from '../../../src/images/regions.ts'
import { servedNamespaces } from '../../../src/upkeep/served-namespaces.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import { imagesLab, simulatedCluster } from '../../fakes/images-lab.ts'

const fits: ModeFacts = { hasAddon: true, nodeArch: 'amd64', hasBroker: true, signIn: { kind: 'static' } }
const registries = (...regions: readonly string[]) => ({
  ecr: { registries: [{ account: '111122223333', regions: [...regions] }] },
})

test.each([
  ['all fits', {}, fits, 'addon', /outlive|last longer/],
  ['one region', registries('eu-west-1'), fits, 'addon', /amd64/],
  ['two regions', registries('eu-west-1', 'us-east-1'), fits, 'secret', /serves one region, and .* in 2/],
  ['no add-on', {}, { ...fits, hasAddon: false }, 'secret', /does not turn on registry-creds/],
  ['arm64', {}, { ...fits, nodeArch: 'arm64' }, 'secret', /no image for arm64/],
  ['a role', { assumeRole: 'arn:aws:iam::1:role/x' }, fits, 'secret', /assumed role/],
  ['SSO', {}, { ...fits, signIn: { kind: 'sso' } }, 'secret', /only long-term keys/],
  [
    'unknown sign-in',
    {},
    { hasAddon: true, nodeArch: 'amd64', hasBroker: true },
    'secret',
    /only long-term keys/,
  ],
  ['nobody who renews', {}, { ...fits, hasBroker: false }, 'secret', /unless a broker renews/],
  ['said so: secret', { ecr: { mode: 'secret' } }, fits, 'secret', /profile says so/],
  [
    'said so: addon',
    { ecr: { mode: 'addon' } },
    { ...fits, nodeArch: 'arm64', hasBroker: false },
    'addon',
    /profile says so/,
  ],
] as const)('auto with %s', (_title, aws, facts, mode, why) => {
  const found = imagesModeOf(aws, facts)
  expect(found.mode).toBe(mode)
  expect(found.why).toMatch(why)
})

const upkeepWith = (
  regions: readonly string[],
  source: { readonly profile?: string; readonly region?: string },
) => ({
  source,
  images: { mode: 'secret', why: '', registries: [{ account: '1', regions }] } as const,
})

describe('regions', () => {
  const { context } = imagesLab(simulatedCluster())

  test('are those of the registries, each once', async () => {
    const images = {
      mode: 'secret',
      why: '',
      registries: [
        { account: '1', regions: ['eu-west-1', 'us-east-1'] },
        { account: '2', regions: ['eu-west-1'] },
      ],
    } as const
    expect(await regionsOf({ images, source: {} }, context)).toEqual(['eu-west-1', 'us-east-1'])
  })

  test('else that of the profile, else that of the AWS profile', async () => {
    expect(await regionsOf(upkeepWith([], { region: 'eu-west-3' }), context)).toEqual(['eu-west-3'])
    expect(await regionsOf(upkeepWith([], {}), context)).toEqual(['eu-north-1'])
  })

  test.each([
    [{}, 'the AWS profile in force'],
    [{ profile: 'dev' }, 'the AWS profile dev'],
  ] as const)('that nobody names are a problem', async (source, whose) => {
    const aws = { ...context.ports.aws, signInOf: async () => ({ kind: 'static' }) as const }
    const found = await regionsOf(upkeepWith([], source), { ports: { ...context.ports, aws } }).catch(
      (error: unknown) => error,
    )
    const problems = isDevK8sError(found) ? found.problems : []
    expect(problems.map(({ code }) => code)).toEqual(['DK5061'])
    expect(problems[0]?.detail).toContain(whose)
  })
})

test('served are all namespaces but those of Kubernetes, those kept out and those going away', () => {
  const namespace = (name: string, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, ...more },
  })
  expect(
    servedNamespaces([
      namespace('default'),
      namespace('kube-system'),
      namespace('kubeflow'),
      namespace('off', { labels: { 'devk8s.dev/aws': 'off' } }),
      namespace('on', { labels: { 'devk8s.dev/aws': 'on' } }),
      namespace('going', { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a-secret' } },
    ]),
  ).toEqual(['default', 'kubeflow', 'on'])
})
