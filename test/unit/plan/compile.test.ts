import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { order } from '../../../src/engine/order.ts'
import { compileUp, type CompileInput } from '../../../src/plan/compile.ts'
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
import { parseSavedPlan, renderSavedPlan } from '../../../src/plan/saved.ts'
import { machineChecks, type Plan } from '../../../src/plan/step.ts'
import type { AddonSpec, Profile } from '../../../src/profile/profile.ts'

const tool = { version: 'v1.38.1', mirror: 'https://mirror.test', sha256: {}, usePath: false }
const profile: Profile = {
  name: 'team',
  cluster: {
    name: 'devk8s',
    kubernetes: 'v1.35.1',
    driver: 'auto',
    runtime: 'docker',
    cpus: 2,
    memoryMiB: 'auto',
    diskMiB: 20_000,
    nodes: 1,
    featureGates: {},
    extraConfig: [],
    mounts: [],
    ports: [],
    registryMirrors: [],
    insecureRegistries: [],
    caCertificates: [],
    serviceCidr: '10.96.0.0/12',
  },
  tools: { minikube: tool, kubectl: tool },
  addons: {},
  namespaces: [],
  manifests: [],
  context: { name: 'local', namespace: 'default', makeCurrent: 'if-none' },
  contexts: [],
}
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })
const facts: Facts = {
  host: {
    platform: 'linux',
    arch: 'amd64',
    nodeArch: 'x64',
    release: '6.1',
    wsl: false,
    inContainer: false,
    root: false,
    cpus: 4,
    memoryMiB: 16_000,
    virtualization: 'available',
    interfaces: [],
  },
  layout: layoutOf({ env: {}, home: '/h', platform: 'linux' }),
  driver: { name: 'docker', why: 'found' },
  onPath: {},
  manifests: [],
  sample: [configMap('sample')],
  problems: [],
}

function input(change: Partial<Profile> = {}, changedFacts: Partial<Facts> = {}): CompileInput {
  const place = (name: string) => ({
    path: `/h/tools/${name}`,
    source: 'managed' as const,
    url: `https://mirror.test/${name}`,
    checksumUrl: `https://mirror.test/${name}.sha256`,
  })
  return {
    loaded: { profile: { ...profile, ...change }, origins: {}, hash: 'abc' },
    facts: { ...facts, ...changedFacts },
    tools: { minikube: place('minikube'), kubectl: place('kubectl') },
    memoryMiB: 4000,
    registrySecrets: [configMap('registry-creds-ecr')],
    stamp: (objects) => objects,
  }
}
const plain = { recreate: false, makeCurrent: false, verify: false }
const on: AddonSpec = { enabled: true, options: {} }
const ids = ({ steps }: Plan) => steps.map(({ id }) => id)
const needsOf = ({ steps }: Plan, wanted: string) => steps.find(({ id }) => id === wanted)?.needs

/** Everything that must be there before a step begins, directly or not. */
function behind(plan: Plan, id: string): ReadonlySet<string> {
  const needs = needsOf(plan, id) ?? []
  return new Set([...needs, ...needs.flatMap((need) => [...behind(plan, need)])])
}

describe('up', () => {
  test('every machine check comes before the first change', () => {
    const plan = compileUp(input(), plain)
    const checks = machineChecks.map((check) => `machine.${check}`)
    expect(ids(plan)).toEqual(expect.arrayContaining(checks))
    expect(needsOf(plan, 'tool.minikube')).toEqual(checks)
    expect(needsOf(plan, 'tool.kubectl')).toEqual(checks)
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
  test('an add-on that is switched off is no step', () => {
    expect(
      ids(compileUp(input({ addons: { ingress: { enabled: false, options: {} } } }), plain)),
    ).not.toContain('addon.ingress')
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
        compileDown(given),
        compileGround(given),
        compileProof(given),
        compileDestroy(given, { keepTools: false, others: [] }),
      ]) {
        expect(order(plan.steps).length).toBe(plan.steps.length)
        expect(parseSavedPlan(renderSavedPlan(plan))).toEqual(plan)
      }
    }),
  )
})

describe('destroy', () => {
  const keep = { keepTools: false, others: [] }
  test('the tools go after the cluster, which minikube deletes', () => {
    expect(behind(compileDestroy(input(), keep), 'data')).toContain('cluster')
  })
  test('--keep-tools, and what another cluster of ours needs, stays', () => {
    expect(ids(compileDestroy(input(), { keepTools: true, others: [] }))).not.toContain('data')
    expect(ids(compileDestroy(input(), { keepTools: false, others: ['other'] }))).toEqual([
      'context',
      'cluster',
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

test.for([
  ['', 'missing or empty'],
  ['{', 'not JSON'],
  ['[]', 'no plan'],
  ['{"schema":"devk8s.dev/plan/v2"}', 'devk8s.dev/plan/v2'],
  ['{"schema":"devk8s.dev/plan/v1"}', 'no steps'],
])('a saved plan %j is refused: %s', ([text = '', says]) => {
  expect(parseSavedPlan(text)).toContain(says)
})
