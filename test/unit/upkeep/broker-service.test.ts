import { mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { realHashing } from '../../../src/adapters/hash.ts'
import type { Command, Ran } from '../../../src/ports/exec.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import { brokerNotStarted, brokerNotStopped } from '../../../src/problems/broker.ts'
import { parseRecord, parseState, runningBroker } from '../../../src/upkeep/broker-files.ts'
import { writeLog } from '../../../src/upkeep/broker-log.ts'
import { ownService, serviceFor, startService, stopBroker } from '../../../src/upkeep/broker-service.ts'
import { renderAgent } from '../../../src/upkeep/broker-units.ts'
import { awsPlaces } from '../../../src/upkeep/places.ts'
import { manualClock } from '../../engine/manual-clock.ts'

const ended = (exitCode: number, stdout = '', stderr = ''): Ran => ({
  outcome: 'exited',
  exitCode,
  signal: null,
  stdout,
  stderr,
  durationMs: 1,
})

/** A machine whose programs answer as told, of several answers with the next one; what is not told ends well and says nothing. */
async function machine(
  told: Readonly<Record<string, Ran>> = {},
  has: readonly string[] = ['launchctl', 'systemctl'],
) {
  const home = await mkdtemp(join(tmpdir(), 'devk8s-service-'))
  const places = awsPlaces({ state: join(home, 'state') }, 'linux')
  await mkdir(join(home, 'state/aws'), { recursive: true })
  const calls: string[] = []
  const alive = new Set<number>()
  const answers: Record<string, Ran | Ran[]> = { ...told }
  const run = async ({ program, args }: Command) => {
    const line = [program, ...args].join(' ')
    calls.push(line)
    if (program === 'kill') alive.delete(Number(args[0]))
    const answer = answers[line] ?? ended(0)
    return Array.isArray(answer) ? (answer.shift() ?? ended(0)) : answer
  }
  const ports = {
    files: realFiles(),
    hashing: realHashing(),
    clock: manualClock({ auto: true }),
    exec: { run, find: async (name: string) => (has.includes(name) ? `/bin/${name}` : undefined) },
    host: { read: () => Promise.reject(new Error('no host')), isAlive: (pid: number) => alive.has(pid) },
  }
  const hold = async (pid: number) => {
    alive.add(pid)
    const holder = { pid, command: 'devk8s aws broker', startedAt: 0, host: 'laptop' }
    await writeFile(places.brokerLock, JSON.stringify(holder))
  }
  return { home, places, calls, alive, hold, answers, reach: { ports, signal: new AbortController().signal } }
}

const program = { launcher: '/data/bin/devk8s', environment: { PATH: '/usr/bin' } }
const unitFile = (home: string) => join(home, '.config/systemd/user/devk8s-broker.service')

describe('the service of the broker', () => {
  test('is systemd’s where the person has one', async () => {
    const { home, reach, calls } = await machine()
    const service = await serviceFor({ platform: 'linux', home, env: {}, isAlone: false }, program, reach)
    expect(service.record).toMatchObject({ by: 'systemd', file: unitFile(home) })
    await startService(service, reach)
    expect(await readFile(unitFile(home), 'utf8')).toBe(service.text)
    expect((await stat(unitFile(home))).mode & 0o777).toBe(0o600)
    expect(calls).toEqual([
      'systemctl --user show-environment',
      'systemctl --user daemon-reload',
      'systemctl --user enable --now devk8s-broker.service',
    ])
  })

  test.each([
    [
      'the program has no manager behind it, as in containers',
      { 'systemctl --user show-environment': ended(1) },
      ['systemctl'],
    ],
    ['there is no systemctl', {}, []],
  ])('is a process where %s', async (_why, answers, has) => {
    const { home, reach, calls } = await machine(answers, has)
    const service = await serviceFor({ platform: 'linux', home, env: {}, isAlone: false }, program, reach)
    expect(service.record.by).toBe('process')
    calls.length = 0
    await startService(service, reach)
    expect(calls).toEqual([])
  })

  test('is a process on Windows, and where nobody may ask for a service', async () => {
    const { home, reach, calls } = await machine()
    for (const where of [
      { platform: 'win32', isAlone: false },
      { platform: 'linux', isAlone: true },
      { platform: 'darwin', isAlone: true },
    ] as const) {
      const { record } = await serviceFor({ ...where, home, env: {} }, program, reach)
      expect(record.by).toBe('process')
    }
    expect(calls).toEqual([])
  })

  test('is launchd’s on a Mac, in the domain that there is', async () => {
    const { home, reach, calls, places } = await machine({
      'id -u': ended(0, '501\n'),
      'launchctl print gui/501': ended(113),
      'launchctl print user/501/dev.devk8s.broker': ended(113),
    })
    const service = await serviceFor({ platform: 'darwin', home, env: {}, isAlone: false }, program, reach)
    const file = join(home, 'Library/LaunchAgents/dev.devk8s.broker.plist')
    expect(service.record).toMatchObject({ by: 'launchd', domain: 'user/501', file })
    await startService(service, reach)
    await writeFile(places.brokerRecord, JSON.stringify(service.record))
    expect(await stopBroker(places, reach)).toEqual({ by: 'launchd' })
    expect(calls.slice(-3)).toEqual([
      `launchctl bootstrap user/501 ${file}`,
      'launchctl bootout user/501/dev.devk8s.broker',
      'launchctl print user/501/dev.devk8s.broker',
    ])
    await expect(stat(file)).rejects.toThrow('ENOENT')
  })

  test('waits for launchd, which ends a job by and by and refuses a new one until then', async () => {
    const target = 'user/501/dev.devk8s.broker'
    const { home, reach, calls, places, answers } = await machine({
      'id -u': ended(0, '501\n'),
      'launchctl print gui/501': ended(113),
    })
    const file = join(home, 'Library/LaunchAgents/dev.devk8s.broker.plist')
    const bootstrap = `launchctl bootstrap user/501 ${file}`
    answers[`launchctl print ${target}`] = [ended(0), ended(0), ended(113)]
    const failed = ended(5, '', 'Bootstrap failed: 5: Input/output error\n')
    answers[bootstrap] = [failed, failed, ended(0)]
    const service = await serviceFor({ platform: 'darwin', home, env: {}, isAlone: false }, program, reach)
    await writeFile(places.brokerRecord, JSON.stringify(service.record))
    await stopBroker(places, reach)
    expect(calls.filter((line) => line.endsWith(target))).toEqual([
      `launchctl bootout ${target}`,
      ...Array.from({ length: 3 }, () => `launchctl print ${target}`),
    ])
    await startService(service, reach)
    expect(calls.filter((line) => line === bootstrap)).toHaveLength(3)
    answers[bootstrap] = failed
    const error = await startService(service, reach).catch((thrown) => thrown)
    expect(isDevK8sError(error) && error.problems[0]).toMatchObject({
      code: brokerNotStarted.code,
      evidence: ['Bootstrap failed: 5: Input/output error'],
    })
  })

  test('that cannot be started is told with the manager’s own words', async () => {
    const line = 'systemctl --user enable --now devk8s-broker.service'
    const { home, reach } = await machine({ [line]: ended(1, '', 'Failed to enable unit: masked\n') })
    const service = await serviceFor({ platform: 'linux', home, env: {}, isAlone: false }, program, reach)
    const error = await startService(service, reach).catch((thrown) => thrown)
    expect(isDevK8sError(error) && error.problems[0]).toMatchObject({
      code: brokerNotStarted.code,
      detail: `${line} ended with exit code 1.`,
      evidence: ['Failed to enable unit: masked'],
    })
  })

  test('two programs are told apart by the hash, which says nothing of what is in them', async () => {
    const { home, reach } = await machine()
    const of = async (environment: Readonly<Record<string, string>>) =>
      (
        await serviceFor(
          { platform: 'win32', home, env: {}, isAlone: false },
          { ...program, environment },
          reach,
        )
      ).record
    const secret = await of({ HTTPS_PROXY: 'http://u:hunter2@proxy' })
    expect(secret).toEqual(await of({ HTTPS_PROXY: 'http://u:hunter2@proxy' }))
    expect(secret.hash).not.toBe((await of({})).hash)
    expect(JSON.stringify(secret)).not.toContain('hunter2')
  })
})

describe('stopping', () => {
  test('undoes exactly what starting did', async () => {
    const { home, reach, calls, places, hold } = await machine({
      'ps -ww -p 77 -o args=': ended(0, 'node bin.js __broker\n'),
    })
    const service = await serviceFor({ platform: 'linux', home, env: {}, isAlone: false }, program, reach)
    await startService(service, reach)
    await writeFile(places.brokerRecord, JSON.stringify(service.record))
    await writeFile(places.brokerState, '{}')
    await hold(77)
    calls.length = 0
    expect(await stopBroker(places, reach)).toEqual({ by: 'systemd', pid: 77 })
    expect(calls).toEqual([
      'ps -ww -p 77 -o args=',
      'systemctl --user disable --now devk8s-broker.service',
      'systemctl --user daemon-reload',
      'ps -ww -p 77 -o args=',
      'kill 77',
    ])
    for (const gone of [unitFile(home), places.brokerRecord, places.brokerState]) {
      await expect(stat(gone)).rejects.toThrow('ENOENT')
    }
    expect(await stopBroker(places, reach)).toBeUndefined()
  })

  test('ends no process that has got the number of a broker that was killed', async () => {
    const { reach, calls, places, hold } = await machine({
      'ps -ww -p 77 -o args=': ended(0, '/usr/bin/vim notes\n'),
    })
    await hold(77)
    expect(await stopBroker(places, reach)).toBeUndefined()
    await writeFile(places.brokerRecord, '{"by":"process","hash":""}')
    expect(await stopBroker(places, reach)).toEqual({ by: 'process' })
    expect(calls).not.toContain('kill 77')
  })

  test('tells of one that does not end, and kills none that nobody can tell', async () => {
    const { reach, calls, places, hold } = await machine({
      'ps -ww -p 77 -o args=': ended(1, '', 'ps: unrecognized option: p\n'),
    })
    await hold(77)
    const error = await stopBroker(places, reach).catch((thrown) => thrown)
    expect(isDevK8sError(error) && error.problems[0]).toMatchObject({
      code: brokerNotStopped.code,
      next: ['ps -p 77', 'kill -9 77'],
    })
    expect(calls).not.toContain('kill 77')
  })

  test('takes a service away that no record tells of', async () => {
    const { home, reach, calls, places } = await machine({ 'id -u': ended(0, '501\n') })
    const service = await serviceFor({ platform: 'linux', home, env: {}, isAlone: false }, program, reach)
    await startService(service, reach)
    calls.length = 0
    expect(await stopBroker(places, reach)).toBeUndefined()
    const own = { file: unitFile(home), launcher: program.launcher }
    expect(await stopBroker(places, reach, own)).toEqual({ by: 'systemd' })
    expect(calls).toEqual([
      'systemctl --user disable --now devk8s-broker.service',
      'systemctl --user daemon-reload',
    ])
    await expect(stat(unitFile(home))).rejects.toThrow('ENOENT')
    expect(await stopBroker(places, reach, own)).toBeUndefined()
    const agent = join(home, 'dev.devk8s.broker.plist')
    await writeFile(agent, renderAgent(program))
    expect(await stopBroker(places, reach, { ...own, file: agent })).toEqual({ by: 'launchd' })
    expect(calls).toContain('launchctl bootout gui/501/dev.devk8s.broker')
  })

  test('leaves that of a devk8s with other folders, but for one that takes its place', async () => {
    const { home, reach, calls, places } = await machine()
    const service = await serviceFor({ platform: 'linux', home, env: {}, isAlone: false }, program, reach)
    await startService(service, reach)
    calls.length = 0
    const file = unitFile(home)
    for (const other of [
      { file, launcher: '/other/bin/devk8s' },
      { file, launcher: program.launcher, stateHome: '/other' },
    ]) {
      expect(await stopBroker(places, reach, other)).toBeUndefined()
      expect(await ownService(other, reach.ports)).toBeUndefined()
    }
    expect(calls).toEqual([])
    expect(await readFile(file, 'utf8')).toBe(service.text)
    const other = { file, launcher: '/other/bin/devk8s' }
    expect(await stopBroker(places, reach, other, 'any')).toEqual({ by: 'systemd' })
    await expect(stat(file)).rejects.toThrow('ENOENT')
  })
})

/** The same machine, started at that time; `hold` tells of a broker of 1970. */
function booted<R extends { readonly ports: { readonly host: object } }>(reach: R, bootedAtMs: number) {
  const self = { pid: 1, machine: 'laptop', bootedAtMs }
  return { ...reach, ports: { ...reach.ports, host: { ...reach.ports.host, self } } }
}

describe('what is left of a broker', () => {
  test.each([
    ['a broker', ended(0, '/opt/node /opt/devk8s/dist/bin.js __broker\n'), true],
    ['another program', ended(0, '/usr/bin/sleep 3600\n'), false],
    ['gone since', ended(1), false],
  ])(
    'is told by the command line, whenever the machine was started: %s',
    async (_what, answer, isRunning) => {
      const { reach, places, hold } = await machine({ 'ps -ww -p 5 -o args=': answer })
      await hold(5)
      for (const at of [-10_000, 10_000]) {
        expect((await runningBroker(places, booted(reach, at))) !== undefined).toBe(isRunning)
      }
    },
  )

  test('is none when its process is dead, is another machine’s, or its lock is garbage', async () => {
    const { reach, places, hold, alive } = await machine()
    expect(await runningBroker(places, reach)).toBeUndefined()
    await hold(5)
    expect(await runningBroker(places, reach)).toMatchObject({ pid: 5 })
    const elsewhere = { ...reach.ports.host, self: { pid: 1, machine: 'other' } }
    expect(
      await runningBroker(places, { ...reach, ports: { ...reach.ports, host: elsewhere } }),
    ).toBeUndefined()
    expect(await runningBroker(places, booted(reach, 10_000))).toBeUndefined()
    alive.delete(5)
    expect(await runningBroker(places, reach)).toBeUndefined()
    await writeFile(places.brokerLock, '{"pid":')
    expect(await runningBroker(places, reach)).toBeUndefined()
  })

  test.each([undefined, '', '{', '[]', '{"by":"cron"}', '{"pid":"1"}'])('%j says nothing', (text) => {
    expect(parseRecord(text)).toBeUndefined()
    expect(parseState(text)).toBeUndefined()
  })

  test('of a state only what can be read is told', () => {
    const good = { state: 'fresh', lookAtMs: 1 }
    const clusters = {
      good,
      bad: { state: 'fine', lookAtMs: 1 },
      none: null,
      late: { ...good, goodUntilMs: 'x' },
    }
    const text = JSON.stringify({ pid: 1, startedAtMs: 2, clusters })
    expect(parseState(text)).toEqual({ version: 1, pid: 1, startedAtMs: 2, clusters: { good } })
  })
})

test('the log is for its owner, keeps to one line each, and begins anew when it is full', async () => {
  const { reach, places } = await machine()
  await writeLog(places, reach.ports, 'one\n  line')
  expect(await readFile(places.brokerLog, 'utf8')).toBe('2026-01-02T03:04:05.000Z one line\n')
  expect((await stat(places.brokerLog)).mode & 0o777).toBe(0o600)
  await writeLog(places, reach.ports, 'x'.repeat(300 * 1024))
  await writeLog(places, reach.ports, 'next')
  expect(await readFile(places.brokerLog, 'utf8')).toMatch(/Z next\n$/)
  expect((await stat(`${places.brokerLog}.1`)).size).toBeGreaterThan(300 * 1024)
})
