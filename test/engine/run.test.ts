import { describe, expect, test } from 'vitest'
import type { Finding } from '../../src/plan/step.ts'
import type { Question } from '../../src/ports/prompts.ts'
import { fail, problem } from '../../src/problems/problem.ts'
import { cannotAsk, locked, notSettled } from '../../src/problems/state.ts'
import { lab, outcomes } from './lab.ts'
import type { Behaviour } from './lab.ts'

const question: Question = {
  id: 'sure',
  text: 'Sure?',
  flag: '--yes',
  kind: 'confirm',
  fallback: undefined,
}
const blocked: Finding = { state: 'blocked', problem: problem(cannotAsk, { detail: 'no way' }) }
const toChange: Finding = { state: 'absent', changes: [{ field: 'x', to: '1', effect: 'create' }] }

/** The shape of `up`: two tools, a cluster on one of them, and things within it. */
const upLike = (over: Readonly<Record<string, Behaviour>> = {}): Readonly<Record<string, Behaviour>> => ({
  fit: { isReadyAtFirst: true, ...over['fit'] },
  minikube: { needs: ['fit'], lane: 'download', ...over['minikube'] },
  kubectl: { needs: ['fit'], lane: 'download', ...over['kubectl'] },
  cluster: { needs: ['minikube'], ...over['cluster'] },
  addon: { needs: ['cluster', 'kubectl'], ...over['addon'] },
  context: { needs: ['cluster'], lane: 'host', ...over['context'] },
})

describe('change', () => {
  test('checks, applies and checks again; the second run is silent', async () => {
    const world = lab(upLike())
    const first = await world.run()
    expect(outcomes(first)).toBe(
      'fit:ready minikube:changed kubectl:changed cluster:changed addon:changed context:changed',
    )
    expect(first).toMatchObject({ exit: 0, changesNeeded: true })
    world.log.length = 0
    const second = await world.run()
    expect(second).toMatchObject({ exit: 0, changesNeeded: false })
    expect(world.log.filter((line) => line.startsWith('apply'))).toEqual([])
  })

  test('two runs emit the same events in the same order', async () => {
    const [one, two] = [lab(upLike()), lab(upLike())]
    await Promise.all([one.run(), two.run()])
    expect(one.events).toEqual(two.events)
    expect(one.events.map(({ type }) => type)[0]).toBe('plan.ready')
  })

  test('kubectl downloads while the cluster starts', async () => {
    const world = lab(
      upLike({ minikube: { isReadyAtFirst: true }, kubectl: { applyMs: 500 }, cluster: { applyMs: 900 } }),
      { auto: false },
    )
    const run = world.run()
    await world.clock.advance(0)
    expect(world.log).toEqual(expect.arrayContaining(['apply kubectl', 'apply cluster']))
    expect(world.log.some((line) => line.startsWith('end'))).toBe(false)
    await world.clock.advance(500)
    expect(world.log).toContain('end kubectl')
    expect(world.log).not.toContain('end cluster')
    await world.clock.advance(400)
    expect(await run).toMatchObject({ exit: 0 })
    expect(world.clock.now() - Date.UTC(2026, 0, 2, 3, 4, 5)).toBe(900)
  })

  test.each<readonly [string, Behaviour, string]>([
    ['changed', {}, 'keys:changed pods:changed'],
    ['blocked', { check: () => blocked }, 'keys:blocked pods:changed'],
    ['later', { needs: ['gone'] }, 'gone:blocked keys:later pods:changed'],
  ])('a step goes after another that is %s, and does not need it', async (_, keys, expected) => {
    const world = lab({
      ...(keys.needs === undefined ? {} : { gone: { check: () => blocked } }),
      keys: { applyMs: 100, ...keys },
      pods: { after: ['keys'], lane: 'host' },
    })
    expect(outcomes(await world.run())).toBe(expected)
    const applied = world.log.filter((line) => /^(?:end keys|check pods)/.test(line))
    expect(applied.at(-1)).toBe('check pods')
    expect(applied.indexOf('check pods')).toBe(applied.includes('end keys') ? 1 : 0)
  })

  test('changes of one lane take turns, and a finding from before the other change is made again', async () => {
    const world = lab({ a: { applyMs: 100 }, b: { applyMs: 100 } }, { auto: false })
    const run = world.run()
    await world.clock.advance(0)
    expect(world.log).toEqual(['check a', 'check b', 'apply a'])
    await world.clock.advance(200)
    await run
    expect(world.log).toEqual([
      'check a',
      'check b',
      'apply a',
      'end a',
      'check a',
      'check b',
      'apply b',
      'end b',
      'check b',
    ])
  })

  test('a step that waits for its turn says so; one that is wrong by then is blocked, not failed', async () => {
    const second: NonNullable<Behaviour['check']> = (_, checks) =>
      checks === 1 ? toChange : fail(cannotAsk, { detail: 'x' })
    const world = lab({ a: { applyMs: 100 }, b: { check: second } })
    expect(outcomes(await world.run())).toBe('a:changed b:blocked')
    expect(world.events).toContainEqual(
      expect.objectContaining({ type: 'step.progress', id: 'b', message: 'waiting for its turn' }),
    )
  })

  test('at most four checks run at a time', async () => {
    const six = Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => [id, { isReadyAtFirst: true, checkMs: 100 }]),
    )
    const world = lab(six, { auto: false })
    const run = world.run()
    await world.clock.advance(0)
    expect(world.log).toHaveLength(4)
    await world.clock.advance(100)
    expect(world.log).toHaveLength(6)
    await world.clock.advance(100)
    expect((await run).exit).toBe(0)
  })

  test('a read is shared until something changes', async () => {
    let reads = 0
    const reader: Behaviour['check'] = async (context, checks, applied) => {
      await context.once('x', async () => (reads += 1))
      return applied > 0 || checks > 9 ? { state: 'ready' } : toChange
    }
    const world = lab({
      a: { check: reader },
      b: { check: async (c) => (await c.once('x', async () => (reads += 1)), { state: 'ready' }) },
    })
    await world.run()
    expect(reads).toBe(2)
  })

  test('the time of a step leaves out waiting for a turn', async () => {
    const world = lab({ a: { applyMs: 300 }, b: { applyMs: 200 } }, { auto: false })
    const run = world.run()
    await world.clock.advance(1000)
    expect((await run).steps.map(({ durationMs }) => durationMs)).toEqual([300, 200])
  })
})

