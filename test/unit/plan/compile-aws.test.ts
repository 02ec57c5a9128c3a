import { describe, expect, test } from 'vitest'
import { compileUp } from '../../../src/plan/compile.ts'
import { compileDestroy, compileDown } from '../../../src/plan/compile-destroy.ts'
import { compileDoctor, compileStatus } from '../../../src/plan/compile-look.ts'
import type { Plan, Step } from '../../../src/plan/step.ts'
import type { AddonSpec, AwsSpec } from '../../../src/profile/profile.ts'
import type { UpkeepPart } from '../../../src/upkeep/upkeep.ts'
import { behind, facts, ids, input, plain } from './compile-input.ts'

const on: AddonSpec = { enabled: true, options: {} }
const registries = [{ account: '123456789012', regions: ['eu-west-1'] }]
const aws: AwsSpec = {
  profile: 'acme',
  region: 'eu-west-1',
  ecr: { registries },
  roles: { billing: 'deny' },
  lane: 'env',
}
const withAgent = { agentProgram: 'program()' }
const stepOf = <K extends Step['kind']>({ steps }: Plan, kind: K) =>
  steps.filter((step): step is Extract<Step, { kind: K }> => step.kind === kind)
const keys = { signIn: { kind: 'static' as const }, brokerRuns: true }
const kept = (cluster: string, parts: readonly UpkeepPart[] = ['policies', 'images']) => ({ cluster, parts })
const arm = { host: { ...facts.host, arch: 'arm64' as const } }

