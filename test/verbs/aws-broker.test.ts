import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../src/adapters/files.ts'
import { realHashing } from '../../src/adapters/hash.ts'
import { layoutOf } from '../../src/plan/layout.ts'
import type { EventBody, Json } from '../../src/ports/event.ts'
import type { Command, Ran } from '../../src/ports/exec.ts'
import type { Ports } from '../../src/ports/ports.ts'
import type { Question } from '../../src/ports/prompts.ts'
import { brokerNotStarted, renewalHeld } from '../../src/problems/broker.ts'
import { isDevK8sError } from '../../src/problems/problem.ts'
import { declined } from '../../src/problems/state.ts'
import { renderUnit } from '../../src/upkeep/broker-units.ts'
import { awsPlaces, fileIn } from '../../src/upkeep/places.ts'
import { writeUpkeep } from '../../src/upkeep/records.ts'
import { brokerStart, brokerStatus, brokerStop } from '../../src/verbs/aws-broker.ts'
import { broker } from '../../src/verbs/broker.ts'
import type { Session } from '../../src/verbs/session.ts'
import { manualClock } from '../engine/manual-clock.ts'
import { noAws } from '../fakes/nothing.ts'
import { newLaptop, worldAt } from '../fakes/session.ts'
import { upkeepOf } from '../unit/upkeep/keeping-lab.ts'

type Options = {
  readonly env?: Readonly<Record<string, string>>
  readonly agrees?: boolean
  readonly rehearsal?: string
  /** What the new process does; it gives its id. */
  readonly detach?: (command: Command) => Promise<number | undefined>
  readonly signal?: AbortSignal
  readonly pid?: number
  readonly bootedAtMs?: number
  /** What programs answer, by their command lines; `ps` tells of a broker, and what is not told ends well. */
  readonly answers?: Readonly<Record<string, Partial<Ran>>>
  readonly has?: readonly string[]
  /** Sees each call before it is answered. */
  readonly onCall?: (line: string) => void
}

/** A person's machine without a service manager, whose background processes are told here. */
async function machine() {
  const { folder, home } = await newLaptop()
  const clock = manualClock({ auto: true })
  const alive = new Set<number>()
  const questions: Question[] = []
  const calls: string[] = []
  const layout = layoutOf({ cwd: folder, env: {}, home, platform: 'linux' })
  const places = awsPlaces(layout, 'linux')
  const hold = async (pid: number) => {
    alive.add(pid)
    const holder = { pid, command: 'devk8s aws broker', startedAt: clock.now(), host: 'laptop' }
    await mkdir(join(layout.state, 'aws'), { recursive: true })
    await writeFile(places.brokerLock, JSON.stringify(holder))
    return pid
  }
  const run = async (verb: 'start' | 'stop' | 'status' | 'broker', options: Options = {}) => {
    const world = { ...worldAt(folder, home, clock, options.signal), pid: options.pid ?? 1 }
    const notes: string[] = []
    let answered: { value: Json; text: string } | undefined
    const ports: Ports = {
      files: realFiles(),
      hashing: realHashing(),
      clock,
      exec: {
        run: async ({ program, args }, how) => {
          const line = [program, ...args].join(' ')
          // As the real one: nothing is started for whoever is to stop.
          how.signal.throwIfAborted()
          calls.push(line)
          options.onCall?.(line)
          if (program === 'kill') alive.delete(Number(args[0]))
          const stdout = program === 'ps' ? 'node bin.js __broker' : ''
          const ran = {
            outcome: 'exited',
            exitCode: 0,
            signal: null,
            stdout,
            stderr: '',
            durationMs: 1,
          } as const
          how.signal.throwIfAborted()
          return { ...ran, ...options.answers?.[line] }
        },
        find: async (name) => (options.has?.includes(name) === true ? `/bin/${name}` : undefined),
      },
      programs: {
        attach: () => Promise.reject(new Error('no terminal')),
        detach: options.detach ?? (async () => hold(77)),
      },
      aws: noAws,
      net: { get: () => Promise.reject(new Error('no network')), canListen: async () => true },
      host: {
        read: () => Promise.reject(new Error('no host')),
        isAlive: (pid) => alive.has(pid),
        self: { pid: world.pid, machine: 'laptop', bootedAtMs: options.bootedAtMs },
      },
      prompts: {
        ask: async (question) => {
          questions.push(question)
          return (options.agrees ?? true) as never
        },
      },
    }
    const session = {
      request: { common: { output: 'human', quiet: false, overrides: {} } },
      world,
      env: options.env ?? {},
      ports,
      layout,
      signal: world.signal,
      emit: (body: EventBody) => {
        if (body.type === 'note') notes.push(body.text)
      },
      run: () => Promise.reject(new Error('no plan')),
      answer: (value: Json, text: string) => {
        answered = { value, text }
      },
      handOver: () => {},
      ...(options.rehearsal === undefined ? {} : { rehearsal: options.rehearsal }),
    } as unknown as Session<never>
    const verbs = { start: brokerStart, stop: brokerStop, status: brokerStatus, broker }
    const end = await verbs[verb](session).catch((error: unknown) => {
      if (!isDevK8sError(error)) throw error
      return { exit: error.problems[0].exit, problem: error.problems[0] }
    })
    return { ...end, answer: answered?.value, text: answered?.text ?? '', notes }
  }
  return { run, places, layout, questions, alive, hold, clock, calls, home }
}

