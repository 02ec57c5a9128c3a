import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Ports } from '../../src/ports/ports.ts'
import {
  keysNotRemoved,
  nothingKeptFresh,
  notAllRenewed,
  upkeepDamaged,
  upkeepForeign,
  whichCluster,
} from '../../src/problems/broker.ts'
import { laptopWithAws, notesOf } from './aws-lab.ts'

const minute = 60_000
const codes = ({ problems }: { readonly problems: readonly { readonly code: string }[] }) =>
  problems.map(({ code }) => code)

describe('up', () => {
  test('brings all about and writes down what is kept fresh, without any key', async () => {
    const laptop = await laptopWithAws('')
    const done = await laptop.run('up --yes')
    expect(done.steps).toMatchObject({
      upkeep: 'changed',
      'upkeep.images': 'changed',
      'upkeep.pods': 'changed',
    })
    const upkeep = await readFile(join(laptop.state, 'upkeep/devk8s.json'), 'utf8')
    expect(JSON.parse(upkeep)).toMatchObject({ team: 'shop', cluster: 'devk8s', images: { mode: 'secret' } })
    expect((await laptop.run('up --yes')).steps).toMatchObject({
      upkeep: 'ready',
      'upkeep.images': 'ready',
      'upkeep.pods': 'ready',
    })
  })

  test('a session at half of its life is renewed', async () => {
    const laptop = await laptopWithAws()
    await laptop.clock.sleep(31 * minute)
    const done = await laptop.run('up --yes')
    expect(done.steps).toMatchObject({ 'upkeep.images': 'ready', 'upkeep.pods': 'changed' })
  })

  test('one that cannot be renewed while it is good is a warning and no failure', async () => {
    const laptop = await laptopWithAws()
    await laptop.clock.sleep(31 * minute)
    const done = await laptop.run('up --yes', { faults: ['aws=offline'] })
    expect(done.exit).toBe(0)
    const pods = done.events.find((event) => event.type === 'step.finished' && event.id === 'upkeep.pods')
    expect(pods).toMatchObject({
      outcome: 'changed',
      notes: expect.arrayContaining([
        {
          level: 'warning',
          text: expect.stringMatching(
            /^Could not be renewed \(DK50\d\d\): .* What is there is good until .*\d\d:\d\d \(2\d min\)\.$/,
          ),
        },
      ]),
    })
  })

  test('one that is over and cannot be renewed fails with its reason', async () => {
    const laptop = await laptopWithAws()
    await laptop.clock.sleep(61 * minute)
    const done = await laptop.run('up --yes', { faults: ['aws=offline'] })
    expect(done.steps).toMatchObject({ 'upkeep.pods': 'failed' })
    expect(done.exit).not.toBe(0)
  })
})

