import { describe, expect, test } from 'vitest'
import { checkAddresses } from '../../../src/machine/addresses.ts'
import { checkArchitecture } from '../../../src/machine/architecture.ts'
import { certificateFault, checkCertificates } from '../../../src/machine/certificates.ts'
import { checkClock } from '../../../src/machine/clock.ts'
import { checkCpus } from '../../../src/machine/cpus.ts'
import { checkDisk } from '../../../src/machine/disk.ts'
import { checkPorts } from '../../../src/machine/ports.ts'
import { checkTools } from '../../../src/machine/tools.ts'
import { checkVirtualization } from '../../../src/machine/virtualization.ts'
import { checkWsl } from '../../../src/machine/wsl.ts'
import type { Finding } from '../../../src/plan/step.ts'
import { cluster, dockerFact, laptop, mac, windows } from './support.ts'

/** The code of what stops, `warning` for what is only worth a word, else the state. */
function judged(finding: Finding): string {
  if (finding.state === 'blocked') {
    const { code, next, detail } = finding.problem
    return next.length > 0 && detail.endsWith('.') ? code : `${code} without a way out or a whole sentence`
  }
  return finding.notes?.some(({ level }) => level === 'warning') ? 'warning' : finding.state
}

test.each([
  ['ready', laptop],
  ['ready', mac],
  ['warning', { ...mac, nodeArch: 'x64' }],
  ['DK6010', { ...laptop, arch: 'other', nodeArch: 'riscv64' }],
] as const)('architecture: %s', (expected, host) => {
  expect(judged(checkArchitecture(host))).toBe(expected)
})

test.each([
  ['ready', 2, 8, undefined],
  ['ready', 8, 8, undefined],
  ['DK6011', 9, 8, undefined],
  ['DK6011', 1, 8, undefined],
  ['DK6011', 2, 1, undefined],
  ['DK6011', 6, 8, { ...dockerFact, cpus: 4, desktop: true }],
  ['ready', 4, 8, { ...dockerFact, cpus: 4, desktop: true }],
] as const)('cpus: %s for %i of %i', (expected, cpus, has, docker) => {
  expect(judged(checkCpus({ cpus }, { cpus: has }, docker))).toBe(expected)
})

describe('disk', () => {
  const gib = 1024 ** 3
  const space = (free: number) => [{ path: '/home/dev/.minikube', freeBytes: free * gib }] as const
  test.each([
    ['ready', 100, false],
    ['warning', 12, false],
    ['DK6013', 5, false],
    ['ready', 5, true],
    ['DK6013', 1, true],
  ])('%s with %i GiB (cluster there: %s)', (expected, free, hasCluster) => {
    for (const host of [laptop, mac, windows]) {
      expect(judged(checkDisk(space(free), hasCluster, host.platform))).toBe(expected)
    }
  })

  test('the fuller of two places counts', () => {
    const spaces = [...space(100), { path: '/data', freeBytes: 1 }] as const
    expect(checkDisk(spaces, false, 'linux')).toMatchObject({
      problem: { detail: expect.stringContaining('/data') },
    })
  })
})

test.each([
  ['ready', 'docker', { ...laptop, virtualization: 'absent' }],
  ['ready', 'kvm2', laptop],
  ['ready', 'hyperv', { ...windows, virtualization: 'unknown' }],
  ['DK6014', 'kvm2', { ...laptop, virtualization: 'absent' }],
  ['DK6014', 'qemu2', { ...laptop, virtualization: 'absent', inContainer: true }],
  ['DK6014', 'vfkit', { ...mac, virtualization: 'absent' }],
  ['DK6014', 'hyperv', { ...windows, virtualization: 'absent' }],
] as const)('virtualization: %s for %s', (expected, driver, host) => {
  expect(judged(checkVirtualization(driver, host))).toBe(expected)
})

test('ports: all that are taken are named, and how to see by whom', () => {
  const ports = [
    { address: '127.0.0.1', host: 80, node: 80 },
    { address: '', host: 8443, node: 443 },
  ]
  expect(judged(checkPorts(ports, [], 'linux'))).toBe('ready')
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    const found = checkPorts(ports, ports, platform)
    expect(judged(found)).toBe('DK6015')
    expect(found).toMatchObject({ problem: { detail: expect.stringContaining('127.0.0.1:80, 8443') } })
    expect(found).toMatchObject({ problem: { next: [expect.stringContaining('80')] } })
  }
})

describe('clock', () => {
  const nowMs = Date.UTC(2026, 10, 24)
  test.each([
    ['ready', { nowMs }],
    ['DK6016', { nowMs: 0 }],
    ['DK6016', { nowMs: Date.UTC(2060, 0, 1) }],
    ['DK6016', { nowMs: Number.NaN }],
    ['ready', { nowMs, docker: { clockMs: nowMs - 60_000, askedAtMs: nowMs } }],
    ['DK6016', { nowMs, docker: { clockMs: nowMs - 3_600_000, askedAtMs: nowMs } }],
    ['DK6016', { nowMs, docker: { clockMs: nowMs + 600_000, askedAtMs: nowMs } }],
    ['ready', { nowMs, newestFileMs: nowMs + 1000 }],
    ['warning', { nowMs, newestFileMs: nowMs + 86_400_000 }],
  ])('%s for %j', (expected, readings) => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      expect(judged(checkClock(readings, platform))).toBe(expected)
    }
  })
})