describe('what a profile asks of AWS', () => {
  test.each<readonly [string, AwsSpec | undefined]>([
    ['nothing', undefined],
    ['a profile and a region, for contexts', { profile: 'acme', region: 'eu-west-1' }],
  ])('%s: no step of up, down or destroy is about it, and no gate is opened', (_, spec) => {
    const given = spec === undefined ? input() : input({ aws: spec })
    const plans = [
      compileUp(given, plain),
      compileDown(given, { fetchMinikube: false }),
      compileDestroy(given, { keepTools: false, fetchMinikube: false }),
    ]
    for (const plan of plans)
      expect(ids(plan).filter((id) => /aws|upkeep|broker|registry/.test(id))).toEqual([])
    expect(stepOf(compileUp(given, plain), 'cluster.running')[0]?.want.cluster.featureGates).toEqual({})
  })

  test.each<readonly [string, AwsSpec, readonly string[]]>([
    ['images', { ecr: {} }, ['upkeep', 'upkeep.policies', 'upkeep.images']],
    ['keys for pods', { roles: {}, lane: 'env' }, ['upkeep', 'upkeep.policies', 'upkeep.pods']],
    ['roles for pods', { roles: {} }, ['upkeep', 'upkeep.policies', 'upkeep.agent']],
    ['both', aws, ['upkeep', 'upkeep.policies', 'upkeep.images', 'upkeep.pods']],
  ])('%s', (_, spec, expected) => {
    const plan = compileUp(input({ aws: spec }, withAgent), plain)
    expect(ids(plan).filter((id) => id.startsWith('upkeep'))).toEqual(expected)
    expect(ids(plan)).toContain('aws-identity')
  })

  test('the identity waits for nothing, and no key is written before it is known', () => {
    const plan = compileUp(input({ aws }), plain)
    expect(behind(plan, 'aws-identity')).toEqual(new Set())
    expect(behind(plan, 'upkeep.images')).toContain('aws-identity')
    expect(behind(plan, 'upkeep.pods')).toContain('aws-identity')
  })

  test.each(['upkeep.policies', 'upkeep.images', 'upkeep.agent', 'aws-agent'])(
    'nothing of %s is in the cluster before the record tells of it',
    (id) => {
      const plan = compileUp(input({ aws: { ecr: { registries }, roles: {} } }, withAgent), plain)
      expect(behind(plan, id)).toContain('upkeep')
    },
  )

  test('the Secrets come before the policies that name them, and hinder them not', () => {
    const { steps } = compileUp(input({ aws }), plain)
    const policies = steps.find(({ id }) => id === 'upkeep.policies')
    expect(policies?.after).toEqual(['upkeep.pods'])
    expect(policies?.needs).not.toContain('upkeep.pods')
  })

  test('nor is the record written, which renewals follow', () => {
    expect(behind(compileUp(input({ aws }), plain), 'upkeep')).toContain('aws-identity')
  })

  test('a look asks the cluster and the record what there is, whoever is signed in', () => {
    const { steps } = compileStatus(input({ aws }))
    const needs = steps
      .filter(({ kind }) => kind === 'upkeep.fresh' || kind === 'upkeep.recorded')
      .flatMap((step) => step.needs)
    expect(needs).toContain('tool.kubectl')
    expect(needs).not.toContain('aws-identity')
  })

  test('what is kept fresh is written down whole, with no secret', () => {
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'api', namespace: 'shop', annotations: { 'eks.amazonaws.com/role-arn': 'arn:x' } },
    }
    const other = { ...account, metadata: { name: 'plain' } }
    const plan = compileUp(
      input(
        {
          aws: {
            ...aws,
            assumeRole: 'arn:aws:iam::123456789012:role/local',
            accounts: { deny: ['999999999999'] },
          },
          namespaces: [{ name: 'shop', labels: {}, annotations: {} }],
        },
        { manifests: [{ path: '/w/shop.yaml', objects: [account, other] }] },
      ),
      plain,
    )
    expect(stepOf(plan, 'upkeep.recorded')[0]?.want).toEqual({
      path: '/h/.local/state/devk8s/aws/upkeep/devk8s.json',
      upkeep: {
        version: 1,
        team: 'team',
        cluster: 'devk8s',
        kubectl: stepOf(plan, 'upkeep.fresh')[0]?.want.upkeep.kubectl,
        kubernetes: 'v1.35.1',
        source: { profile: 'acme', region: 'eu-west-1', roleArn: 'arn:aws:iam::123456789012:role/local' },
        accounts: { deny: ['999999999999'] },
        images: { mode: 'secret', why: 'the profile does not turn on registry-creds', registries },
        pods: {
          namespaces: ['shop', 'default'],
          serviceAccounts: ['shop/api'],
          roles: { billing: 'deny' },
        },
      },
    })
  })

  test('Secrets and ConfigMaps of the manifests that bring AWS credentials are known before they are there', () => {
    const object = (kind: string, name: string, fields: object) => ({
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace: 'shop' },
      ...fields,
    })
    const objects = [
      object('Secret', 'mine', { data: { AWS_SECRET_ACCESS_KEY: 'eA==' } }),
      object('Secret', 'plain', { stringData: { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://x' } }),
      object('ConfigMap', 'choice', { data: { AWS_PROFILE: 'x' } }),
      object('ConfigMap', 'region', { data: { AWS_REGION: 'x' } }),
      object('Secret', 'aws-credentials', { data: { AWS_ACCESS_KEY_ID: 'eA==' } }),
      object('Deployment', 'AWS_PROFILE', { data: { AWS_PROFILE: 'x' } }),
    ]
    const plan = compileUp(input({ aws }, { manifests: [{ path: '/w/shop.yaml', objects }] }), plain)
    expect(stepOf(plan, 'upkeep.recorded')[0]?.want.upkeep.pods?.ownSources).toEqual([
      'ConfigMap shop/choice',
      'Secret shop/mine',
      'Secret shop/plain',
    ])
  })

  test.each([
    [{ kind: 'sso', profile: 'of-the-shell' }, undefined, 'of-the-shell'],
    [{ kind: 'sso', profile: 'acme' }, 'acme', 'acme'],
    [{ kind: 'environment' }, undefined, undefined],
  ] as const)(
    'whose keys enter the cluster, with %o in force and %o in the profile: %o',
    (signIn, named, is) => {
      const { profile: _acme, ...others } = aws
      const spec = named === undefined ? others : aws
      const given = input({ aws: spec }, { signIn })
      const plan = compileUp(given, plain)
      const sources = [
        ...stepOf(plan, 'aws-identity.admitted').map(({ want }) => want.source),
        ...stepOf(compileDoctor(given), 'registry-push.impossible').map(({ want }) => want.source),
        ...stepOf(plan, 'upkeep.recorded').map(({ want }) => want.upkeep.source),
        ...stepOf(plan, 'upkeep.fresh').map(({ want }) => want.upkeep.source),
      ]
      expect(sources.map(({ profile }) => profile)).toEqual([is, is, is, is, is, is])
    },
  )

  test.each([
    ['nobody can tell who is signed in', {}, 'acme-dev'],
    ['keys of the environment are in force', { signIn: { kind: 'environment' } }, undefined],
    ['another profile is in force', { signIn: { kind: 'sso', profile: 'acme-prod' } }, 'acme-prod'],
  ] as const)('the profile of the record, where %s', (_, changed, is) => {
    const { profile: _acme, ...spec } = aws
    const keptFresh = [
      { ...kept('other'), profile: 'others' },
      { ...kept('devk8s'), profile: 'acme-dev' },
    ]
    const planWith = (given: AwsSpec) => compileUp(input({ aws: given }, { ...changed, keptFresh }), plain)
    expect(stepOf(planWith(spec), 'upkeep.recorded')[0]?.want.upkeep.source).toEqual({
      region: 'eu-west-1',
      ...(is !== undefined && { profile: is }),
    })
    // Who one is by the shell is looked at all the same, and what is wrong with that is told.
    const [identity] = stepOf(planWith(spec), 'aws-identity.admitted')
    expect(identity?.want.source.profile).toBe('signIn' in changed ? is : undefined)
    const named = stepOf(planWith({ ...spec, profile: 'named' }), 'upkeep.recorded')[0]?.want.upkeep
    expect(named?.source.profile).toBe('named')
  })

  test('manifests go after the keys, and are applied also where there are none', () => {
    const manifests = [
      { path: '/w/a.yaml', objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }] },
    ]
    const plan = compileUp(input({ aws, addons: { 'registry-creds': on } }, { manifests, ...keys }), plain)
    const step = plan.steps.find(({ id }) => id === 'manifests.1')
    expect(step?.after).toEqual(['upkeep', 'upkeep.policies', 'upkeep.images', 'upkeep.pods'])
    expect(behind(plan, 'manifests.1')).not.toContain('aws-identity')
  })
})