describe('aws broker start', () => {
  test('shows what it will do, asks, writes the launcher and starts one process', async () => {
    const { run, questions, layout, places } = await machine()
    const env = {
      AWS_PROFILE: 'acme',
      HTTPS_PROXY: 'http://u:hunter2@proxy',
      AWS_ACCESS_KEY_ID: 'AKIAABCDEFGHIJKLMNOP',
    }
    const done = await run('start', { env })
    expect(done).toMatchObject({ exit: 0, answer: { running: true, pid: 77, by: 'process', changed: true } })
    const launcher = join(layout.data, 'bin/devk8s')
    expect(questions).toHaveLength(1)
    expect(questions[0]).toMatchObject({ id: 'aws.broker.start', kind: 'confirm', flag: '--yes' })
    expect(questions[0]?.details).toEqual([
      `starts  ${launcher} __broker, until the machine is turned off`,
      'with    of your variables: AWS_PROFILE, HTTPS_PROXY',
      'undo    devk8s aws broker stop',
    ])
    expect((await stat(launcher)).mode & 0o777).toBe(0o755)
    expect(await readFile(launcher, 'utf8')).toContain('/opt/devk8s/dist/bin.js')
    const record = await readFile(places.brokerRecord, 'utf8')
    expect(record).not.toContain('hunter2')
    expect((await stat(places.brokerRecord)).mode & 0o777).toBe(0o600)
  })

  test('hands the process who one is to AWS, and no key', async () => {
    const { run, hold } = await machine()
    const started: Command[] = []
    const detach = async (command: Command) => {
      started.push(command)
      return hold(78)
    }
    await run('start', {
      detach,
      env: { AWS_PROFILE: 'acme', AWS_SECRET_ACCESS_KEY: 'k', GITHUB_TOKEN: 't' },
    })
    expect(started).toHaveLength(1)
    expect(started[0]?.args.at(-1)).toBe('__broker')
    expect(started[0]?.env).toEqual({ AWS_PROFILE: 'acme' })
    expect(started[0]?.inheritEnv).toBeUndefined()
  })

  test('leaves one that runs alone, and replaces it when it would be another', async () => {
    const { run, questions, hold } = await machine()
    await run('start', { env: { AWS_PROFILE: 'acme' } })
    expect(await run('start', { env: { AWS_PROFILE: 'acme' } })).toMatchObject({
      answer: { changed: false, pid: 77 },
    })
    expect(questions).toHaveLength(1)
    const again = await run('start', { env: { AWS_PROFILE: 'other' }, detach: async () => hold(79) })
    expect(again).toMatchObject({ answer: { changed: true, pid: 79 } })
    expect(questions).toHaveLength(2)
  })

  test('a no starts nothing', async () => {
    const { run, places } = await machine()
    expect(await run('start', { agrees: false })).toMatchObject({ exit: 5, problem: { code: declined.code } })
    await expect(stat(places.brokerRecord)).rejects.toThrow('ENOENT')
  })

  test('says that keys in the variables of a shell cannot be renewed', async () => {
    const { run, places } = await machine()
    const env = { AWS_ACCESS_KEY_ID: 'AKIAABCDEFGHIJKLMNOP' }
    expect((await run('start', { env })).notes).toEqual([
      expect.stringMatching(/^The AWS keys in this shell’s variables cannot/),
      expect.stringMatching(/^No cluster of this machine gets anything from AWS yet/),
    ])
    // With a profile nobody needs them.
    await writeUpkeep(realFiles(), fileIn(places.upkeeps, 'devk8s'), upkeepOf())
    expect((await run('start', { env })).notes).toEqual([])
  })

  test('one that does not come up is told with its log, one that cannot start at once', async () => {
    const { run, places } = await machine()
    const detach = async () => {
      await writeFile(places.brokerLog, '2026-11-24T12:00:00.000Z ended: DK6002 the disk is full\n')
      return 80
    }
    expect(await run('start', { detach })).toMatchObject({
      problem: { code: brokerNotStarted.code, evidence: [expect.stringContaining('the disk is full')] },
    })
    expect(await run('start', { detach: async () => undefined })).toMatchObject({
      problem: { code: brokerNotStarted.code, detail: expect.stringContaining('could not be started') },
    })
  })

  test('leaves nothing behind when its service cannot be started', async () => {
    const { run, places, home, calls } = await machine()
    const enable = 'systemctl --user enable --now devk8s-broker.service'
    const answers = { [enable]: { exitCode: 1, stderr: 'Failed to enable unit: masked\n' } }
    expect(await run('start', { has: ['systemctl'], answers })).toMatchObject({
      problem: { code: brokerNotStarted.code, evidence: ['Failed to enable unit: masked'] },
    })
    const unit = join(home, '.config/systemd/user/devk8s-broker.service')
    for (const gone of [places.brokerRecord, unit]) await expect(stat(gone)).rejects.toThrow('ENOENT')
    expect(calls.slice(calls.indexOf(enable) + 1)).toEqual([
      'systemctl --user disable --now devk8s-broker.service',
      'systemctl --user daemon-reload',
    ])
    // One that starts and is not there in time is not left to try again at each login either.
    expect(await run('start', { has: ['systemctl'] })).toMatchObject({
      problem: { code: brokerNotStarted.code },
    })
    for (const gone of [places.brokerRecord, unit]) await expect(stat(gone)).rejects.toThrow('ENOENT')
  })

  test('leaves nothing behind when it is interrupted', async () => {
    const { run, places, home, calls } = await machine()
    const stop = new AbortController()
    const enable = 'systemctl --user enable --now devk8s-broker.service'
    const onCall = (line: string) => (line === enable ? stop.abort('SIGINT') : undefined)
    await expect(run('start', { has: ['systemctl'], signal: stop.signal, onCall })).rejects.toBe('SIGINT')
    const unit = join(home, '.config/systemd/user/devk8s-broker.service')
    for (const gone of [places.brokerRecord, unit]) await expect(stat(gone)).rejects.toThrow('ENOENT')
    expect(calls.slice(calls.indexOf(enable) + 1)).toEqual([
      'systemctl --user disable --now devk8s-broker.service',
      'systemctl --user daemon-reload',
    ])
  })

  test('takes the place of a service of a devk8s with other folders, which is stopped first', async () => {
    const { run, places, home, calls, hold, layout } = await machine()
    const unit = join(home, '.config/systemd/user/devk8s-broker.service')
    await mkdir(join(unit, '..'), { recursive: true })
    await writeFile(unit, renderUnit({ launcher: '/other/bin/devk8s', environment: {} }))
    const enable = 'systemctl --user enable --now devk8s-broker.service'
    const onCall = (line: string) => (line === enable ? void hold(77) : undefined)
    expect(await run('start', { has: ['systemctl'], onCall })).toMatchObject({ answer: { by: 'systemd' } })
    const disable = calls.indexOf('systemctl --user disable --now devk8s-broker.service')
    expect(disable).toBeGreaterThan(-1)
    expect(disable).toBeLessThan(calls.indexOf(enable))
    expect(await readFile(unit, 'utf8')).toContain(join(layout.data, 'bin/devk8s'))
    expect((await stat(places.brokerRecord)).isFile()).toBe(true)
  })

  test('in a rehearsal nothing runs', async () => {
    const { run, places } = await machine()
    const done = await run('start', { rehearsal: '/tmp/x', detach: async () => undefined })
    expect(done).toMatchObject({ exit: 0, answer: { running: false, rehearsed: true } })
    await expect(stat(places.brokerRecord)).rejects.toThrow('ENOENT')
  })
})

