import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Lane } from '../../src/plan/step.ts'
import { fail, problem } from '../../src/problems/problem.ts'
import { cannotAsk, notSettled } from '../../src/problems/state.ts'
import { lab } from './lab.ts'
import type { Behaviour } from './lab.ts'

type Fate = 'ready' | 'change' | 'fail' | 'blocked' | 'no' | 'bug'

interface Plotted {
  readonly needs: readonly number[]
  readonly fate: Fate
  readonly lane: Lane
  readonly takesMs: number
}

const fates: readonly Fate[] = ['ready', 'change', 'fail', 'blocked', 'no', 'bug']
const plots = fc.array(
  fc.record({
    needs: fc.array(fc.nat(30), { maxLength: 3 }),
    fate: fc.constantFrom(...fates),
    lane: fc.constantFrom<Lane>('download', 'cluster', 'host'),
    takesMs: fc.nat(5),
  }),
  { minLength: 1, maxLength: 11 },
)

const idOf = (at: number) => `s${at}`
const needsOf = ({ needs }: Plotted, at: number) => [
  ...new Set(at === 0 ? [] : needs.map((need) => need % at)),
]

function behavioursOf(plot: readonly Plotted[]): Readonly<Record<string, Behaviour>> {
  return Object.fromEntries(
    plot.map((step, at): [string, Behaviour] => {
      const common = {
        needs: needsOf(step, at).map(idOf),
        lane: step.lane,
        applyMs: step.takesMs,
        checkMs: 1,
      }
      switch (step.fate) {
        case 'ready':
          return [idOf(at), { ...common, isReadyAtFirst: true }]
        case 'change':
          return [idOf(at), common]
        case 'fail':
          return [idOf(at), { ...common, apply: async () => fail(notSettled, { detail: 'x' }) }]
        case 'bug':
          return [idOf(at), { ...common, apply: () => Promise.reject(new RangeError('x')) }]
        case 'blocked':
          return [
            idOf(at),
            { ...common, check: () => ({ state: 'blocked', problem: problem(cannotAsk, { detail: 'x' }) }) },
          ]
        case 'no':
          return [
            idOf(at),
            {
              ...common,
              consent: { id: 'q', text: '?', flag: '--yes', kind: 'confirm', fallback: undefined },
            },
          ]
      }
    }),
  )
}

/** What the contract says must come out, reckoned without an engine. */
function expected(plot: readonly Plotted[], mode: 'look' | 'change'): readonly string[] {
  const outcomes: string[] = []
  for (const [at, step] of plot.entries()) {
    const isMet = needsOf(step, at).every((need) => ['ready', 'changed'].includes(outcomes[need] ?? ''))
    outcomes.push(isMet ? own[mode][step.fate] : 'later')
  }
  return outcomes
}

const own: Readonly<Record<'look' | 'change', Readonly<Record<Fate, string>>>> = {
  look: {
    ready: 'ready',
    blocked: 'blocked',
    change: 'would-change',
    fail: 'would-change',
    bug: 'would-change',
    no: 'would-change',
  },
  change: {
    ready: 'ready',
    blocked: 'blocked',
    change: 'changed',
    fail: 'failed',
    bug: 'failed',
    no: 'declined',
  },
}

const run = async (plot: readonly Plotted[], mode: 'look' | 'change') => {
  const world = lab(behavioursOf(plot), { answer: async () => false })
  return { world, result: await world.run(mode) }
}

describe('any plan', () => {
  test.each(['look', 'change'] as const)('%s: each step ends as the contract says', async (mode) => {
    await fc.assert(
      fc.asyncProperty(plots, async (plot) => {
        const { result } = await run(plot, mode)
        expect(result.steps.map(({ outcome }) => outcome)).toEqual(expected(plot, mode))
        const bad = expected(plot, mode).some((outcome) =>
          ['failed', 'blocked', 'declined'].includes(outcome),
        )
        expect(result.exit !== 0).toBe(bad)
      }),
      { numRuns: 60 },
    )
  })

  test('look applies nothing', async () => {
    await fc.assert(
      fc.asyncProperty(plots, async (plot) => {
        const { world } = await run(plot, 'look')
        expect(world.log.filter((line) => line.startsWith('apply'))).toEqual([])
        expect(world.calls).toEqual([])
      }),
      { numRuns: 30 },
    )
  })

  test('changes of one lane never overlap, and none begins before its needs have ended', async () => {
    await fc.assert(
      fc.asyncProperty(plots, async (plot) => {
        const { world } = await run(plot, 'change')
        const active = new Map<Lane, string>()
        const finished = new Set<string>()
        // Events, not the log: a change that fails has no "end" there.
        for (const event of world.events) {
          if (event.type === 'step.finished') {
            finished.add(event.id)
            for (const [lane, id] of active) if (id === event.id) active.delete(lane)
          }
          if (event.type !== 'step.started') continue
          const at = Number(event.id.slice(1))
          const step = plot[at] as Plotted
          for (const need of needsOf(step, at)) expect(finished).toContain(idOf(need))
          if (event.phase === 'check') continue
          expect(active.has(step.lane)).toBe(false)
          active.set(step.lane, event.id)
        }
        expect(finished.size).toBe(plot.length)
      }),
      { numRuns: 60 },
    )
  })

  test('an interruption at any moment ends the run, and is told as one', async () => {
    await fc.assert(
      fc.asyncProperty(plots, fc.nat(40), async (plot, afterEvents) => {
        const world = lab(behavioursOf(plot), { answer: async () => false })
        let seen = 0
        const push = world.events.push.bind(world.events)
        world.events.push = (...items) => {
          seen += items.length
          if (seen > afterEvents) world.stop.abort('SIGTERM')
          return push(...items)
        }
        const result = await world.run('change')
        const isCut = result.steps.some(({ outcome }) => outcome === 'cancelled')
        expect(result.exit === 143).toBe(isCut)
        expect(world.events.filter(({ type }) => type === 'step.finished')).toHaveLength(plot.length)
      }),
      { numRuns: 60 },
    )
  })
})
