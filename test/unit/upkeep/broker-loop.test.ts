import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { renewalHeld } from '../../../src/problems/broker.ts'
import { realFiles } from '../../../src/adapters/files.ts'
import { fileIn } from '../../../src/upkeep/places.ts'
import { writeUpkeep } from '../../../src/upkeep/records.ts'
import { agentUpkeep } from '../roles/keeper-lab.ts'
import { hour, keepingLab, minute, networkDown, signInNeeded } from './keeping-lab.ts'

describe('the broker', () => {
  test('renews at half of the life, again and again, and says so', async () => {
    const lab = await keepingLab()
    const broker = lab.broker()
    await lab.settle()
    const start = lab.clock.now()
    expect(lab.cluster.issued).toEqual([start])
    await lab.pass(95 * minute)
    const after = lab.cluster.issued.map((at) => Math.round((at - start) / minute))
    expect(after).toEqual([0, 30, 60, 90])
    broker.stop()
    expect(await broker.ended).toBe('SIGTERM')
    expect(await lab.log()).toContain('devk8s: renewed pods, good until ')
    expect((await stat(lab.places.brokerLog)).mode & 0o777).toBe(0o600)
    expect((await stat(lab.places.brokerState)).mode & 0o777).toBe(0o600)
  })

  test('renews at once after the machine slept for twelve hours', async () => {
    const lab = await keepingLab()
    lab.cluster.lifeMs = 12 * hour
    const broker = lab.broker()
    await lab.settle()
    await lab.pass(5 * minute)
    lab.sleepMachine(12 * hour)
    await lab.pass(20_000, 10_000)
    expect(lab.cluster.issued).toHaveLength(2)
    expect(await lab.log()).toContain('the clock moved by 43200 s')
    broker.stop()
    await broker.ended
  })

  test('forgets its waiting after a sleep: the network is another one', async () => {
    const lab = await keepingLab()
    const broker = lab.broker()
    await lab.settle()
    lab.cluster.aws = networkDown
    await lab.pass(50 * minute)
    delete lab.cluster.aws
    const before = lab.cluster.issued.length
    lab.sleepMachine(2 * hour)
    await lab.pass(20_000, 10_000)
    expect(lab.cluster.issued).toHaveLength(before + 1)
    broker.stop()
    await broker.ended
  })

  test('a clock that was set back is looked at anew, and nothing waits for hours', async () => {
    const lab = await keepingLab()
    const broker = lab.broker()
    await lab.settle()
    const looks = lab.cluster.looks
    lab.sleepMachine(-6 * hour)
    await lab.pass(20_000, 10_000)
    expect(lab.cluster.looks).toBeGreaterThan(looks)
    broker.stop()
    await broker.ended
  })

  test('an end in 2015 makes no busy loop: two renewals in twelve hours', async () => {
    const lab = await keepingLab()
    lab.cluster.endsAtMs = Date.parse('2015-01-01T00:00:00Z')
    const broker = lab.broker()
    await lab.settle()
    await lab.pass(11 * hour, 5 * minute)
    expect(lab.cluster.issued).toHaveLength(2)
    // A look every fifteen minutes, and one after each renewal.
    expect(lab.cluster.looks).toBeLessThan(70)
    broker.stop()
    await broker.ended
  })

  test('a life of seconds is renewed once a minute and no more often', async () => {
    const lab = await keepingLab()
    lab.cluster.lifeMs = 10_000
    const broker = lab.broker()
    await lab.settle()
    await lab.pass(10 * minute, 10_000)
    expect(lab.cluster.issued.length).toBeGreaterThan(8)
    expect(lab.cluster.issued.length).toBeLessThanOrEqual(11)
    broker.stop()
    await broker.ended
  })

  test('a failure keeps the last good keys, and is tried less and less often', async () => {
    const lab = await keepingLab()
    const broker = lab.broker()
    await lab.settle()
    const { keys } = lab.cluster
    lab.cluster.aws = networkDown
    await lab.pass(29 * minute)
    expect(lab.cluster.attempts).toHaveLength(1)
    await lab.pass(29 * minute, 5_000)
    expect(lab.cluster.keys).toEqual(keys)
    const waits = lab.cluster.attempts
      .slice(2)
      .map((at, index) => at - (lab.cluster.attempts[index + 1] ?? 0))
    expect(waits.length).toBeGreaterThan(4)
    expect(waits.length).toBeLessThan(9)
    expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    const state = await lab.state()
    expect(state.clusters['devk8s']).toMatchObject({
      state: 'failing',
      goodUntilMs: keys?.expiresAtMs,
      problem: { code: networkDown.code },
    })
    // The same failure over and over is one line.
    expect((await lab.log()).match(/No answer from sts/g)).toHaveLength(1)
    broker.stop()
    await broker.ended
  })

  test('waits for a sign-in and notices it within a minute', async () => {
    const lab = await keepingLab()
    lab.cluster.aws = signInNeeded
    const broker = lab.broker()
    await lab.settle()
    await lab.pass(10 * minute)
    expect(lab.cluster.attempts).toHaveLength(1)
    expect((await lab.state()).clusters['devk8s']?.state).toBe('waiting')
    delete lab.cluster.aws
    await mkdir(join(lab.home, '.aws/sso/cache'), { recursive: true })
    await writeFile(join(lab.home, '.aws/sso/cache/0123.json'), '{}')
    await lab.pass(minute)
    expect(lab.cluster.issued).toHaveLength(1)
    broker.stop()
    await broker.ended
  })

  test('is quiet while the cluster is stopped, and back within a minute of its start', async () => {
    const lab = await keepingLab()
    lab.cluster.isUp = false
    const broker = lab.broker()
    await lab.settle()
    await lab.pass(30 * minute)
    expect(lab.cluster.looks).toBeLessThan(45)
    expect(lab.cluster.watches.size).toBe(0)
    expect((await lab.log()).split('\n').filter((line) => line.includes('stopped'))).toHaveLength(1)
    lab.cluster.isUp = true
    await lab.pass(minute)
    expect(lab.cluster.issued).toHaveLength(1)
    expect(lab.cluster.watches.size).toBe(1)
    broker.stop()
    await broker.ended
    expect(lab.cluster.watches.size).toBe(0)
  })

  test('serves a namespace that is made within seconds, and a thousand of them in a few looks', async () => {
    const lab = await keepingLab()
    const broker = lab.broker()
    await lab.settle()
    await lab.pass(minute)
    lab.cluster.lacks = ['new']
    const looks = lab.cluster.looks
    for (const tell of lab.cluster.watches) {
      for (let each = 0; each < 1000; each += 1) tell(`ns-${each}/default uid-${each} `)
    }
    await lab.pass(3_000, 500)
    expect(lab.cluster.lacks).toEqual([])
    expect(lab.cluster.looks - looks).toBeLessThanOrEqual(6)
    broker.stop()
    await broker.ended
  })

  test('where roles are assumed, a pod that asks for one is noticed within seconds, whatever else starts', async () => {
    const lab = await keepingLab()
    const { pods: _, ...upkeep } = lab.upkeep
    const agent = { ...agentUpkeep, roles: { 'shop-*': 'assume' } }
    await writeUpkeep(realFiles(), fileIn(lab.places.upkeeps, 'devk8s'), { ...upkeep, agent })
    const broker = lab.broker()
    await lab.settle()
    await lab.pass(minute)
    expect(lab.cluster.watches.size).toBe(2)
    const [, tellPods] = [...lab.cluster.watches]
    const looks = lab.cluster.looks
    for (let each = 0; each < 1000; each += 1) tellPods?.(`shop plain-${each}  `)
    await lab.pass(3_000, 500)
    expect(lab.cluster.looks).toBe(looks)
    for (let each = 0; each < 1000; each += 1) tellPods?.('shop shop-web  ')
    await lab.pass(3_000, 500)
    expect(lab.cluster.looks).toBe(looks + 1)
    broker.stop()
    await broker.ended
    expect(lab.cluster.watches.size).toBe(0)
  })

  test('takes a watch up again that died of something that nobody foresaw', async () => {
    const lab = await keepingLab()
    lab.cluster.watchBug = new TypeError('a bug')
    const broker = lab.broker()
    await lab.settle()
    await lab.pass(minute)
    expect(lab.cluster.watches.size).toBe(0)
    delete lab.cluster.watchBug
    await lab.pass(16 * minute)
    expect(lab.cluster.watches.size).toBe(1)
    broker.stop()
    await broker.ended
  })

  test('a look that dies keeps until when the keys are good', async () => {
    const lab = await keepingLab()
    const broker = lab.broker()
    await lab.settle()
    const goodUntilMs = lab.cluster.keys?.expiresAtMs
    lab.cluster.bug = new TypeError('a bug')
    await lab.pass(16 * minute)
    expect((await lab.state()).clusters['devk8s']).toMatchObject({ state: 'failing', goodUntilMs })
    broker.stop()
    await broker.ended
  })

  test('says so when somebody has been renewing for more than ten minutes, and goes on once that is over', async () => {
    const lab = await keepingLab()
    const lock = fileIn(lab.places.renewals, 'devk8s', 'lock')
    await mkdir(lab.places.renewals, { recursive: true })
    const startedAt = lab.clock.now()
    await writeFile(lock, JSON.stringify({ pid: 99, command: 'devk8s up', startedAt, host: 'laptop' }))
    const broker = lab.broker()
    await lab.settle()
    await lab.pass(9 * minute)
    expect((await lab.state()).clusters['devk8s']?.problem).toBeUndefined()
    await lab.pass(2 * minute)
    const state = (await lab.state()).clusters['devk8s']
    expect(state).toMatchObject({ state: 'failing', problem: { code: renewalHeld.code } })
    const looks = lab.cluster.looks
    await lab.pass(10 * minute)
    expect(lab.cluster.looks - looks).toBeLessThan(10)
    expect(await lab.log()).toContain('Cluster devk8s: Process 99 ("devk8s up") has held the lock since')
    await rm(lock)
    await lab.pass(10 * minute)
    expect(lab.cluster.issued).toHaveLength(1)
    broker.stop()
    await broker.ended
  })

  test('two at once renew once', async () => {
    const lab = await keepingLab()
    let open = () => {}
    lab.cluster.gate = new Promise((resolve) => {
      open = resolve
    })
    const brokers = [lab.broker(1), lab.broker(2)]
    await lab.settle()
    expect(lab.cluster.attempts).toHaveLength(1)
    open()
    await lab.pass(minute)
    expect(lab.cluster.issued).toHaveLength(1)
    await lab.pass(40 * minute)
    expect(lab.cluster.issued).toHaveLength(2)
    for (const broker of brokers) broker.stop()
    await Promise.all(brokers.map(({ ended }) => ended))
  })

  test('lets go of a cluster whose upkeep ended, takes up one that began, and tells of a damaged file', async () => {
    const lab = await keepingLab()
    const broker = lab.broker()
    await lab.settle()
    expect(lab.cluster.watches.size).toBe(1)
    const file = fileIn(lab.places.upkeeps, 'devk8s')
    await writeFile(file, '{"version":1}')
    await lab.pass(minute)
    expect(await lab.log()).toContain(`damaged: DK5052 ${file}, for cluster devk8s: team is not a text.`)
    await rm(file)
    const looks = lab.cluster.looks
    await lab.pass(20 * minute)
    expect(lab.cluster.looks).toBe(looks)
    expect(lab.cluster.watches.size).toBe(0)
    expect((await lab.state()).clusters).toEqual({})
    broker.stop()
    await broker.ended
  })

  test('puts nothing into a cluster that devk8s did not make', async () => {
    const lab = await keepingLab()
    await rm(join(lab.folder, 'data/kubeconfig/devk8s.made.json'))
    const broker = lab.broker()
    await lab.settle()
    await lab.pass(20 * minute)
    expect(lab.cluster.looks).toBe(0)
    expect(await lab.log()).toContain('DK5053')
    broker.stop()
    await broker.ended
  })

  test('ends when its record is taken away, where no signal reaches it', async () => {
    const lab = await keepingLab()
    const broker = lab.broker()
    await lab.settle()
    await rm(lab.places.brokerRecord)
    await lab.pass(15_000, 5_000)
    expect(await broker.ended).toBeUndefined()
    expect(await lab.log()).toContain('stopped: its record is gone')
  })
})