describe('aws broker stop', () => {
  test('ends it and takes its record away; without one there is nothing to do', async () => {
    const { run, places, alive } = await machine()
    await run('start')
    expect(await run('stop')).toMatchObject({
      exit: 0,
      answer: { stopped: true, by: 'process', pid: 77 },
      text: 'The broker is stopped.\n',
    })
    expect(alive.has(77)).toBe(false)
    await expect(stat(places.brokerRecord)).rejects.toThrow('ENOENT')
    expect(await run('stop')).toMatchObject({
      exit: 0,
      answer: { stopped: false },
      text: 'No broker runs.\n',
    })
  })
})

test('aws broker stop tells of clusters that need one, and what to do for them', async () => {
  const { run, places } = await machine()
  const images = { mode: 'addon', why: 'the profile says so', registries: [] } as const
  await writeUpkeep(realFiles(), fileIn(places.upkeeps, 'devk8s'), { ...upkeepOf('devk8s'), images })
  await writeUpkeep(realFiles(), fileIn(places.upkeeps, 'other'), upkeepOf('other'))
  expect(await run('stop')).toMatchObject({
    exit: 0,
    next: ['devk8s up'],
    notes: [
      expect.stringMatching(/^In devk8s registry-creds pulls .* empty ones.*aws broker start.*devk8s up/),
    ],
  })
})