describe('what of the manifests pull secrets go to', () => {
  const object = (kind: string, name: string, namespace?: string) => ({
    apiVersion: 'v1',
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  })
  const objects = [
    object('Pod', 'p', 'shop'),
    object('ServiceAccount', 'web', 'shop'),
    object('ServiceAccount', 'own', 'made'),
    object('ServiceAccount', 'anywhere'),
    object('ServiceAccount', 'admin', 'kubernetes-dashboard'),
    object('Namespace', 'made'),
    object('Namespace', 'shop'),
  ]
  const planFor = (kubernetes: string, spec: AwsSpec) =>
    compileUp(
      input(
        {
          aws: spec,
          cluster: { ...input().loaded.profile.cluster, kubernetes },
          namespaces: [{ name: 'shop', labels: {}, annotations: {} }],
        },
        { manifests: [{ path: '/w/a.yaml', objects }] },
      ),
      plain,
    )
  const namesIn = (plan: Plan, id: string) =>
    stepOf(plan, 'objects.applied')
      .filter((step) => step.id === id)
      .flatMap(({ want }) => want.objects.map(({ metadata }) => metadata.name))

  test.each<readonly [string, string, AwsSpec, readonly string[], readonly string[]]>([
    ['policies', 'v1.35.1', aws, ['made'], ['p', 'web', 'own', 'anywhere', 'admin', 'shop']],
    ['no policies', 'v1.31.4', aws, ['made', 'web', 'own', 'anywhere'], ['p', 'admin', 'shop']],
    ['no images', 'v1.31.4', { roles: {}, lane: 'env' }, [], objects.map(({ metadata }) => metadata.name)],
  ])('with %s', (_, kubernetes, spec, early, late) => {
    const plan = planFor(kubernetes, spec)
    expect(namesIn(plan, 'manifests.early')).toEqual(early)
    expect(namesIn(plan, 'manifests.1')).toEqual(late)
    if (early.length === 0) return
    expect(plan.steps.find(({ id }) => id === 'upkeep.images')?.after).toEqual(['manifests.early'])
    expect(plan.steps.find(({ id }) => id === 'manifests.1')?.after?.[0]).toBe('manifests.early')
  })
})