describe('without a broker', () => {
  test('status renews what is due, and says until when all is good', async () => {
    const laptop = await laptopWithAws()
    const fresh = await laptop.run('status')
    expect(notesOf(fresh)).toContainEqual(
      expect.stringMatching(/^AWS keys in local: good until .*\d\d:\d\d \(\d\d min\)$/),
    )
    await laptop.clock.sleep(31 * minute)
    const done = await laptop.run('status')
    expect(done.exit).toBe(0)
    expect(done.steps).toMatchObject({ 'upkeep.pods': 'ready' })
    expect(notesOf(done)).toContainEqual(
      expect.stringMatching(/^AWS keys in local: good until .* \(5\d min\)$/),
    )
  })

  test('switch to the local context does, and a switch elsewhere does not', async () => {
    const laptop = await laptopWithAws()
    const config = join(laptop.home, '.kube/config')
    const text = await readFile(config, 'utf8')
    const other = text.replace(
      /^contexts:\n/m,
      'contexts:\n- name: other\n  context: {cluster: other, user: other}\n',
    )
    await writeFile(config, other)
    const fresh = await laptop.run('switch local')
    expect(notesOf(fresh)).toEqual([expect.stringMatching(/^AWS keys in local: good until /)])
    expect(fresh.calls).toEqual([])
    await laptop.clock.sleep(31 * minute)
    const elsewhere = await laptop.run('switch other')
    expect(elsewhere.calls).toEqual([])
    expect(notesOf(elsewhere).filter((note) => note.startsWith('AWS'))).toEqual([])
    const due = await laptop.run('switch local')
    expect(due.exit).toBe(0)
    expect(notesOf(due)).toEqual([expect.stringMatching(/^AWS keys in local: good until .* \(5\d min\)$/)])
    await laptop.clock.sleep(31 * minute)
    const failed = await laptop.run('switch local', { faults: ['aws=not-signed-in'] })
    expect(failed.exit).toBe(0)
    expect(notesOf(failed)).toEqual([
      expect.stringMatching(
        /^AWS keys in local could not be renewed \(DK5004\): .* What is there: good until .*Next: /,
      ),
    ])
  })

  test('asks AWS no more than once a minute, however often somebody looks', async () => {
    const laptop = await laptopWithAws()
    await laptop.clock.sleep(31 * minute)
    const first = await laptop.run('switch local', { faults: ['aws=offline'] })
    expect(first.calls.length).toBeGreaterThan(0)
    await laptop.clock.sleep(2_000)
    const second = await laptop.run('switch local', { faults: ['aws=offline'] })
    expect(second.calls).toEqual([])
    expect(notesOf(second)).toEqual([
      expect.stringMatching(/^AWS keys in local could not be renewed \(DK5020\)/),
    ])
    await laptop.clock.sleep(minute)
    expect(notesOf(await laptop.run('switch local'))).toEqual([
      expect.stringMatching(/good until .* \(5\d min\)$/),
    ])
  })

  test('leaves it to whoever renews just then', async () => {
    const laptop = await laptopWithAws()
    await laptop.clock.sleep(31 * minute)
    const holder = { pid: process.ppid, command: 'devk8s, renewing AWS keys', startedAt: 0, host: 'laptop' }
    await writeFile(join(laptop.state, 'renewals/devk8s.lock'), JSON.stringify(holder))
    const alive = (ports: Ports): Ports => ({ ...ports, host: { ...ports.host, isAlive: () => true } })
    const done = await laptop.run('switch local', { through: alive })
    expect(done.exit).toBe(0)
    expect(notesOf(done)).toEqual([expect.stringMatching(/^AWS keys in local: good until .* \(2\d min\)$/)])
  })

  test('a cluster that does not run is nobody’s worry', async () => {
    const laptop = await laptopWithAws()
    await laptop.run('down')
    const done = await laptop.run('switch local')
    expect(done.exit).toBe(0)
    expect(notesOf(done)).toEqual([])
  })
})

describe('aws refresh', () => {
  test('renews what is not due', async () => {
    const laptop = await laptopWithAws()
    const before = (await laptop.run('aws status')).answer
    await laptop.clock.sleep(5 * minute)
    const done = await laptop.run('aws refresh')
    expect(done.exit).toBe(0)
    expect(done.answer).toMatchObject({
      cluster: 'devk8s',
      parts: [{ part: 'policies' }, { part: 'images', renewed: true }, { part: 'pods', renewed: true }],
      restart: null,
    })
    expect((await laptop.run('aws status')).answer).not.toEqual(before)
  })

  test('a failure says what is good all the same', async () => {
    const laptop = await laptopWithAws()
    const done = await laptop.run('aws refresh', { faults: ['aws=not-signed-in'] })
    expect(codes(done)).toEqual(['DK5004'])
    expect(done.problems[0]?.detail).toMatch(/Pods: what is there is good until /)
  })

  test('parts that fail for several reasons are told each', async () => {
    const laptop = await laptopWithAws()
    const refusing = (args: readonly string[]) => args.includes('apply')
    let applied = 0
    const done = await laptop.run('aws refresh', {
      through: (ports) => ({
        ...ports,
        exec: {
          ...ports.exec,
          run: async (command, how) => {
            if (!refusing(command.args)) return ports.exec.run(command, how)
            applied += 1
            const stderr = `Error from server (Forbidden): attempt ${applied} is forbidden\n`
            return { outcome: 'exited', exitCode: 1, signal: null, stdout: '', stderr, durationMs: 1 }
          },
        },
      }),
    })
    expect(codes(done)).toEqual([notAllRenewed.code])
    expect(done.problems[0]?.detail).toMatch(/Policies: DK4005 .*Pods: DK4005 /)
  })

  test('with --restart tells that nothing had to be', async () => {
    const laptop = await laptopWithAws()
    const done = await laptop.run('aws refresh --restart')
    expect(done.answer).toMatchObject({ restart: { restarted: [], byHand: [] } })
  })
})