const sleep = { 'ps -ww -p 77 -o args=': { stdout: 'sleep 86400\n' } }

describe('after kill -9, with its number given to another program', () => {
  test('none runs, one can be started, and the innocent is left alone', async () => {
    const { run, places, hold, alive, calls } = await machine()
    await hold(77)
    await writeFile(places.brokerRecord, '{"by":"process","hash":""}')
    expect(await run('status', { answers: sleep })).toMatchObject({ exit: 3, text: 'No broker runs.\n' })
    expect(await run('start', { answers: sleep, detach: async () => hold(78) })).toMatchObject({
      answer: { changed: true, pid: 78 },
    })
    await hold(77)
    expect(await run('stop', { answers: sleep })).toMatchObject({ answer: { stopped: true, by: 'process' } })
    expect(alive.has(77)).toBe(true)
    expect(calls.filter((line) => line.startsWith('kill'))).toEqual([])
  })

  test('the lock is taken over', async () => {
    const { run, places, hold } = await machine()
    await hold(77)
    await writeFile(places.brokerRecord, '{"by":"process","hash":""}')
    const stop = new AbortController()
    const done = run('broker', { answers: sleep, signal: stop.signal })
    await expect
      .poll(async () => JSON.parse(await readFile(places.brokerLock, 'utf8').catch(() => '{}')))
      .toMatchObject({ pid: 1 })
    stop.abort('SIGTERM')
    expect(await done).toMatchObject({ exit: 0 })
  })

  test('where nobody tells what a process is, the start of the machine does', async () => {
    const { run, hold, clock } = await machine()
    await hold(77)
    const answers = { 'ps -ww -p 77 -o args=': { outcome: 'not-found' as const, exitCode: null, stdout: '' } }
    expect((await run('status', { answers, bootedAtMs: clock.now() - 60_000 })).exit).toBe(0)
    expect((await run('status', { answers, bootedAtMs: clock.now() + 60_000 })).exit).toBe(3)
  })
})