describe('the registry-creds add-on', () => {
  const addons = { 'registry-creds': on }

  test('is enabled behind its keys, and the placeholder of those is left out', () => {
    const plan = compileUp(input({ aws, addons }, keys), plain)
    expect(behind(plan, 'addon.registry-creds')).toContain('upkeep.images')
    expect(stepOf(plan, 'upkeep.recorded')[0]?.want.upkeep.images?.mode).toBe('addon')
    expect(ids(plan)).not.toContain('addon-secrets.registry-creds')
  })

  test.each([
    ['the node is arm64', {}, { ...keys, ...arm }],
    ['the keys end within its cycle', {}, { ...keys, signIn: { kind: 'sso' as const } }],
    ['nobody renews them', {}, { ...keys, brokerRuns: false }],
    ['nobody knows how the person signs in', {}, { brokerRuns: true }],
    ['the profile says so', { ecr: { mode: 'secret' as const } }, keys],
  ])('is not enabled where it would do harm: %s', (_, spec, changed) => {
    const plan = compileUp(input({ aws: { ...aws, ...spec }, addons }, changed), plain)
    expect(ids(plan)).not.toContain('addon.registry-creds')
    expect(stepOf(plan, 'upkeep.recorded')[0]?.want.upkeep.images?.mode).toBe('secret')
  })

  test('is left as it was without registries', () => {
    const plan = compileUp(input({ addons }, keys), plain)
    expect(ids(plan)).toContain('addon.registry-creds')
    expect(ids(plan)).toContain('addon-secrets.registry-creds')
  })
})

describe('what the profile asks for no more', () => {
  const recorded = { keptFresh: [kept('devk8s', ['policies', 'images', 'pods'])] }

  test.each<readonly [string, AwsSpec | undefined, readonly UpkeepPart[] | undefined]>([
    ['both', aws, undefined],
    ['images alone', { ecr: {} }, ['pods']],
    ['keys for pods alone', { roles: {}, lane: 'env' }, ['images']],
    ['nothing', undefined, ['policies', 'images', 'pods']],
  ])('goes: of both, %s stays', (_, spec, parts) => {
    const plan = compileUp(input(spec === undefined ? {} : { aws: spec }, recorded), plain)
    expect(stepOf(plan, 'aws-keys.absent').map(({ want }) => want.parts)).toEqual(
      parts === undefined ? [] : [parts],
    )
    const seen = compileStatus(input(spec === undefined ? {} : { aws: spec }, recorded))
    expect(ids(seen).includes('aws-keys')).toBe(parts !== undefined)
  })

  test('goes when the cluster runs, and before the record that tells of it', () => {
    const plan = compileUp(input({ aws: { ecr: {} } }, recorded), plain)
    expect(behind(plan, 'aws-keys')).toContain('cluster')
    expect(behind(plan, 'upkeep')).toContain('aws-keys')
  })

  test('is not looked for where nothing is kept fresh, nor in other clusters', () => {
    expect(ids(compileUp(input({}, { keptFresh: [kept('other')] }), plain))).not.toContain('aws-keys')
    expect(ids(compileUp(input({ aws }, {}), plain))).not.toContain('aws-keys')
  })

  test('registry-creds gets its placeholders behind it: the keys that go have the same name', () => {
    const plan = compileUp(input({ addons: { 'registry-creds': on } }, recorded), plain)
    expect(behind(plan, 'addon-secrets.registry-creds')).toContain('aws-keys')
    expect(behind(plan, 'addon.registry-creds')).toContain('aws-keys')
  })
})