describe('aws status', () => {
  test('tells who one is and until when all is good: one call to AWS', async () => {
    const laptop = await laptopWithAws()
    let asked = 0
    const done = await laptop.run('aws status', {
      through: (ports) => ({
        ...ports,
        aws: {
          ...ports.aws,
          callerIdentity: async (source, signal) => {
            asked += 1
            return ports.aws.callerIdentity(source, signal)
          },
        },
      }),
    })
    expect(done.exit).toBe(0)
    expect(asked).toBe(1)
    expect(done.answer).toMatchObject({
      cluster: 'devk8s',
      source: { profile: 'acme-dev', region: 'eu-west-1' },
      identity: { account: '123456789012' },
      images: { mode: 'secret', why: 'the profile says so' },
      parts: [
        { part: 'policies', fresh: true },
        { part: 'images', fresh: true, good: true },
        { part: 'pods', fresh: true, good: true },
      ],
      restart: [],
      broker: { running: false },
    })
    expect(done.calls.filter(({ changes }) => changes)).toEqual([])
  })

  test('ends with 3 when something is due, and when nobody is signed in', async () => {
    const laptop = await laptopWithAws()
    await laptop.clock.sleep(31 * minute)
    const due = await laptop.run('aws status')
    expect(due.exit).toBe(3)
    expect(due.answer).toMatchObject({ parts: [{}, { fresh: true }, { fresh: false, good: true }] })
    await laptop.run('aws refresh')
    const out = await laptop.run('aws status', { faults: ['aws=not-signed-in'] })
    expect(out.exit).toBe(3)
    expect(out.answer).toMatchObject({
      identity: { problem: { code: 'DK5004' } },
      parts: [{}, { good: true }, { good: true }],
    })
  })

  test('says so when the cluster does not run', async () => {
    const laptop = await laptopWithAws()
    const file = join(laptop.state, 'upkeep/devk8s.json')
    const upkeep = await readFile(file, 'utf8')
    await laptop.run('down')
    await writeFile(file, upkeep)
    const done = await laptop.run('aws status')
    expect(done.exit).toBe(3)
    expect(done.answer).toMatchObject({ parts: [{ problem: {} }, { problem: {} }, { problem: {} }] })
  })
})

describe('which cluster is meant', () => {
  test('none gets anything', async () => {
    const laptop = await laptopWithAws('')
    for (const line of ['aws status', 'aws refresh']) {
      expect(codes(await laptop.run(line))).toEqual([nothingKeptFresh.code])
    }
  })

  test('the only one there is, whatever profile is here, and none of another name', async () => {
    const laptop = await laptopWithAws()
    await rm(join(laptop.folder, 'devk8s.yaml'))
    expect((await laptop.run('aws status')).exit).toBe(0)
    const done = await laptop.run('aws status --cluster-name other')
    expect(codes(done)).toEqual([nothingKeptFresh.code])
    expect(done.problems[0]?.next).toEqual(['devk8s aws status --cluster-name devk8s'])
  })

  test('not to be told among several', async () => {
    const laptop = await laptopWithAws()
    for (const name of ['one', 'two']) {
      const file = join(laptop.state, 'upkeep/devk8s.json')
      const text = (await readFile(file, 'utf8')).replaceAll('"devk8s"', `"${name}"`)
      await writeFile(join(laptop.state, `upkeep/${name}.json`), text)
    }
    await rm(join(laptop.state, 'upkeep/devk8s.json'))
    const done = await laptop.run('aws refresh')
    expect(codes(done)).toEqual([whichCluster.code])
    expect(done.problems[0]?.next).toEqual([
      'devk8s aws refresh --cluster-name one',
      'devk8s aws refresh --cluster-name two',
    ])
  })

  test('a damaged record, and one of a cluster that somebody else made, are told', async () => {
    const laptop = await laptopWithAws()
    const made = join(laptop.home, '.local/share/devk8s/kubeconfig/devk8s.made.json')
    const record = await readFile(made, 'utf8')
    await rm(made)
    const foreign = await laptop.run('aws refresh')
    expect(codes(foreign)).toEqual([upkeepForeign.code])
    expect(foreign.calls).toEqual([])
    await writeFile(made, record)
    await writeFile(join(laptop.state, 'upkeep/devk8s.json'), '{')
    const damaged = await laptop.run('aws status')
    expect(codes(damaged)).toEqual([upkeepDamaged.code])
    expect((await laptop.run('up --yes')).exit).toBe(0)
    expect((await laptop.run('aws status')).exit).toBe(0)
  })
})