describe('aws broker status', () => {
  test('tells of a service that no record tells of, and stopping takes it away', async () => {
    const { run, home, layout } = await machine()
    const unit = join(home, '.config/systemd/user/devk8s-broker.service')
    await mkdir(join(unit, '..'), { recursive: true })
    await writeFile(unit, renderUnit({ launcher: '/other/bin/devk8s', environment: {} }))
    // That of a devk8s with other folders is its own affair.
    expect((await run('status')).text).toBe('No broker runs.\n')
    expect(await run('stop')).toMatchObject({ answer: { stopped: false } })
    await writeFile(unit, renderUnit({ launcher: join(layout.data, 'bin/devk8s'), environment: {} }))
    expect((await run('status')).text).toBe(`No broker runs, although ${unit} is there.\n`)
    // The real machine is no part of a rehearsal.
    expect((await run('status', { rehearsal: '/tmp/x' })).text).toBe('No broker runs.\n')
    expect(await run('stop', { rehearsal: '/tmp/x' })).toMatchObject({ answer: { stopped: false } })
    expect(await run('stop')).toMatchObject({
      answer: { stopped: true, by: 'systemd' },
      text: 'The broker is stopped and its service gone.\n',
    })
    await expect(stat(unit)).rejects.toThrow('ENOENT')
  })

  test('names a renewal that takes more than ten minutes', async () => {
    const { run, places, clock, alive } = await machine()
    await writeUpkeep(realFiles(), fileIn(places.upkeeps, 'devk8s'), upkeepOf())
    await mkdir(places.renewals, { recursive: true })
    const lock = fileIn(places.renewals, 'devk8s', 'lock')
    const hold = async (ageMs: number) => {
      const startedAt = clock.now() - ageMs
      await writeFile(lock, JSON.stringify({ pid: 99, command: 'devk8s up', startedAt, host: 'laptop' }))
    }
    await hold(11 * 60_000)
    // Of a dead one the next who renews takes it over.
    expect(await run('status')).toMatchObject({ text: 'No broker runs.\n', answer: { held: [] } })
    alive.add(99)
    const told = await run('status')
    expect(told).toMatchObject({
      answer: { held: [{ code: renewalHeld.code }] },
      next: ['ps -p 99', `rm ${lock}`, 'devk8s aws broker start'],
    })
    expect(told.text).toContain('DK5058 Cluster devk8s: Process 99 ("devk8s up") has held the lock since ')
    await hold(9 * 60_000)
    expect((await run('status')).answer).toMatchObject({ held: [] })
  })

  test('ends with 3 when none runs', async () => {
    const { run, places } = await machine()
    expect(await run('status')).toMatchObject({
      exit: 3,
      text: 'No broker runs.\n',
      next: ['devk8s aws broker start'],
    })
    await mkdir(join(places.brokerRecord, '..'), { recursive: true })
    await writeFile(places.brokerRecord, '{"by":"systemd","file":"/home/ann/x.service","hash":""}')
    expect((await run('status')).text).toBe('No broker runs, although /home/ann/x.service is there.\n')
  })

  test('tells which process, by what, what it keeps fresh until when, and what failed', async () => {
    const { run, places, hold, clock } = await machine()
    await hold(77)
    await writeFile(places.brokerRecord, '{"by":"systemd","file":"/u/devk8s-broker.service","hash":""}')
    expect((await run('status')).text).toMatch(/It keeps nothing fresh/)
    const at = clock.now()
    const problem = { code: 'DK5004', title: 'You are not signed in to AWS', detail: 'The session is over.' }
    const clusters = {
      one: { state: 'fresh', lookAtMs: at + 60_000, goodUntilMs: at + 3 * 3_600_000 },
      two: { state: 'stopped', lookAtMs: at + 45_000, problem },
      three: { state: 'waiting', lookAtMs: at + 60_000, goodUntilMs: at + 600_000, problem },
    }
    await writeFile(places.brokerState, JSON.stringify({ version: 1, pid: 77, startedAtMs: at, clusters }))
    const done = await run('status')
    expect(done.exit).toBe(0)
    expect(done.answer).toMatchObject({
      running: true,
      pid: 77,
      by: 'systemd',
      clusters: [
        { cluster: 'one', goodUntil: new Date(at + 3 * 3_600_000).toISOString(), problem: null },
        { cluster: 'two', state: 'stopped' },
        { cluster: 'three', problem },
      ],
    })
    const lines = done.text.split('\n')
    expect(lines[0]).toMatch(/^The broker runs as process 77, by systemd, since \d\d:\d\d\.$/)
    expect(lines[1]).toMatch(/^ {2}one: good until .*\(3 h\)$/)
    expect(lines[2]).toBe('  two: does not run')
    expect(lines[3]).toMatch(/^ {2}three: waits for you; what is there is good until .*\(10 min\)$/)
    expect(lines[4]).toMatch(/^ {4}DK5004 The session is over\. Looked at again at /)
  })

  test('what a broker of before has left is not told as that of now', async () => {
    const { run, places, hold } = await machine()
    await hold(77)
    await writeFile(
      places.brokerState,
      '{"version":1,"pid":5,"startedAtMs":1,"clusters":{"one":{"state":"fresh","lookAtMs":1}}}',
    )
    expect((await run('status')).answer).toMatchObject({ clusters: [] })
  })
})