describe('admission policies', () => {
  const clusterOf = (
    kubernetes: string,
    extraConfig: ReturnType<typeof input>['loaded']['profile']['cluster']['extraConfig'] = [],
  ) => {
    const given = input({ aws })
    const { cluster } = given.loaded.profile
    const plan = compileUp(input({ aws, cluster: { ...cluster, kubernetes, extraConfig } }), plain)
    return stepOf(plan, 'cluster.running')[0]?.want.cluster
  }
  const runtimeConfig = (value: string) => ({ component: 'apiserver' as const, key: 'runtime-config', value })

  test.each([
    [
      'v1.33.1',
      { MutatingAdmissionPolicy: true },
      [runtimeConfig('admissionregistration.k8s.io/v1alpha1=true')],
    ],
    [
      'v1.35.1',
      { MutatingAdmissionPolicy: true },
      [runtimeConfig('admissionregistration.k8s.io/v1beta1=true')],
    ],
    ['v1.36.2', {}, []],
    ['v1.31.0', {}, []],
  ])('are turned on where %s has them and has them off', (version, featureGates, extraConfig) => {
    expect(clusterOf(version)).toMatchObject({ featureGates, extraConfig })
  })

  test('what the profile sets itself stays, and nothing is there twice', () => {
    const own = runtimeConfig('batch/v2alpha1=true')
    expect(clusterOf('v1.35.1', [own])?.extraConfig).toEqual([
      runtimeConfig('batch/v2alpha1=true,admissionregistration.k8s.io/v1beta1=true'),
    ])
    const whole = runtimeConfig('admissionregistration.k8s.io/v1beta1=true')
    expect(clusterOf('v1.35.1', [whole])?.extraConfig).toEqual([whole])
  })
})

