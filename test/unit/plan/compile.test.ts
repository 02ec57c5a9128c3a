import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { order } from '../../../src/engine/order.ts'
import { compileUp, contextsInputOf } from '../../../src/plan/compile.ts'
import { compileContexts } from '../../../src/plan/compile-contexts.ts'
import { compileDestroy, compileDown } from '../../../src/plan/compile-destroy.ts'
import {
  compileDoctor,
  compileGround,
  compileProof,
  compileStatus,
  forLook,
} from '../../../src/plan/compile-look.ts'
import type { Facts } from '../../../src/plan/facts.ts'
import { layoutOf } from '../../../src/plan/layout.ts'
import {
  differenceOf,
  optionsOf,
  otherPlace,
  parseSavedPlan,
  renderSavedPlan,
} from '../../../src/plan/saved.ts'
import { machineChecks, type Plan } from '../../../src/plan/step.ts'
import { behind, configMap, facts, ids, input, needsOf, plain } from './compile-input.ts'
import { profilePathMissing } from '../../../src/problems/profile.ts'
import type { AddonSpec, Profile } from '../../../src/profile/profile.ts'

const on: AddonSpec = { enabled: true, options: {} }

describe('up', () => {
  test('every machine check comes before the first change', () => {
    const plan = compileUp(input(), plain)
    const checks = machineChecks.map((check) => `machine.${check}`)
    expect(ids(plan)).toEqual(expect.arrayContaining(checks))
    expect(needsOf(plan, 'tool.minikube')).toEqual([...checks, 'context.possible'])
    expect(needsOf(plan, 'tool.kubectl')).toEqual([...checks, 'context.possible'])
  })
  test('kubectl is fetched beside the start of the cluster, not before it', () => {
    expect(behind(compileUp(input(), plain), 'cluster')).not.toContain('tool.kubectl')
  })
  test('registry-creds gets its Secrets first on amd64, and none on arm64, where it cannot run', () => {
    const addons = { 'registry-creds': on }
    expect(behind(compileUp(input({ addons }), plain), 'addon.registry-creds')).toContain(
      'addon-secrets.registry-creds',
    )
    const arm = compileUp(input({ addons }, { host: { ...facts.host, arch: 'arm64' } }), plain)
    expect(ids(arm)).toContain('addon.registry-creds')
    expect(ids(arm)).not.toContain('addon-secrets.registry-creds')
  })
  test('an add-on that is switched off is a step of its own, and makes room for its rival', () => {
    const addons = { traefik: on, ingress: { enabled: false, options: {} } }
    const plan = compileUp(input({ addons }), plain)
    expect(ids(plan)).not.toContain('addon.ingress')
    expect(plan.steps.find(({ kind }) => kind === 'addon.absent')).toMatchObject({
      id: 'addon-off.ingress',
      want: { addon: 'ingress' },
      needs: ['cluster'],
    })
    expect(needsOf(plan, 'addon.traefik')).toContain('addon-off.ingress')
    expect(
      needsOf(
        compileUp(
          input({ addons: { ...addons, traefik: { enabled: false, options: {} }, dashboard: on } }),
          plain,
        ),
        'addon.dashboard',
      ),
    ).not.toContain('addon-off.ingress')
  })
  test('manifests wait for namespaces and add-ons, and keep their order', () => {
    const manifests = ['/m/a.yaml', '/m/b.yaml'].map((path) => ({ path, objects: [configMap(path)] }))
    const namespaces = [{ name: 'shop', labels: {}, annotations: {} }]
    const plan = compileUp(input({ addons: { ingress: on }, namespaces }, { manifests }), plain)
    const [a = '', b = ''] = ids(plan).filter((id) => id.startsWith('manifests.'))
    expect([...behind(plan, a)]).toEqual(expect.arrayContaining(['namespaces', 'addon.ingress', 'cluster']))
    expect(needsOf(plan, b)).toContain(a)
  })
  test('--verify adds the proof at the end, --use makes the context current', () => {
    const plan = compileUp(input({ addons: { ingress: on } }), {
      recreate: true,
      makeCurrent: true,
      verify: true,
    })
    expect(ids(plan).at(-1)).toBe('sample')
    expect(plan.steps.find(({ id }) => id === 'context')?.want).toMatchObject({ makeCurrent: 'always' })
    expect(plan.steps.find(({ id }) => id === 'cluster')?.want).toMatchObject({ recreate: true })
  })
  test('without any driver the plan is still whole, for the check to say why', () => {
    const none = { none: [{ driver: 'vfkit', usable: false, reason: 'not there', remedy: [] }] } as const
    expect(
      compileUp(input({}, { driver: none }), plain).steps.find(({ id }) => id === 'cluster')?.want,
    ).toMatchObject({ cluster: { driver: 'vfkit' } })
  })
})

