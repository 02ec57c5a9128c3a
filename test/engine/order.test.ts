import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { order } from '../../src/engine/order.ts'

const step = (id: string, ...needs: string[]) => ({ id, needs })
const ids = (steps: readonly { readonly id: string }[]) => steps.map(({ id }) => id).join(' ')

describe('order', () => {
  test('needs come first, the rest stays', () => {
    expect(ids(order([step('c', 'b'), step('b', 'a'), step('a'), step('d')]))).toBe('a d b c')
    expect(ids(order([step('a'), step('b'), step('c', 'a')]))).toBe('a b c')
  })

  test('what a step goes after comes before it, and has to be there', () => {
    const behind = { id: 'pods', needs: [], after: ['keys'] }
    expect(ids(order([behind, step('keys')]))).toBe('keys pods')
    expect(() => order([behind])).toThrow('"keys", which is not in the plan')
  })

  const faults: readonly [string, ReturnType<typeof step>[], string][] = [
    ['a cycle', [step('x'), step('a', 'x', 'b'), step('b', 'c'), step('c', 'a')], 'a -> b -> c -> a'],
    ['a step behind a cycle', [step('d', 'a'), step('a', 'b'), step('b', 'a')], 'a -> b -> a'],
    ['itself', [step('a', 'a')], 'a -> a'],
    ['an unknown need', [step('a', 'ghost')], 'Step "a" needs "ghost", which is not in the plan.'],
    ['the same id twice', [step('a'), step('a')], 'Two steps are called "a".'],
  ]
  test.each(faults)('%s is our bug', (_, steps, text) => {
    expect(() => order(steps)).toThrow(text)
    expect(() => order(steps)).toThrow('DK9003')
  })

  test('is topological, whole, and idempotent', () => {
    const plans = fc
      .array(fc.array(fc.nat(), { maxLength: 3 }), { maxLength: 12 })
      .map((all) =>
        all.map((needs, at) => step(`${at}`, ...new Set(needs.filter(() => at > 0).map((n) => `${n % at}`)))),
      )
      .chain((steps) => fc.shuffledSubarray(steps, { minLength: steps.length }))
    fc.assert(
      fc.property(plans, (steps) => {
        const sorted = order(steps)
        const place = new Map(sorted.map(({ id }, at) => [id, at]))
        expect(sorted).toHaveLength(steps.length)
        for (const { id, needs } of sorted) {
          for (const need of needs) expect(place.get(need)).toBeLessThan(place.get(id) as number)
        }
        expect(order(sorted)).toEqual(sorted)
      }),
    )
    expect.hasAssertions()
  })
})