describe('the end', () => {
  const left = { keptFresh: [kept('devk8s'), kept('other')] }

  test('down takes the keys out before it stops, whatever the profile says by now', () => {
    const plan = compileDown(input({}, left), { fetchMinikube: false })
    expect(ids(plan)).toEqual(['aws-keys', 'cluster'])
    expect(behind(plan, 'cluster')).toContain('aws-keys')
  })

  test('destroy ends the broker; keys go with the cluster, or are taken out of one that stays', () => {
    const options = { keepTools: false, fetchMinikube: false }
    const plan = compileDestroy(input({}, { ...left, broker: true }), options)
    const want = {
      upkeeps: '/h/.local/state/devk8s/aws/upkeep',
      except: '/h/.local/state/devk8s/aws/upkeep/devk8s.json',
    }
    expect(stepOf(plan, 'broker.absent')[0]?.want).toEqual(want)
    expect(ids(plan)).not.toContain('aws-keys')
    expect(ids(compileDestroy(input({}, left), options))).not.toContain('broker')
    // After `down` nothing is kept fresh any more, and the broker runs on.
    const file = '/h/.config/systemd/user/devk8s-broker.service'
    const service = { file, launcher: '/h/.local/share/devk8s/bin/devk8s' }
    const after = compileDestroy(input({}, { broker: true, brokerService: service }), options)
    expect(stepOf(after, 'broker.absent')[0]?.want).toEqual({ ...want, service })
    expect(ids(compileDestroy(input({}, left), { ...options, keepCluster: true }))).toContain('aws-keys')
  })

  test('only doctor looks for ways to push, and only where there are registries', () => {
    expect(stepOf(compileDoctor(input({ aws })), 'registry-push.impossible')[0]?.want).toEqual({
      source: { profile: 'acme', region: 'eu-west-1' },
      registries,
      dockerConfig: '/h/.docker/config.json',
    })
    expect(stepOf(compileDoctor(input({ aws })), 'upkeep.fresh').map(({ want }) => want.thorough)).toEqual([
      true,
      true,
      true,
    ])
    expect(stepOf(compileStatus(input({ aws })), 'upkeep.fresh').map(({ want }) => want.thorough)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(ids(compileStatus(input({ aws })))).not.toContain('registry-push')
    expect(ids(compileDoctor(input({ aws: { roles: {} } })))).not.toContain('registry-push')
  })
})

describe('roles for pods by the agent', () => {
  const spec: AwsSpec = {
    region: 'eu-west-1',
    roles: { billing: 'deny', 'payments-*': { assume: 'twin', fallback: 'developer' } },
    baseRoleArn: 'arn:aws:iam::123456789012:role/team/',
    namespaceRestrictions: { mode: 'warn' },
  }
  const account = (name: string, role?: string) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name,
      namespace: 'shop',
      ...(role && { annotations: { 'eks.amazonaws.com/role-arn': role } }),
    },
  })
  const annotations = { 'iam.amazonaws.com/role': 'payments-api', other: 'x' }
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'payments', namespace: 'shop' },
    spec: { template: { metadata: { annotations }, spec: {} } },
  }
  const objects = [
    account('api', 'arn:aws:iam::1:role/api'),
    account('b', 'billing'),
    account('plain'),
    deployment,
  ]
  const associations = [
    { namespace: 'shop', serviceAccount: 'worker', roleArn: 'arn:aws:iam::1:role/worker', cluster: 'prod' },
  ]
  const given = (more: AwsSpec = {}) =>
    input(
      { aws: { ...spec, ...more }, cluster: { ...input().loaded.profile.cluster, nodes: 2 } },
      { ...withAgent, associations, manifests: [{ path: '/w/shop.yaml', objects }] },
    )

  test('what the agent is to know is written down whole', () => {
    const plan = compileUp(given(), plain)
    const { upkeep } = stepOf(plan, 'upkeep.recorded')[0]?.want ?? {}
    expect(upkeep?.pods).toBeUndefined()
    expect(upkeep?.agent).toEqual({
      namespaces: ['default'],
      serviceAccounts: ['shop/api', 'shop/b'],
      roles: spec.roles,
      minikube: stepOf(plan, 'cluster.running')[0]?.want.minikube,
      nodes: ['devk8s', 'devk8s-m02'],
      podRoles: [
        {
          namespace: 'shop',
          serviceAccount: 'default',
          annotations: { 'iam.amazonaws.com/role': 'payments-api' },
        },
      ],
      accountRoles: { 'shop/api': 'arn:aws:iam::1:role/api', 'shop/b': 'billing' },
      associations,
      restrictions: { mode: 'warn', format: 'glob' },
      baseRoleArn: 'arn:aws:iam::123456789012:role/team/',
      imdsV1: true,
    })
  })

  test('its objects are applied before the sessions, and hold its program', () => {
    const plan = compileUp(given(), plain)
    expect(behind(plan, 'upkeep.agent')).toContain('aws-agent')
    const step = plan.steps.find(({ id }) => id === 'aws-agent')
    expect(step?.kind).toBe('aws-agent.running')
    expect(JSON.stringify(step?.want)).toContain('program()')
  })

  test('with the other lane there is no agent', () => {
    expect(ids(compileUp(given({ lane: 'env' }), plain))).not.toContain('aws-agent')
  })
})