describe('remote contexts', () => {
  const eks = { cluster: 'acme-dev', region: 'eu-west-1' }
  const contexts: Profile['contexts'] = [
    { name: 'dev', eks },
    { name: 'all', eks: { discover: true, awsProfile: 'other' } },
    { name: 'onprem', cluster: { server: 'https://k.test' } },
  ]
  const remoteIds = [
    'launcher',
    'remote-context.dev',
    'remote-context.all',
    'remote-context.onprem',
    'remote-contexts',
  ]
  const given = input({ contexts, aws: { profile: 'acme', region: 'eu-central-1' } })
  const want = (plan: Plan, id: string) => plan.steps.find((step) => step.id === id)?.want

  test('they rest on nothing, so that neither the cluster nor one another stops them', () => {
    for (const plan of [compileUp(given, plain), compileStatus(given), compileDoctor(given)]) {
      expect(ids(plan)).toEqual(expect.arrayContaining(remoteIds))
      expect(remoteIds.map((id) => needsOf(plan, id))).toEqual(remoteIds.map(() => []))
    }
  })

  test('a profile without has no step about them, and destroy none either', () => {
    const all = [
      compileUp(input(), plain),
      compileStatus(input()),
      compileDestroy(input(), { keepTools: false, fetchMinikube: false }),
    ]
    expect(all.flatMap(ids).filter((id) => /remote|launcher/.test(id))).toEqual([])
  })

  test('the AWS profile and region are the person’s where a context names none', () => {
    const plan = compileUp(given, plain)
    expect(want(plan, 'remote-context.dev')).toMatchObject({
      spec: { eks: { ...eks, awsProfile: 'acme' } },
      region: 'eu-central-1',
      team: 'team',
      launcher: '/h/.local/share/devk8s/bin/devk8s',
      cache: '/h/.local/state/devk8s/contexts/lookups',
    })
    expect(want(plan, 'remote-context.all')).toMatchObject({
      spec: { eks: { awsProfile: 'other' } },
      others: [{ name: 'dev' }, { name: 'onprem' }],
    })
    expect(want(plan, 'launcher')).toEqual({
      path: '/h/.local/share/devk8s/bin/devk8s',
      nodePath: '/opt/node',
      scriptPath: '/opt/devk8s/dist/bin.js',
      version: '1.2.3',
    })
  })

  test('up tells of dropped ones; sync asks AWS each time; both leave the rest alone', () => {
    expect(want(compileUp(given, plain), 'remote-contexts')).toMatchObject({
      prune: false,
      specs: { length: 3 },
    })
    expect(want(compileUp(given, plain), 'remote-context.dev')).not.toHaveProperty('fresh')
    const sync = compileContexts(contextsInputOf(given), { prune: true, fresh: true })
    expect(ids(sync)).toEqual(remoteIds)
    expect(want(sync, 'remote-contexts')).toMatchObject({ prune: true })
    expect(want(sync, 'remote-context.dev')).toMatchObject({ fresh: true })
    expect(ids(compileContexts(contextsInputOf(input()), { prune: false, fresh: true }))).toEqual([
      'remote-contexts',
    ])
  })

  test('in a bound shell what lasts goes to the person’s own files', () => {
    const own = ['/h/.kube/config', '/h/.kube/second']
    const bound = '/run/user/1/devk8s/shells/4711-staging'
    const layout = { ...facts.layout, runtime: '/run/user/1/devk8s', userKubeconfig: [bound, ...own] }
    const there = { ...given, facts: { ...given.facts, layout } }
    const plans = [compileUp(there, plain), compileDestroy(there, { keepTools: false, fetchMinikube: false })]
    const kubeconfigs = plans.flatMap(({ steps }) =>
      steps.flatMap((step) => ('userKubeconfig' in step.want ? [step.want.userKubeconfig] : [])),
    )
    expect(kubeconfigs.length).toBeGreaterThanOrEqual(8)
    expect(new Set(kubeconfigs.flat())).toEqual(new Set(own))
  })

  test('destroy takes them away before the launcher, which stays while others need it', () => {
    const options = { keepTools: false, fetchMinikube: false }
    const plan = compileDestroy(given, options)
    expect(want(plan, 'remote-contexts')).toMatchObject({ prune: true, specs: [] })
    expect(behind(plan, 'data')).toContain('remote-contexts')
    expect(behind(plan, 'state')).toContain('remote-contexts')
    const shared = compileDestroy(input({ contexts }, { otherClusters: ['second'] }), options)
    expect(ids(shared)).toEqual(['cluster', 'context', 'kubeconfig', 'remote-contexts'])
    const others = { isOwn: true, others: ['b-prod'] }
    const dropped = compileDestroy(input(), { ...options, contexts: others })
    expect(ids(dropped)).toEqual(['cluster', 'context', 'kubeconfig', 'remote-contexts'])
  })
})