describe('settling', () => {
  test('asks again until ready', async () => {
    const world = lab({
      a: { settleMs: 10_000, check: (_, checks) => (checks >= 4 ? { state: 'ready' } : toChange) },
    })
    const result = await world.run('change', 2000)
    expect(outcomes(result)).toBe('a:changed')
    expect(result.steps[0]?.durationMs).toBe(4000)
    expect(world.events.filter(({ type }) => type === 'step.settling')).toHaveLength(2)
  })

  test('fails when the time is over, with what is still missing', async () => {
    const world = lab({ a: { settleMs: 5000, check: () => toChange }, b: { needs: ['a'] } })
    const result = await world.run('change', 2000)
    expect(outcomes(result)).toBe('a:failed b:later')
    expect(result.exit).toBe(1)
    expect(result.steps[0]?.durationMs).toBe(5000)
    expect(result.steps[0]?.problem).toMatchObject({
      code: notSettled.code,
      detail: 'Step a after 5 s of waiting: not there: x = 1.',
    })
  })

  test('a second look that is blocked fails with what it saw', async () => {
    const world = lab({ a: { check: (_, checks) => (checks === 1 ? toChange : blocked) } })
    const result = await world.run()
    expect(result.steps[0]).toMatchObject({ outcome: 'failed', problem: { code: 'DK8010' } })
  })

  test.each([
    ['at once when a person must act', 4, 0],
    ['after the time when waiting may help', 1, 5000],
  ] as const)('what is broken is why it did not come about: %s', async (_when, exit, durationMs) => {
    const broken: Finding = { ...toChange, problem: { ...problem(notSettled, { detail: 'no image' }), exit } }
    const world = lab({ a: { settleMs: 5000, check: () => broken } })
    const [step] = (await world.run('change', 1000)).steps
    expect(step).toMatchObject({ outcome: 'failed', durationMs, problem: { detail: 'no image' } })
    const [seen] = (await lab({ a: { check: () => broken } }).run('look')).steps
    expect(seen).toMatchObject({ outcome: 'would-change', problem: { detail: 'no image' } })
  })

  test('what the change has mended is not warned of any more', async () => {
    const warned: Finding = { ...toChange, notes: [{ level: 'warning', text: 'broken' }] }
    const world = lab({ a: { check: (_, checks) => (checks === 1 ? warned : { state: 'ready' }) } })
    expect((await world.run()).steps[0]).toMatchObject({ outcome: 'changed', notes: [] })
  })
})

