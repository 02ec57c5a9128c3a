import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addonEnableArgs,
  addonsListArgs,
  containerListArgs,
  deleteArgs,
  freshStart,
  profileListArgs,
  startArgs,
  statusArgs,
  stopArgs,
  volumeInspectArgs,
  volumeRemoveArgs,
} from '../../../src/minikube/commands.ts'
import type { MinikubeRef, WantedCluster } from '../../../src/minikube/types.ts'
import { wanted } from '../../steps/cluster-world.ts'

const ref: MinikubeRef = {
  program: '/data/tools/minikube/v1.38.1/minikube',
  home: '/home/dev/.minikube',
  kubeconfig: '/home/dev/.local/share/devk8s/kubeconfig/devk8s',
  profile: 'devk8s',
}

function start(cluster: Partial<WantedCluster>, options = freshStart): readonly string[] {
  return startArgs({ ...wanted, ...cluster }, ref, options).args
}

test('a plain start gives every default that has moved, and nothing that asks, deletes or needs sudo', () => {
  expect(start({})).toEqual([
    'start',
    '-p',
    'devk8s',
    '--driver=docker',
    '--container-runtime=docker',
    '--kubernetes-version=v1.35.1',
    '--cpus=2',
    '--memory=6000mb',
    '--disk-size=20000mb',
    '--interactive=false',
    '--auto-update-drivers=false',
    '--delete-on-failure=false',
    '--keep-context=false',
    '--embed-certs=false',
    '--wait=apiserver,system_pods',
    '--wait-timeout=360s',
    '--service-cluster-ip-range=10.96.0.0/12',
    '--nodes=1',
    '--output=json',
  ])
})

test.each<[string, Partial<WantedCluster>, readonly string[]]>([
  ['gates, sorted', { featureGates: { B: false, A: true } }, ['--feature-gates=A=true,B=false']],
  [
    'extra config, one flag each; a value may hold = and .',
    {
      extraConfig: [
        { component: 'apiserver', key: 'runtime-config', value: 'a.b/v1=true' },
        { component: 'kubelet', key: 'v', value: '2' },
      ],
    },
    ['--extra-config=apiserver.runtime-config=a.b/v1=true', '--extra-config=kubelet.v=2'],
  ],
  ['a mount', { mounts: [{ host: '/home/dev/src', node: '/src' }] }, ['--mount-string=/home/dev/src:/src']],
  ['ports', { ports: [{ address: '127.0.0.1', host: 80, node: 80 }] }, ['--ports=127.0.0.1:80:80']],
  ['mirrors', { registryMirrors: ['https://mirror.test'] }, ['--registry-mirror=https://mirror.test']],
  ['insecure registries', { insecureRegistries: ['reg.test:5000'] }, ['--insecure-registry=reg.test:5000']],
  ['subnet', { subnet: '192.168.80.0/24' }, ['--subnet=192.168.80.0/24']],
  ['static address', { staticIp: '192.168.80.2' }, ['--static-ip=192.168.80.2']],
  ['service range', { serviceCidr: '10.112.0.0/12' }, ['--service-cluster-ip-range=10.112.0.0/12']],
])('start with %s', (_name, cluster, flags) => {
  expect(start(cluster)).toEqual(expect.arrayContaining([...flags]))
})

test.each<[string, Partial<WantedCluster>, string]>([
  [
    'ports on a virtual machine',
    { driver: 'vfkit', ports: [{ address: '', host: 80, node: 80 }] },
    '--ports',
  ],
  ['a subnet on a virtual machine', { driver: 'kvm2', subnet: '10.0.0.0/24' }, '--subnet'],
  ['a static address on podman', { driver: 'podman', staticIp: '10.0.0.2' }, '--static-ip'],
])('start leaves out %s', (_name, cluster, flag) => {
  expect(start(cluster).join(' ')).not.toContain(flag)
})

test('an existing cluster gets nothing that counts at creation only; recorded gates and mounts can be emptied', () => {
  const options = { ...freshStart, existing: true, clearFeatureGates: true, clearMount: true }
  const args = start({ nodes: 2, subnet: '10.0.0.0/24', ports: [{ address: '', host: 1, node: 1 }] }, options)
  expect(args.join(' ')).not.toMatch(/--nodes|--ports|--subnet/)
  expect(args).toEqual(expect.arrayContaining(['--feature-gates=', '--mount-string=']))
})

test.each([
  [startArgs(wanted, ref), true],
  [stopArgs(ref), true],
  [deleteArgs(ref), true],
  [addonEnableArgs(ref, 'ingress', {}), true],
  [statusArgs(ref), false],
  [profileListArgs(ref), false],
  [addonsListArgs(ref), false],
])('%o has a home and kubeconfig of its own', (command, changes) => {
  expect(command.changes).toBe(changes)
  expect(command.program).toBe(ref.program)
  expect(command.env).toEqual({
    MINIKUBE_HOME: ref.home,
    KUBECONFIG: ref.kubeconfig,
    MINIKUBE_IN_STYLE: 'false',
  })
})

test('docker calls look without changing, except the one that removes', () => {
  expect([containerListArgs(ref), volumeInspectArgs(ref)].map(({ changes }) => changes)).toEqual([
    false,
    false,
  ])
  expect(volumeRemoveArgs(ref)).toMatchObject({ changes: true, args: ['volume', 'rm', 'devk8s'] })
})

test('only options that minikube knows are passed to an add-on', () => {
  const { args } = addonEnableArgs(ref, 'ingress', { images: 'A=b', registries: 'C=d', other: 'x' })
  expect(args).toEqual(['addons', 'enable', 'ingress', '-p', 'devk8s', '--images=A=b', '--registries=C=d'])
})

describe('whatever the profile says', () => {
  test('no value becomes a flag of its own, and nothing reaches other profiles', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.integer({ min: 1 }), (value, host, cpus) => {
        const args = start({
          cpus,
          extraConfig: [{ component: 'kubelet', key: 'k', value }],
          mounts: [{ host, node: '/n' }],
        })
        const [, , , ...flags] = args
        expect(flags.every((flag) => /^--[a-z-]+=/.test(flag))).toBe(true)
        expect(args).not.toContain('--all')
      }),
    )
  })
})