test('any choice of add-ons, namespaces and manifests makes a plan in order', () => {
  const names = fc.uniqueArray(
    fc.constantFrom('ingress', 'ingress-dns', 'registry-creds', 'dashboard', 'metrics-server'),
  )
  fc.assert(
    fc.property(names, fc.boolean(), fc.nat(3), fc.boolean(), (addons, hasNamespaces, count, verify) => {
      const manifests = Array.from({ length: count }, (_, at) => ({
        path: `/m/${at}.yaml`,
        objects: at % 2 === 0 ? [configMap(`c${at}`)] : [],
      }))
      const namespaces = hasNamespaces ? [{ name: 'shop', labels: {}, annotations: {} }] : []
      const given = input(
        { addons: Object.fromEntries(addons.map((name) => [name, on])), namespaces },
        { manifests },
      )
      for (const plan of [
        compileUp(given, { ...plain, verify }),
        compileStatus(given),
        compileDoctor(given),
        compileDown(given, { fetchMinikube: false }),
        compileGround(given),
        compileProof(given),
        compileDestroy(given, { keepTools: false, fetchMinikube: false }),
      ]) {
        expect(order(plan.steps).length).toBe(plan.steps.length)
        expect(parseSavedPlan(renderSavedPlan(plan))).toEqual(plan)
      }
    }),
  )
})

describe('a minikube to end the cluster with', () => {
  test('is fetched first where none is installed', () => {
    const options = { keepTools: false, fetchMinikube: true }
    for (const plan of [compileDown(input(), options), compileDestroy(input(), options)]) {
      expect(ids(plan)[0]).toBe('tool.minikube')
      expect(needsOf(plan, 'cluster')).toEqual(['tool.minikube'])
    }
    expect(ids(compileDown(input(), { fetchMinikube: false }))).toEqual(['cluster'])
  })
})

test('faults of manifests are a step of what looks, and the context’s room is not', () => {
  const fault = { ...profilePathMissing, detail: '/m: there is no such file.', next: [] }
  for (const compile of [compileStatus, compileDoctor]) {
    const plan = compile(input({}, { problems: [fault] }))
    expect(plan.steps.at(-1)).toMatchObject({ kind: 'manifests.usable', want: { problems: [fault] } })
    expect(ids(plan)).not.toContain('context.possible')
    expect(ids(compile(input()))).not.toContain('manifests')
  }
})

describe('destroy', () => {
  const keep = { keepTools: false, fetchMinikube: false }
  test('the context goes after the cluster, which may be needed until then', () => {
    expect(behind(compileDestroy(input(), keep), 'context')).toContain('cluster')
  })
  test('the tools go after the cluster, which minikube deletes', () => {
    expect(behind(compileDestroy(input(), keep), 'data')).toContain('cluster')
  })
  test('tools and the last profile go after the context, so that the same command can go on', () => {
    for (const id of ['data', 'config']) {
      expect(behind(compileDestroy(input(), keep), id)).toContain('context')
    }
  })
  test('a cluster that is not ours stays, and no minikube is fetched for it; the rest goes', () => {
    const plan = compileDestroy(input(), { keepTools: false, fetchMinikube: true, keepCluster: true })
    expect(order(plan.steps).map(({ id }) => id)).toEqual([
      'context',
      'kubeconfig',
      'data',
      'config',
      'state',
    ])
    expect(plan.steps.find(({ id }) => id === 'kubeconfig')?.want).toMatchObject({
      paths: expect.arrayContaining([expect.stringContaining('devk8s.made.json')]),
    })
  })
  test('--keep-tools, and what another cluster of ours needs, stays', () => {
    expect(ids(compileDestroy(input(), { ...keep, keepTools: true }))).not.toContain('data')
    expect(ids(compileDestroy(input({}, { otherClusters: ['other'] }), keep))).toEqual([
      'cluster',
      'context',
      'kubeconfig',
    ])
  })
})

test('a look needs no minikube to see that there is no cluster', () => {
  const plan = compileUp(input(), plain)
  expect(needsOf(forLook(plan, facts), 'cluster')).toEqual([])
  expect(
    needsOf(forLook(plan, { ...facts, existing: { driver: 'docker', memoryMiB: 4000 } }), 'cluster'),
  ).toEqual(['tool.minikube'])
})