describe('look', () => {
  test('says what a change would ask first', async () => {
    const world = lab({ a: { consent: { ...question, details: ['All is lost.'] } } })
    const result = await world.run('look')
    const consent = { id: 'sure', text: 'Sure?', details: ['All is lost.'], flag: '--yes' }
    expect(result.steps[0]).toMatchObject({ outcome: 'would-change', consent })
    expect(world.events).toContainEqual(expect.objectContaining({ type: 'step.finished', consent }))
  })

  test.each(['look', 'change'] as const)(
    'a difference that only making it anew would mend is told and not made: %s',
    async (mode) => {
      const changes = [{ field: 'runtime', from: 'a', to: 'b', effect: 'recreate' }] as const
      const world = lab({ a: { check: () => ({ state: 'ready', changes }) }, b: { needs: ['a'] } })
      const result = await world.run(mode)
      expect(result).toMatchObject({ exit: 0, changesNeeded: true })
      expect(result.steps[0]).toMatchObject({ outcome: 'ready', changes })
      expect(world.log).not.toContain('apply a')
    },
  )

  test('nothing is applied, and what is behind a change is later', async () => {
    const world = lab(upLike({ minikube: { isReadyAtFirst: true } }))
    const result = await world.run('look')
    expect(outcomes(result)).toBe(
      'fit:ready minikube:ready kubectl:would-change cluster:would-change addon:later context:later',
    )
    expect(result).toMatchObject({ exit: 0, changesNeeded: true })
    expect(world.log.filter((line) => !line.startsWith('check'))).toEqual([])
    expect(world.calls).toEqual([])
  })

  const attempts: Readonly<Record<string, NonNullable<Behaviour['check']>>> = {
    'a changing command': async ({ ports, signal }) => {
      await ports.exec.run(
        { tool: 'minikube', program: 'minikube', args: ['start'], changes: true },
        { timeoutMs: 1, signal },
      )
      return { state: 'ready' }
    },
    ...Object.fromEntries(
      (
        [
          'write',
          'append',
          'rename',
          'syncFolder',
          'makeFolder',
          'chmod',
          'remove',
          'createExclusive',
          'openWriter',
        ] as const
      ).map((method): [string, NonNullable<Behaviour['check']>] => [
        `files.${method}`,
        async ({ ports }) => {
          await (ports.files[method] as (...args: unknown[]) => Promise<unknown>)('/x', '/y')
          return { state: 'ready' }
        },
      ]),
    ),
  }
  test.each(Object.entries(attempts))('a check cannot use %s, in either mode', async (_, check) => {
    for (const mode of ['look', 'change'] as const) {
      const world = lab({ a: { check } })
      const result = await world.run(mode)
      expect(result).toMatchObject({ exit: 70, steps: [{ problem: { code: 'DK9002' } }] })
      expect(world.calls).toEqual([])
    }
  })

  test('a check may run what only reads, and read files', async () => {
    const world = lab({
      a: {
        check: async ({ ports, signal }) => {
          const how = { timeoutMs: 1, signal }
          await ports.exec.run(
            { tool: 'minikube', program: 'minikube', args: ['status'], changes: false },
            how,
          )
          expect(await ports.files.readText('/x')).toBe('text')
          expect(await ports.exec.find('minikube')).toBe('/bin/minikube')
          return { state: 'ready' }
        },
      },
    })
    expect((await world.run('look')).exit).toBe(0)
    expect(world.calls).toEqual(['minikube status'])
  })
})