describe('certificates', () => {
  const pem = `-----BEGIN CERTIFICATE-----\n${'QUJD'.repeat(20)}\n-----END CERTIFICATE-----\n`
  test.each([
    ['one', pem, undefined],
    ['one with a header', `Subject: x\n${pem}`, undefined],
    ['one from Windows', pem.replaceAll('\n', '\r\n'), undefined],
    ['a bundle', pem + pem, undefined],
    ['no file', undefined, 'not there'],
    ['no PEM', 'x'.repeat(100), 'no PEM certificate'],
    ['one without its end', pem.slice(0, 60), 'is damaged'],
    ['one that is too short', pem.replace('QUJD'.repeat(20), 'QUJD'), 'is damaged'],
    ['a bundle with a damaged one', `${pem}${pem.slice(0, 60)}\n${pem}`, '3 certificates, of which number 2'],
  ])('%s', (_name, text, expected) => {
    const fault = certificateFault(text)
    expect(fault ?? '').toContain(expected ?? '')
    expect(fault === undefined).toBe(expected === undefined)
  })

  test('all faults at once', () => {
    const found = checkCertificates(
      [
        { path: '/a.pem', text: undefined },
        { path: '/b.pem', text: pem },
        { path: '/c.pem', text: 'x' },
      ],
      [],
    )
    expect(judged(found)).toBe('DK7020')
    expect(found).toMatchObject({
      problem: { detail: expect.stringContaining('/a.pem'), evidence: [expect.stringContaining('/c.pem')] },
    })
  })

  test('a variable that names nothing is worth a word', () => {
    const variable = (text: string | undefined) =>
      [{ name: 'NODE_EXTRA_CA_CERTS', path: '/etc/company.pem', text }] as const
    expect(judged(checkCertificates([], variable(undefined)))).toBe('warning')
    expect(judged(checkCertificates([], variable('nothing')))).toBe('warning')
    expect(judged(checkCertificates([], variable(pem + pem)))).toBe('ready')
  })
})

describe('addresses', () => {
  const vpn = (cidr: string, name = 'tun0') => ({ name, cidr, internal: false })
  const own = { subnet: '10.8.0.0/24' }
  test.each([
    ['ready', {}, laptop.interfaces],
    ['ready', {}, [vpn('10.200.0.4/16')]],
    ['warning', {}, [vpn('10.100.3.4/32')]],
    ['warning', {}, [vpn('10.96.0.1/12', 'eth1')]],
    ['warning', {}, [vpn('10.0.0.7/8')]],
    ['ready', {}, [vpn('192.168.49.7/24')]],
    ['ready', own, [vpn('10.8.0.1/24', 'br-1234')]],
    ['ready', own, [{ ...vpn('10.8.0.1/24'), internal: true }]],
    ['DK7030', own, [vpn('10.8.0.2/16')]],
    ['DK7030', { subnet: '10.8.0.0' }, [vpn('10.8.0.2/16')]],
    ['DK7030', { staticIp: '10.8.0.9' }, [vpn('10.8.0.2/16')]],
    ['ready', own, [vpn('fd00::1/64')]],
  ])('%s for %j on %j', (expected, over, interfaces) => {
    expect(judged(checkAddresses({ ...cluster, ...over }, interfaces, false))).toBe(expected)
  })

  test('a node that is there already is not asked to move', () => {
    expect(judged(checkAddresses({ ...cluster, ...own }, [vpn('10.8.0.2/16')], true))).toBe('ready')
  })
})

describe('WSL', () => {
  const second = { wsl: true, release: '5.15.153.1-microsoft-standard-WSL2' }
  test.each([
    ['ready', laptop, [], ['/mnt/c/x']],
    ['ready', second, ['/home/dev/minikube'], ['/home/dev/.minikube', '/mnt/data']],
    ['DK6020', { wsl: true, release: '4.4.0-19041-Microsoft' }, [], []],
    ['DK6021', second, [], ['/mnt/c/Users/dev/.minikube']],
    ['DK6022', second, ['/mnt/c/tools/minikube.exe'], []],
  ])('%s', (expected, host, programs, folders) => {
    expect(judged(checkWsl(host, programs, folders))).toBe(expected)
  })
})

test.each([
  [undefined, 0],
  [{ program: '/ours/minikube', version: 'v1.30.0' }, 0],
  [{ program: '/usr/bin/minikube', version: 'v1.30.0' }, 1],
  [{ program: '/usr/bin/minikube', version: 'v1.38.1' }, 0],
  [{ program: '/usr/bin/minikube' }, 0],
])('tools: %j is %i notes and never a reason to stop', (onPath, count) => {
  const tool = { tool: 'minikube', program: '/ours/minikube', version: 'v1.38.1' }
  const found = checkTools([{ ...tool, ...(onPath !== undefined && { onPath }) }])
  expect(found.state).toBe('ready')
  expect(found.notes ?? []).toHaveLength(count)
})
