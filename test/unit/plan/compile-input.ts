import type { CompileInput } from '../../../src/plan/compile.ts'
import type { Facts } from '../../../src/plan/facts.ts'
import { layoutOf } from '../../../src/plan/layout.ts'
import type { Plan } from '../../../src/plan/step.ts'
import type { Profile } from '../../../src/profile/profile.ts'

const tool = { version: 'v1.38.1', mirror: 'https://mirror.test', sha256: {}, usePath: false }
export const profile: Profile = {
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
export const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })
export const facts: Facts = {
  associations: [],
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
  layout: layoutOf({ cwd: '/w', env: {}, home: '/h', platform: 'linux' }),
  driver: { name: 'docker', why: 'found' },
  onPath: {},
  keptFresh: [],
  brokerRuns: false,
  broker: false,
  manifests: [],
  sample: [configMap('sample')],
  problems: [],
  otherClusters: [],
}

export function input(change: Partial<Profile> = {}, changedFacts: Partial<Facts> = {}): CompileInput {
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
    dockerConfig: '/h/.docker/config.json',
    program: { nodePath: '/opt/node', scriptPath: '/opt/devk8s/dist/bin.js', version: '1.2.3' },
    stamp: (objects) => objects,
  }
}
export const plain = { recreate: false, makeCurrent: false, verify: false }
export const ids = ({ steps }: Plan) => steps.map(({ id }) => id)
export const needsOf = ({ steps }: Plan, wanted: string) => steps.find(({ id }) => id === wanted)?.needs

/** Everything that must be there before a step begins, directly or not. */
export function behind(plan: Plan, id: string): ReadonlySet<string> {
  const needs = needsOf(plan, id) ?? []
  return new Set([...needs, ...needs.flatMap((need) => [...behind(plan, need)])])
}
