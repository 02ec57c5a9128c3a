import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareCluster, keepFixedFields, unsupportedWishes } from '../../../src/minikube/compare.ts'
import { parseFeatureGates, renderFeatureGates } from '../../../src/minikube/flags.ts'
import { parseProfileConfig, type ProfileConfig } from '../../../src/minikube/profile-config.ts'
import type { WantedCluster } from '../../../src/minikube/types.ts'
import { recordedConfig, wanted } from '../../steps/cluster-world.ts'

const parsed = parseProfileConfig(recordedConfig())
if (parsed === 'damaged') throw new Error('the recorded profile cannot be read')
const existing: ProfileConfig = parsed

type Case = [string, Partial<ProfileConfig>, Partial<WantedCluster>, string | undefined, string | undefined]

test.each<Case>([
  ['nothing', {}, {}, undefined, undefined],
  ['another driver (running-084)', {}, { driver: 'kvm2' }, 'driver', 'recreate'],
  ['a higher version', {}, { kubernetes: 'v1.36.0' }, 'kubernetes', 'restart'],
  ['a lower version (running-k8s-032)', {}, { kubernetes: 'v1.34.9' }, 'kubernetes', 'recreate'],
  ['a higher patch', { kubernetes: 'v1.35.9' }, { kubernetes: 'v1.35.10' }, 'kubernetes', 'restart'],
  ['another runtime', {}, { runtime: 'containerd' }, 'runtime', 'restart'],
  ['memory (running-078)', {}, { memoryMiB: 4000 }, 'memoryMiB', 'recreate'],
  ['cpus (running-079)', {}, { cpus: 4 }, 'cpus', 'recreate'],
  ['disk of a container means nothing', {}, { diskMiB: 40000 }, undefined, undefined],
  [
    'disk of a machine (running-081)',
    { driver: 'kvm2' },
    { driver: 'kvm2', diskMiB: 40000 },
    'diskMiB',
    'recreate',
  ],
  ['nodes (running-082)', {}, { nodes: 2 }, 'nodes', 'recreate'],
  ['gates', {}, { featureGates: { A: true } }, 'featureGates', 'restart'],
  [
    'the same gates in another order',
    { featureGates: 'B=false,A=true' },
    { featureGates: { A: true, B: false } },
    undefined,
    undefined,
  ],
  ['no gates any more', { featureGates: 'A=true' }, {}, 'featureGates', 'restart'],
  [
    'extra config (running-k8s-112)',
    {},
    { extraConfig: [{ component: 'apiserver', key: 'v', value: '2' }] },
    'extraConfig',
    'restart',
  ],
  [
    'the last extra config gone',
    { extraOptions: [{ component: 'apiserver', key: 'v', value: '2' }] },
    {},
    'extraConfig',
    'recreate',
  ],
  ['service range', {}, { serviceCidr: '10.112.0.0/12' }, 'serviceCidr', 'recreate'],
  ['a mount in a container', {}, { mounts: [{ host: '/a', node: '/b' }] }, 'mounts', 'recreate'],
  [
    'a mount by 9p',
    { driver: 'kvm2' },
    { driver: 'kvm2', mounts: [{ host: '/a', node: '/b' }] },
    'mounts',
    'in-place',
  ],
  ['ports (running-086)', {}, { ports: [{ address: '127.0.0.1', host: 1, node: 2 }] }, 'ports', 'recreate'],
  ['mirrors', {}, { registryMirrors: ['https://m.test'] }, 'registryMirrors', 'recreate'],
  ['insecure registries', {}, { insecureRegistries: ['r.test'] }, 'insecureRegistries', 'recreate'],
  ['subnet', {}, { subnet: '10.0.0.0/24' }, 'subnet', 'recreate'],
  ['static address (running-083)', {}, { staticIp: '192.168.200.5' }, 'staticIp', 'recreate'],
])('%s', (_name, config, cluster, field, effect) => {
  const changes = compareCluster({ ...existing, ...config }, { ...wanted, ...cluster })
  const expected = field === undefined ? [] : [{ field: `cluster.${field}`, effect }]
  expect(changes.map((change) => ({ field: change.field, effect: change.effect }))).toEqual(expected)
})

test.each<[string, Partial<WantedCluster>, readonly string[]]>([
  ['nothing', {}, []],
  ['ports on a machine', { driver: 'vfkit', ports: [{ address: '', host: 1, node: 2 }] }, ['cluster.ports']],
  [
    'networks on a machine',
    { driver: 'kvm2', subnet: 's', staticIp: 'i' },
    ['cluster.subnet', 'cluster.staticIp'],
  ],
  [
    'a range for containerd',
    { runtime: 'containerd', insecureRegistries: ['r', '10.0.0.0/8'] },
    ['cluster.insecureRegistries'],
  ],
])('without effect: %s', (_name, cluster, fields) => {
  expect(unsupportedWishes({ ...wanted, ...cluster }).map(({ field }) => field)).toEqual(fields)
})

const clusters = fc.record({
  driver: fc.constantFrom('docker', 'kvm2', 'vfkit'),
  kubernetes: fc.constantFrom('v1.34.0', 'v1.35.1', 'v1.36.0'),
  runtime: fc.constantFrom('docker', 'containerd'),
  cpus: fc.integer({ min: 2, max: 8 }),
  memoryMiB: fc.integer({ min: 2000, max: 9000 }),
  serviceCidr: fc.constantFrom('10.96.0.0/12', '10.112.0.0/12'),
  mounts: fc.constantFrom<WantedCluster['mounts']>(
    [],
    [{ host: '/a', node: '/b' }],
    [{ host: 'C:\\a', node: '/b' }],
  ),
})

test('starting with the fixed fields kept asks minikube for nothing it would refuse or ignore', () => {
  const perStart = new Set(['driver', 'kubernetes', 'cpus', 'memoryMiB', 'serviceCidr', 'mounts'])
  fc.assert(
    fc.property(clusters, clusters, (before, after) => {
      const config = {
        ...existing,
        ...before,
        mount: before.mounts.map((m) => `${m.host}:${m.node}`)[0] ?? '',
      }
      const kept = keepFixedFields(config, { ...wanted, ...after })
      const refused = compareCluster(config, kept).filter(({ effect }) => effect === 'recreate')
      expect(refused.filter(({ field }) => perStart.has(field.slice('cluster.'.length)))).toEqual([])
    }),
  )
})

test('feature gates survive being written and read', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[A-Za-z]{1,12}$/), fc.boolean()), (gates) => {
      const read = parseFeatureGates(renderFeatureGates(gates))
      expect(read).toEqual(Object.fromEntries(Object.entries(gates).map(([name, on]) => [name, `${on}`])))
    }),
  )
  expect(parseFeatureGates(' A , B=x ')).toEqual({ A: '', B: 'x' })
})