describe('faults', () => {
  const ids = Object.keys(upLike())
  const behind: Readonly<Record<string, readonly string[]>> = {
    fit: ['minikube', 'kubectl', 'cluster', 'addon', 'context'],
    minikube: ['cluster', 'addon', 'context'],
    kubectl: ['addon'],
    cluster: ['addon', 'context'],
    addon: [],
    context: [],
  }

  test.each(ids)('a change that fails at %s stops what needs it and nothing else', async (id) => {
    const broken: Behaviour = {
      isReadyAtFirst: false,
      apply: async () => fail(notSettled, { detail: 'broken' }),
    }
    const result = await lab(upLike({ [id]: broken })).run()
    const expected = ids.map((each) => {
      if (each === id) return `${each}:failed`
      if (behind[id]?.includes(each)) return `${each}:later`
      return `${each}:${each === 'fit' ? 'ready' : 'changed'}`
    })
    expect(outcomes(result)).toBe(expected.join(' '))
    expect(result.exit).toBe(1)
  })

  test.each(ids)('an interruption at %s keeps what holds, and a second run finishes', async (id) => {
    const stop: { now?: () => void } = {}
    let isFirst = true
    const world = lab(
      upLike({
        [id]: {
          isReadyAtFirst: false,
          apply: async ({ signal }) => {
            if (!isFirst) return
            isFirst = false
            stop.now?.()
            signal.throwIfAborted()
          },
        },
      }),
    )
    stop.now = () => world.stop.abort('SIGTERM')
    const result = await world.run()
    expect(result.exit).toBe(143)
    expect(result.steps.find((step) => step.id === id)?.outcome).toBe('cancelled')
    expect(result.steps.filter(({ outcome }) => outcome === 'failed' || outcome === 'blocked')).toEqual([])
    const again = await world.run('change', 1000, new AbortController().signal)
    expect(again.exit).toBe(0)
    expect(again.steps.find((step) => step.id === id)?.outcome).toBe('changed')
  })

  test('SIGINT exits 130; what was not begun says so; a run that was done is not interrupted', async () => {
    const world = lab({ a: { checkMs: 100 }, b: { needs: ['a'] } }, { auto: false })
    const run = world.run()
    await world.clock.advance(50)
    world.stop.abort('SIGINT')
    expect(outcomes(await run)).toBe('a:cancelled b:later')
    expect((await run).exit).toBe(130)
    const early = lab({ a: {} })
    early.stop.abort('SIGINT')
    expect(outcomes(await early.run())).toBe('a:cancelled')
    const done = lab({ a: { check: async () => (done.stop.abort('SIGINT'), { state: 'ready' }) } })
    expect((await done.run()).exit).toBe(0)
  })

  test('an interruption while waiting for a turn', async () => {
    const world = lab({ a: { applyMs: 100 }, b: {} }, { auto: false })
    const run = world.run()
    await world.clock.advance(10)
    world.stop.abort('SIGINT')
    expect(outcomes(await run)).toBe('a:cancelled b:cancelled')
    expect(world.log).not.toContain('apply b')
  })

  test('a blocked step exits by its problem, the first in the plan counts', async () => {
    const held: Finding = { state: 'blocked', problem: problem(locked, { detail: 'held' }) }
    const world = lab({ a: { isReadyAtFirst: true }, b: { check: () => held }, c: { check: () => blocked } })
    expect(await world.run()).toMatchObject({ exit: 6, changesNeeded: false })
    const other = lab({ c: { check: () => blocked }, b: { check: () => held } })
    expect((await other.run()).exit).toBe(4)
  })

  test('a check that throws a problem is blocked by it', async () => {
    const result = await lab({ a: { check: () => fail(cannotAsk, { detail: 'x' }) } }).run()
    expect(result).toMatchObject({ exit: 4, steps: [{ outcome: 'blocked' }] })
  })

  test('an error of unknown make is our bug, its text in the evidence only', async () => {
    const world = lab({
      a: { check: () => fail(cannotAsk, { detail: 'x' }) },
      b: { apply: () => Promise.reject(new TypeError('secret words')) },
    })
    const result = await world.run()
    expect(result.exit).toBe(70)
    const found = result.steps[1]?.problem
    expect(found).toMatchObject({ code: 'DK9001', detail: 'TypeError while working on "Step b".' })
    expect(found?.evidence?.[0]).toBe('TypeError: secret words')
    expect(JSON.stringify({ ...found, evidence: [] })).not.toContain('secret words')
  })
})

describe('consent', () => {
  test('"no" declines the step, what needs it is later, the rest goes on', async () => {
    const world = lab({ a: { consent: question }, b: { needs: ['a'] }, c: {} }, { answer: async () => false })
    const result = await world.run()
    expect(outcomes(result)).toBe('a:declined b:later c:changed')
    expect(result).toMatchObject({ exit: 5, changesNeeded: true })
    expect(world.log).not.toContain('apply a')
  })

  test('"yes" goes on; a live display is told to keep still meanwhile', async () => {
    const world = lab({ a: { consent: question } }, { answer: async () => true })
    expect(outcomes(await world.run())).toBe('a:changed')
    expect(world.events.flatMap((event) => (event.type === 'step.progress' ? [event.asking] : []))).toEqual([
      true,
      false,
    ])
  })

  test('a question that cannot be asked blocks its step', async () => {
    const world = lab(
      { a: { consent: question } },
      { answer: async () => fail(cannotAsk, { detail: 'Sure?', next: ['devk8s up --yes'] }) },
    )
    expect(await world.run()).toMatchObject({
      exit: 4,
      steps: [{ outcome: 'blocked', problem: { code: 'DK8010' } }],
    })
  })

  test('looking asks nothing', async () => {
    const asked: string[] = []
    const world = lab({ a: { consent: question } }, { answer: async ({ id }) => asked.push(id) })
    expect(outcomes(await world.run('look'))).toBe('a:would-change')
    expect(asked).toEqual([])
  })
})

test('notes and details of both checks are kept, each note once', async () => {
  const world = lab({
    a: {
      check: (context, checks) => {
        if (checks === 1) context.note({ level: 'warning', text: 'said at once' })
        const notes = [{ level: 'info', text: 'found' }] as const
        return checks === 1
          ? { ...toChange, notes, detail: { one: 1 } }
          : { state: 'ready', notes, detail: { two: 2 } }
      },
    },
  })
  const result = await world.run()
  expect(result.steps[0]).toMatchObject({
    notes: [
      { level: 'warning', text: 'said at once' },
      { level: 'info', text: 'found' },
    ],
    detail: { one: 1, two: 2 },
  })
  const finished = world.events.find(({ type }) => type === 'step.finished')
  expect(finished).toMatchObject({ notes: [{ text: 'found' }] })
})
