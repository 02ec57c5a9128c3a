import { describe, expect, test } from 'vitest'
import {
  driverFact,
  driverHealthArgs,
  driverProgram,
  probeDriver,
  rootProblem,
} from '../../../src/machine/driver.ts'
import { driverOrder, installCommands, runsOn } from '../../../src/machine/install.ts'
import {
  archOfMachine,
  isWslKernel,
  linuxVirtualization,
  parseOsRelease,
} from '../../../src/machine/linux-facts.ts'
import type { Exec, Ran } from '../../../src/ports/exec.ts'
import { drivers } from '../../../src/profile/profile.ts'
import { laptop, mac, ran, windows } from './support.ts'

const { signal } = new AbortController()
const execWith = (programs: readonly string[], answer: Partial<Ran> = {}): Exec => ({
  find: async (program) => (programs.includes(program) ? `/usr/bin/${program}` : undefined),
  run: async () => ran(answer),
})
const others = drivers.filter((driver) => driver !== 'docker')

describe('probeDriver', () => {
  test.each([
    ['kvm2', laptop, ['virsh'], {}, undefined],
    ['kvm2', laptop, [], {}, 'DK6040'],
    ['kvm2', laptop, ['virsh'], { exitCode: 1, stderr: 'error: access denied\n' }, 'DK6042'],
    ['kvm2', laptop, ['virsh'], { outcome: 'timed-out', exitCode: null }, 'DK6042'],
    ['kvm2', { ...laptop, arch: 'arm64' }, ['virsh'], {}, 'DK6041'],
    ['kvm2', mac, ['virsh'], {}, 'DK6041'],
    ['vfkit', mac, ['vfkit'], { exitCode: 1 }, undefined],
    ['vfkit', laptop, ['vfkit'], {}, 'DK6041'],
    ['qemu2', mac, ['qemu-system-aarch64'], {}, undefined],
    ['qemu2', laptop, ['qemu-system-aarch64'], {}, 'DK6040'],
    ['podman', laptop, ['podman'], { exitCode: 1, stderr: 'sudo: a password is required' }, 'DK6042'],
    ['podman', mac, ['podman'], { exitCode: 125 }, 'DK6042'],
    ['hyperv', windows, ['powershell'], { exitCode: 1 }, 'DK6042'],
    ['virtualbox', windows, ['VBoxManage'], {}, undefined],
  ] as const)('%s: %#', async (driver, host, programs, answer, expected) => {
    const found = await probeDriver(driver, host, execWith(programs, answer), signal)
    expect(found?.code).toBe(expected)
    const fact = driverFact(driver, found)
    expect(fact).toMatchObject({ driver, usable: expected === undefined, reason: found?.detail ?? 'works' })
    expect(fact.remedy.length > 0).toBe(!fact.usable)
  })

  test('the last words of the driver are kept', async () => {
    const exec = execWith(['virsh'], { exitCode: 1, stderr: '\nerror: access denied\n' })
    expect(await probeDriver('kvm2', laptop, exec, signal)).toMatchObject({
      evidence: ['error: access denied'],
    })
  })

  test('an interruption is no finding', async () => {
    const abort = new AbortController()
    abort.abort('SIGINT')
    const exec = execWith(['virsh'], { outcome: 'aborted', exitCode: null })
    await expect(probeDriver('kvm2', laptop, exec, abort.signal)).rejects.toBe('SIGINT')
  })

  test('no question changes anything', () => {
    const questions = others.flatMap((driver) => driverHealthArgs(driver, laptop) ?? [])
    expect(questions.length).toBeGreaterThan(0)
    expect(questions.every(({ changes }) => !changes)).toBe(true)
  })
})

describe('the tables', () => {
  test.each([laptop, mac, windows, { ...laptop, arch: 'arm64' as const }])(
    'every choice for a system runs there: %#',
    (host) => {
      for (const driver of driverOrder(host)) {
        expect(runsOn(driver, host)).toBe(true)
        expect(installCommands(driver, host).length).toBeGreaterThan(0)
      }
      expect(driverOrder(host)[0]).toBe('docker')
    },
  )

  test('every driver has a program', () => {
    expect(others.map((driver) => driverProgram(driver, laptop)).every((program) => program !== '')).toBe(
      true,
    )
  })

  test('Fedora has another package manager', () => {
    expect(installCommands('podman', { platform: 'linux', distribution: 'Fedora Linux 42' })).toEqual([
      'sudo dnf install -y podman',
    ])
  })
})

test('root is refused [recorded 128]', () => {
  expect(rootProblem({ root: true })).toMatchObject({ code: 'DK6043' })
  expect(rootProblem({ root: false })).toBeUndefined()
})

describe('what Linux says of itself', () => {
  test.each([
    [
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\n',
      'Debian GNU/Linux 12 (bookworm)',
    ],
    ["NAME='Alpine Linux'\n", 'Alpine Linux'],
    ['NAME=Fedora\n', 'Fedora'],
    ['', undefined],
  ])('%j is %s', (text, expected) => {
    expect(parseOsRelease(text)).toBe(expected)
  })

  test.each([
    ['Linux version 5.15.153.1-microsoft-standard-WSL2 (root@x)', true],
    ['Linux version 4.4.0-19041-Microsoft', true],
    ['Linux version 6.1.0-41-amd64 (debian-kernel@lists.debian.org)', false],
  ])('%s', (text, expected) => {
    expect(isWslKernel(text)).toBe(expected)
  })

  test.each([
    ['x86_64', 'amd64'],
    ['aarch64', 'arm64'],
    ['arm64', 'arm64'],
    ['riscv64', 'other'],
    ['i686', 'other'],
  ])('%s is %s', (machine, expected) => {
    expect(archOfMachine(machine)).toBe(expected)
  })

  test.each([
    [undefined, true, 'available'],
    ['flags\t\t: fpu vmx sse', false, 'unknown'],
    ['flags\t\t: fpu sse', false, 'absent'],
    ['Features\t: fp asimd', false, 'unknown'],
    [undefined, false, 'unknown'],
  ] as const)('%s with kvm %s: %s', (cpuInfo, hasKvm, expected) => {
    expect(linuxVirtualization(cpuInfo, hasKvm)).toBe(expected)
  })
})
