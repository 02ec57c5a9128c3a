import { describe, expect, test } from 'vitest'
import {
  type DockerState,
  dockerInfoArgs,
  parseDesktopVersion,
  parseDockerInfo,
} from '../../../src/machine/docker.ts'
import { dockerProblem, dockerWarnings } from '../../../src/machine/docker-verdict.ts'
import { dockerFact, laptop, mac, ran, recordedDocker, windows } from './support.ts'

describe('docker info, as recorded', () => {
  test.each(['28.2.2', '20.10.24'])('client %s with a daemon', (client) => {
    expect(parseDockerInfo(recordedDocker(`${client}/004-info-json`), laptop)).toEqual({
      kind: 'ok',
      fact: {
        serverVersion: '20.10.24+dfsg1',
        memoryMiB: 24105,
        cpus: 2,
        storageDriver: 'overlay2',
        cgroupVersion: '1',
        rootless: false,
        desktop: false,
      },
      clockMs: expect.any(Number),
      usernsRemap: false,
    })
  })

  // docker clauses 5-8 and 11: exit codes do not tell, 20.10 says 0 where 28 says 1.
  test.each([
    ['032-no-socket-info-json', 'down', 'DK6031'],
    ['038-refused-info-json', 'down', 'DK6031'],
    ['063-denied-info-json', 'denied', 'DK6032'],
    ['055-unknown-context-info', 'unknown-context', 'DK6036'],
    ['080-hang-version', 'hangs', 'DK6033'],
  ])('%s is %s for both clients', (name, kind, code) => {
    for (const client of ['28.2.2', '20.10.24']) {
      const state = parseDockerInfo(recordedDocker(`${client}/${name}`), laptop)
      expect(state.kind).toBe(kind)
      for (const host of [laptop, mac, windows, { ...laptop, wsl: true }]) {
        const found = dockerProblem(state, host)
        expect(found?.code).toBe(code)
        expect(found?.next.length).toBeGreaterThan(0)
      }
    }
  })

  test('the version asked of a daemon that is not there is no version of Docker Desktop', () => {
    for (const client of ['28.2.2', '20.10.24']) {
      expect(parseDesktopVersion(recordedDocker(`${client}/031-no-socket-version-json`))).toBeUndefined()
      expect(parseDesktopVersion(recordedDocker(`${client}/002-version-json`))).toBeUndefined()
    }
  })

  test('looking is not changing', () => {
    expect(dockerInfoArgs()).toMatchObject({ changes: false, args: ['info', '--format', '{{json .}}'] })
  })
})

const info = (over: Record<string, unknown>) =>
  ran({
    stdout: JSON.stringify({
      ServerVersion: '28.2.2',
      MemTotal: 8 * 1024 ** 3,
      NCPU: 4,
      OSType: 'linux',
      OperatingSystem: 'Debian',
      ...over,
    }),
  })

describe('what docker info can say otherwise', () => {
  test.each<[string, ReturnType<typeof ran>, string, string | undefined]>([
    ['not installed', ran({ outcome: 'not-found', exitCode: null }), 'absent', 'DK6030'],
    ['Windows containers', info({ OSType: 'windows' }), 'windows-containers', 'DK6034'],
    ['podman in its place', ran({ stdout: '{"host":{"arch":"amd64"},"version":{}}' }), 'podman', 'DK6037'],
    ['nothing', ran(), 'unusable', 'DK6038'],
    ['no JSON', ran({ stdout: 'json\n' }), 'unusable', 'DK6038'],
    ['an HTML answer', ran({ exitCode: 1, stderr: "invalid character '<'" }), 'unusable', 'DK6038'],
    ['a failure without a word', ran({ exitCode: 1 }), 'unusable', 'DK6038'],
    [
      'no pipe of Docker Desktop',
      ran({
        exitCode: 1,
        stderr:
          'error during connect: this error may indicate that the docker daemon is not running: open //./pipe/docker_engine: The system cannot find the file specified.',
      }),
      'down',
      'DK6031',
    ],
    ['too old', info({ ServerVersion: '17.12.1-ce' }), 'ok', 'DK6035'],
    ['too old, with a zero in front', info({ ServerVersion: '18.06.3-ce' }), 'ok', 'DK6035'],
    ['just new enough', info({ ServerVersion: '18.09.1' }), 'ok', undefined],
    ['a version nobody can read', info({ ServerVersion: 'dev' }), 'ok', undefined],
  ])('%s', (_, answer, kind, code) => {
    const state = parseDockerInfo(answer, laptop)
    expect(state.kind).toBe(kind)
    expect(dockerProblem(state, laptop)?.code).toBe(code)
  })

  test('a warning about its settings is not the reason', () => {
    const stderr =
      'WARNING: Error parsing config file (/home/dev/.docker/config.json): x\nCannot connect to the Docker daemon at y.'
    const state = parseDockerInfo(ran({ exitCode: 1, stderr }), laptop)
    expect(dockerProblem(state, laptop)?.detail).toBe('Cannot connect to the Docker daemon at y.')
  })

  test.each([
    ['Docker Desktop', laptop, true],
    ['OrbStack', laptop, true],
    ['Debian GNU/Linux 12', laptop, false],
    ['Debian GNU/Linux 12', { ...laptop, wsl: true }, true],
    ['Ubuntu 24.04 (colima)', mac, true],
  ] as const)('%s: in a virtual machine', (system, host, desktop) => {
    const state = parseDockerInfo(info({ OperatingSystem: system }), host)
    expect(state).toMatchObject({ kind: 'ok', fact: { desktop } })
  })
})

describe('releases of Docker Desktop that minikube rejects', () => {
  const ok: DockerState = { kind: 'ok', fact: dockerFact, usernsRemap: false }
  const version = (name: string) => ran({ stdout: JSON.stringify({ Server: { Platform: { Name: name } } }) })
  test.each([
    ['Docker Desktop 4.16.0 (95345)', laptop, 'DK6035'],
    ['Docker Desktop 4.34.0 (165256)', mac, 'DK6035'],
    ['Docker Desktop 4.34.0 (165256)', windows, undefined],
    ['Docker Desktop 4.41.2 (191736)', mac, undefined],
    ['Docker Engine - Community', laptop, undefined],
  ])('%s', (name, host, code) => {
    expect(dockerProblem(ok, host, parseDesktopVersion(version(name)))?.code).toBe(code)
  })
})

test.each([
  [{}, 0],
  [{ serverVersion: '19.03.9' }, 1],
  [{ rootless: true, cgroupVersion: '1' }, 1],
  [{ rootless: true }, 0],
])('%j is worth %i warnings', (over, count) => {
  expect(dockerWarnings({ kind: 'ok', fact: { ...dockerFact, ...over }, usernsRemap: false })).toHaveLength(
    count,
  )
  expect(dockerWarnings({ kind: 'ok', fact: { ...dockerFact, ...over }, usernsRemap: true })).toHaveLength(
    count + 1,
  )
})