describe('the broker itself', () => {
  test('is one per machine: a second one ends well and at once', async () => {
    const { run, places, hold } = await machine()
    await hold(77)
    await writeFile(places.brokerRecord, '{"by":"process","hash":""}')
    expect(await run('broker', { pid: 2 })).toMatchObject({ exit: 0 })
  })

  test('ends well when it is told to, and leaves no lock', async () => {
    const { run, places, layout } = await machine()
    await mkdir(join(layout.state, 'aws'), { recursive: true })
    await writeFile(places.brokerRecord, '{"by":"process","hash":""}')
    const stop = new AbortController()
    const done = run('broker', { signal: stop.signal })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(JSON.parse(await readFile(places.brokerLock, 'utf8'))).toMatchObject({ pid: 1, host: 'laptop' })
    stop.abort('SIGTERM')
    expect(await done).toMatchObject({ exit: 0 })
    await expect(stat(places.brokerLock)).rejects.toThrow('ENOENT')
    expect(await readFile(places.brokerLog, 'utf8')).toMatch(/stopped by SIGTERM\n$/)
  })

  test('ends when its record is gone', async () => {
    const { run, places, layout } = await machine()
    await mkdir(join(layout.state, 'aws'), { recursive: true })
    await writeFile(places.brokerRecord, '{"by":"process","hash":""}')
    const done = run('broker')
    await new Promise((resolve) => setTimeout(resolve, 50))
    await rm(places.brokerRecord)
    expect(await done).toMatchObject({ exit: 0 })
  })
})
