import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Ports } from '../../src/ports/ports.ts'
import { fail } from '../../src/problems/problem.ts'
import { cannotAsk } from '../../src/problems/state.ts'
import {
  brokerNotStopped,
  keysNotRemoved,
  nothingKeptFresh,
  notAllRenewed,
  upkeepDamaged,
  upkeepForeign,
  whichCluster,
} from '../../src/problems/broker.ts'
import { laptopWithAws, notesOf } from './aws-lab.ts'
import { laptopWithPods } from './pods-lab.ts'

const minute = 60_000
/** Pods have keys of their own only where no agent serves them. */
const env = '  roles: { admin: deny }\n  lane: env'
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
      expect.stringMatching(/^AWS keys in local: good until .*\d\d:\d\d \((\d\d min|1 h)\)$/),
    )
    await laptop.clock.sleep(31 * minute)
    const done = await laptop.run('status')
    expect(done.exit).toBe(0)
    expect(done.steps).toMatchObject({ 'upkeep.pods': 'ready' })
    expect(notesOf(done)).toContainEqual(
      expect.stringMatching(/^AWS keys in local: good until .* \((5\d min|1 h)\)$/),
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
    expect(notesOf(due)).toEqual([
      expect.stringMatching(/^AWS keys in local: good until .* \((5\d min|1 h)\)$/),
    ])
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
      expect.stringMatching(/good until .* \((5\d min|1 h)\)$/),
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
    expect(done.text).toMatch(/^Pods +not renewed \(DK5004\); what is there is good until /m)
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

  test('what was renewed is told beside what was not', async () => {
    const laptop = await laptopWithAws()
    const done = await laptop.run('aws refresh', { faults: ['aws=ecr-denied'] })
    expect(done.exit).not.toBe(0)
    expect(done.answer).toMatchObject({
      parts: [{ renewed: true }, { part: 'images', renewed: false, problem: {} }, { renewed: true }],
    })
    expect(done.text).toMatch(
      /^Images +not renewed \(DK\d{4}\); what is there is good until .*\nPods +renewed, good until /m,
    )
  })

  test('what was renewed is told also where nobody can be asked about a restart', async () => {
    const laptop = await laptopWithPods(env)
    await laptop.clock.sleep(50 * minute)
    const noTerminal = (ports: Ports): Ports => ({
      ...ports,
      prompts: { ask: async () => fail(cannotAsk, { detail: 'There is no terminal.' }) },
    })
    const done = await laptop.run('aws refresh --restart', { through: noTerminal })
    expect(codes(done)).toEqual([cannotAsk.code])
    expect(done.answer).toMatchObject({ restart: null })
    expect(done.text).toMatch(/^Pods +renewed, good until /m)
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

  test('right after a refresh nothing has to be restarted: what runs has keys that do', async () => {
    const laptop = await laptopWithPods(env)
    await laptop.clock.sleep(2 * minute)
    await laptop.run('aws refresh')
    const done = await laptop.run('aws status')
    expect(done.exit).toBe(0)
    expect(done.answer).toMatchObject({ restart: [], olderKeys: [{ keys: 'replaced' }, {}, {}] })
    expect(done.text).toMatch(/^Older +3 pods have older keys, good until \d\d:\d\d \((5\d min|1 h)\)$/m)
    await laptop.clock.sleep(40 * minute)
    const later = await laptop.run('aws status')
    expect(later.exit).toBe(3)
    expect(later.answer).toMatchObject({ restart: [{ keys: 'replaced' }, {}, {}], olderKeys: [] })
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

const agreed = { 'aws.logout': true }

describe('aws logout', () => {
  test('takes all keys out of the cluster, and nothing brings them back but up', async () => {
    const laptop = await laptopWithAws()
    const done = await laptop.run('aws logout', { answers: agreed })
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

  /** A process that holds the broker's lock, lives, and is told by `ps` as that. */
  const holding = (psLine: string) => (ports: Ports) => ({
    ...ports,
    host: { ...ports.host, isAlive: (pid: number) => pid === 77 },
    exec: {
      ...ports.exec,
      run: async (...[command, how]: Parameters<Ports['exec']['run']>) => {
        const ran = { outcome: 'exited', exitCode: 0, signal: null, stderr: '', durationMs: 1 } as const
        if (command.program === 'ps') return { ...ran, stdout: psLine }
        return command.program === 'kill' ? { ...ran, stdout: '' } : ports.exec.run(command, how)
      },
    },
  })
  const lockedLaptop = async () => {
    const laptop = await laptopWithAws()
    const holder = { pid: 77, command: 'devk8s aws broker', startedAt: 0, host: 'laptop' }
    await writeFile(join(laptop.state, 'broker.lock'), JSON.stringify(holder))
    await writeFile(join(laptop.state, 'broker.json'), '{"by":"process","hash":""}')
    await mkdir(join(laptop.state, 'sessions'), { recursive: true })
    return laptop
  }

  test('is not kept from it by another program that has the number of a broker that was killed', async () => {
    const laptop = await lockedLaptop()
    const done = await laptop.run('aws logout', { answers: agreed, through: holding('sleep 86400\n') })
    expect(done.exit).toBe(0)
    expect(done.answer).toMatchObject({ cluster: 'devk8s', brokerStopped: true })
  })

  test('takes the keys away also when the broker does not end, and says both', async () => {
    const laptop = await lockedLaptop()
    const done = await laptop.run('aws logout', {
      answers: agreed,
      through: holding('node bin.js __broker\n'),
    })
    expect(codes(done)).toEqual([brokerNotStopped.code])
    expect(notesOf(done)).toContainEqual(
      expect.stringMatching(
        /^Removed from cluster devk8s: 4 Secrets, .*\. No session is kept here any more\.$/,
      ),
    )
    await expect(stat(join(laptop.state, 'sessions'))).rejects.toThrow('ENOENT')
    expect((await laptop.run('aws logout', { answers: agreed })).answer).toMatchObject({ cluster: null })
  })

  test('is not kept from it by the broker that renews: it is stopped, and the keys taken away then', async () => {
    const laptop = await lockedLaptop()
    await mkdir(join(laptop.state, 'renewals'), { recursive: true })
    const holder = { pid: 77, command: 'devk8s, renewing AWS keys', startedAt: 0, host: 'laptop' }
    await writeFile(join(laptop.state, 'renewals/devk8s.lock'), JSON.stringify(holder))
    let isAlive = true
    const through = (ports: Ports): Ports => {
      const held = holding('node bin.js __broker\n')(ports)
      return {
        ...held,
        host: { ...held.host, isAlive: (pid) => pid === 77 && isAlive },
        exec: {
          ...held.exec,
          run: async (command, how) => {
            if (command.program === 'kill') isAlive = false
            return held.exec.run(command, how)
          },
        },
      }
    }
    const done = await laptop.run('aws logout', { answers: agreed, through })
    expect(done.exit).toBe(0)
    expect(done.answer).toMatchObject({
      removed: ['default/aws-credentials', 'default/awsecr-cred', 'shop/aws-credentials', 'shop/awsecr-cred'],
      brokerStopped: true,
    })
  })

  test('forgets kept sessions, also where no cluster has anything', async () => {
    const laptop = await laptopWithAws('')
    const sessions = join(laptop.state, 'sessions')
    await mkdir(sessions, { recursive: true })
    await writeFile(join(sessions, 'a.json'), '{}')
    expect((await laptop.run('aws logout', { answers: agreed })).answer).toEqual({
      cluster: null,
      removed: [],
      alsoRemoved: [],
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
    const done = await laptop.run('aws logout', { answers: agreed })
    expect(codes(done)).toEqual([keysNotRemoved.code])
    expect(done.problems[0]?.next).toEqual(['devk8s up', 'devk8s aws logout'])
    expect(await readFile(file, 'utf8')).toBe(upkeep)
  })
})

describe('destroy', () => {
  test.each([['down', 'destroy --yes'], ['destroy --yes']])('takes the broker away: %s', async (...lines) => {
    const laptop = await laptopWithAws()
    const unit = join(laptop.home, '.config/systemd/user/devk8s-broker.service')
    await mkdir(dirname(unit), { recursive: true })
    await writeFile(unit, '[Unit]\n')
    const record = { by: 'systemd', file: unit, hash: '' }
    await writeFile(join(laptop.state, 'broker.json'), JSON.stringify(record))
    for (const line of lines) {
      expect((await stat(unit)).isFile()).toBe(true)
      expect((await laptop.run(line, { answers: { destroy: true } })).exit).toBe(0)
    }
    await expect(stat(unit)).rejects.toThrow('ENOENT')
  })
})

describe('a profile that asks for less', () => {
  const file = (laptop: Awaited<ReturnType<typeof laptopWithAws>>) => join(laptop.folder, 'devk8s.yaml')
  const without = async (laptop: Awaited<ReturnType<typeof laptopWithAws>>, ...parts: readonly RegExp[]) => {
    const text = await readFile(file(laptop), 'utf8')
    await writeFile(
      file(laptop),
      parts.reduce((all, part) => all.replace(part, ''), text),
    )
  }
  const ecr = /  ecr:\n    mode: secret\n/
  const roles = /  roles: \{\}\n/

  test('of no keys for pods: they go, `plan` says so, and nobody renews them', async () => {
    const laptop = await laptopWithAws()
    await without(laptop, roles)
    const planned = await laptop.run('plan')
    expect(planned.result?.steps.find(({ id }) => id === 'aws-keys')?.changes).toEqual([
      { field: 'Secret default/aws-credentials', effect: 'remove' },
      { field: 'Secret shop/aws-credentials', effect: 'remove' },
    ])
    expect((await laptop.run('up --yes')).steps).toMatchObject({ 'aws-keys': 'changed', upkeep: 'ready' })
    const seen = (await laptop.run('aws status')).answer
    expect(seen).toMatchObject({ parts: [{ part: 'policies' }, { part: 'images', fresh: true }] })
    const again = await laptop.run('up --yes')
    expect(again.steps).not.toHaveProperty('aws-keys')
    expect((await laptop.run('aws logout', { answers: agreed })).answer).toMatchObject({
      removed: ['default/awsecr-cred', 'shop/awsecr-cred'],
    })
  })

  test('of no images: the pull secrets go', async () => {
    const laptop = await laptopWithAws()
    await without(laptop, ecr)
    expect((await laptop.run('up --yes')).exit).toBe(0)
    expect((await laptop.run('aws logout', { answers: agreed })).answer).toMatchObject({
      removed: ['default/aws-credentials', 'shop/aws-credentials'],
    })
  })

  test('of nothing: all goes, and the record', async () => {
    const laptop = await laptopWithAws()
    await without(laptop, ecr, roles)
    // The API server goes on without policies, which takes a restart.
    const done = await laptop.run('up --yes', { answers: { 'cluster.reconfigure': true } })
    expect([done.exit, done.steps['aws-keys']]).toEqual([0, 'changed'])
    await expect(stat(join(laptop.state, 'upkeep/devk8s.json'))).rejects.toThrow('ENOENT')
    expect((await laptop.run('up --yes')).steps).not.toHaveProperty('aws-keys')
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