describe('aws logout', () => {
  test('takes all keys out of the cluster, and nothing brings them back but up', async () => {
    const laptop = await laptopWithAws()
    const done = await laptop.run('aws logout')
    expect(done.exit).toBe(0)
    expect(done.answer).toMatchObject({
      cluster: 'devk8s',
      removed: ['default/aws-credentials', 'default/awsecr-cred', 'shop/aws-credentials', 'shop/awsecr-cred'],
    })
    await laptop.clock.sleep(31 * minute)
    expect(notesOf(await laptop.run('switch local'))).toEqual([])
    expect(codes(await laptop.run('aws status'))).toEqual([nothingKeptFresh.code])
    expect((await laptop.run('up --yes')).steps).toMatchObject({ 'upkeep.pods': 'changed' })
  })

  test('forgets kept sessions, also where no cluster has anything', async () => {
    const laptop = await laptopWithAws('')
    const sessions = join(laptop.state, 'sessions')
    await mkdir(sessions, { recursive: true })
    await writeFile(join(sessions, 'a.json'), '{}')
    expect((await laptop.run('aws logout')).answer).toEqual({
      cluster: null,
      removed: [],
      brokerStopped: false,
      others: [],
    })
    await expect(stat(sessions)).rejects.toThrow('ENOENT')
  })

  test('a no changes nothing', async () => {
    const laptop = await laptopWithAws()
    const done = await laptop.run('aws logout', { answers: { 'aws.logout': false } })
    expect(done.exit).toBe(5)
    expect((await laptop.run('aws status')).exit).toBe(0)
  })

  test('a cluster that cannot be asked is told, with the way to finish it', async () => {
    const laptop = await laptopWithAws()
    const file = join(laptop.state, 'upkeep/devk8s.json')
    const upkeep = await readFile(file, 'utf8')
    await laptop.run('down')
    await writeFile(file, upkeep)
    const done = await laptop.run('aws logout')
    expect(codes(done)).toEqual([keysNotRemoved.code])
    expect(done.problems[0]?.next).toEqual(['devk8s up', 'devk8s aws logout'])
    expect(await readFile(file, 'utf8')).toBe(upkeep)
  })
})

describe('down', () => {
  test('takes the keys away before it stops the cluster', async () => {
    const laptop = await laptopWithAws()
    const done = await laptop.run('down')
    expect(done.steps).toEqual({ 'aws-keys': 'changed', cluster: 'changed' })
    await expect(stat(join(laptop.state, 'upkeep/devk8s.json'))).rejects.toThrow('ENOENT')
    expect((await laptop.run('down')).steps).toEqual({ cluster: 'ready' })
  })

  test('stops a cluster that does not answer all the same', async () => {
    const laptop = await laptopWithAws()
    const done = await laptop.run('down', {
      through: (ports) => ({
        ...ports,
        exec: {
          ...ports.exec,
          run: async (command, how) =>
            command.tool === 'kubectl'
              ? {
                  outcome: 'timed-out',
                  exitCode: null,
                  signal: null,
                  stdout: '',
                  stderr: '',
                  durationMs: 20_000,
                }
              : ports.exec.run(command, how),
        },
      }),
    })
    expect(done.steps).toEqual({ 'aws-keys': 'ready', cluster: 'changed' })
  })
})