describe('a saved plan', () => {
  const withHash = (hash: string, data = 'cGFzcw==') => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', annotations: { 'devk8s.dev/applied-hash': hash } },
    data: { password: data },
    stringData: { token: 'canary' },
  })
  const plan = (hash: string, change: Partial<Facts> = {}) =>
    compileUp(input({}, { manifests: [{ path: '/m/s.yaml', objects: [withHash(hash)] }], ...change }), plain)
  const readBack = (made: Plan) => parseSavedPlan(renderSavedPlan(made)) as Plan

  test('holds no content of a Secret, and takes it from the manifests when it is carried out', () => {
    const text = renderSavedPlan(plan('1'))
    expect(text).not.toContain('canary')
    expect(text).not.toContain('cGFzcw==')
    expect(differenceOf(readBack(plan('1')), plan('1'))).toBeUndefined()
  })

  test('is refused when an object is another one now, or a step is in one of the two only', () => {
    const step = 'Manifests /m/s.yaml'
    expect(differenceOf(readBack(plan('1')), plan('2'))).toEqual({
      step,
      what: 'want.objects.0.metadata.annotations.devk8s.dev/applied-hash',
    })
    const none = plan('1', { manifests: [] })
    expect(differenceOf(readBack(plan('1')), none)).toEqual({ step, what: 'it would not be a step now' })
    expect(differenceOf(readBack(none), plan('1'))).toEqual({ step, what: 'it is not in the plan' })
  })

  const edit = (id: string, change: object): Plan => {
    const made = readBack(plan('1'))
    const steps = made.steps.map((step) => (step.id === id ? { ...step, ...change } : step))
    return { ...made, steps }
  }
  test.for([
    ['cluster', { want: {} }, 'want.cluster'],
    ['cluster', { want: [] }, 'want'],
    ['cluster', { kind: 'files.absent' }, 'kind'],
    ['context', { want: { userKubeconfig: [[]] } }, 'want.name'],
    ['tool.minikube', { want: { tool: { toString: 1 } } }, 'want.tool'],
    ['machine.cpus', { needs: ['x'] }, 'needs.0'],
    ['machine.cpus', { more: 1 }, 'more'],
  ] as const)('with step %s as %j is refused for %s, and nothing of it is believed', ([id, change, what]) => {
    const saved = edit(id, change)
    expect(optionsOf(saved)).toEqual(plain)
    expect(otherPlace(saved, plan('1'))).toBeUndefined()
    expect(differenceOf(saved, plan('1'))?.what).toBe(what)
  })

  test('names the field of the machine or of a kubectl that differs', () => {
    const made = readBack(plan('1'))
    const manifests = made.steps.find(({ kind }) => kind === 'objects.applied')
    const other = edit(manifests?.id ?? '', {
      want: { ...manifests?.want, kubectl: { program: '/p', kubeconfig: '/k', context: 'prod' } },
    })
    expect(differenceOf(other, plan('1'))).toEqual({
      step: 'Manifests /m/s.yaml',
      what: 'want.kubectl.program',
    })
    expect(differenceOf({ ...made, steps: [...made.steps, ...made.steps.slice(-1)] }, plan('1'))).toEqual({
      step: 'the plan',
      what: `steps.${made.steps.length}`,
    })
    expect(differenceOf({ ...made, command: 'destroy' }, plan('1'))?.what).toBe('command')
  })

  test('keeps the flags it was made with', () => {
    const every = { recreate: true, makeCurrent: true, verify: true }
    expect(optionsOf(compileUp(input(), every))).toEqual(every)
    expect(optionsOf(compileUp(input(), plain))).toEqual(plain)
  })

  test('is for the places it was made for', () => {
    expect(otherPlace(readBack(plan('1')), plan('1'))).toBeUndefined()
    const elsewhere = layoutOf({ cwd: '/w', env: {}, home: '/other', platform: 'linux' })
    expect(otherPlace(plan('1'), plan('1', { layout: elsewhere }))).toBe(
      'minikube home: /h/.minikube in the plan, /other/.minikube here',
    )
  })
})

test.for([
  ['', 'missing or empty'],
  ['{', 'not JSON'],
  ['[]', 'no plan'],
  ['{"schema":"devk8s.dev/plan/v2"}', 'devk8s.dev/plan/v2'],
  ['{"schema":"devk8s.dev/plan/v1"}', 'no steps'],
  ['{"schema":"devk8s.dev/plan/v1","profile":"p","profileHash":1,"steps":[]}', 'no profile'],
  ['{"schema":"devk8s.dev/plan/v1","profile":"p","profileHash":"a","steps":[{"id":"a"}]}', 'not whole'],
  ['{"schema":"devk8s.dev/plan/v1","profile":"p","profileHash":"a","steps":[1]}', 'not whole'],
])('a saved plan %j is refused: %s', ([text = '', says]) => {
  expect(parseSavedPlan(text)).toContain(says)
})
