import fc from 'fast-check'
import { expect, test } from 'vitest'
import { longestUnlockMs, logLine, unlockFile, unlockIn, userIn } from '../../../src/contexts/unlocks.ts'

const now = 1_750_000_000_000
const good = { context: 'prod', at: now - 1, until: now + 60_000, reason: 'why' }

test.for([
  ['as it was written', good, true],
  ['at its very end', { ...good, until: now }, false],
  ['from the future', { ...good, at: now + 1 }, false],
  ['for too long', { ...good, until: good.at + longestUnlockMs + 1 }, false],
  ['for as long as may be', { ...good, until: good.at + longestUnlockMs }, true],
  ['another context’s', { ...good, context: 'dev' }, false],
  ['without a beginning', { context: 'prod', until: good.until, reason: '' }, false],
  ['with text for times', { ...good, until: '2030' }, false],
  ['with an end that is no number', { ...good, until: null }, false],
  ['no object', 7, false],
] as const)('a record %s lifts: %s', ([, record, lifts]) => {
  expect(unlockIn(JSON.stringify(record), 'prod', now) !== undefined).toBe(lifts)
})

test.for([undefined, '', '{', 'null', '[]'])('%j lifts nothing', (text) => {
  expect(unlockIn(text, 'prod', now)).toBeUndefined()
})

test('a reason that is no text is left out', () => {
  expect(unlockIn(JSON.stringify({ ...good, reason: 7 }), 'prod', now)?.reason).toBe('')
})

test('no two names have one file, and none leaves the folder', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 30, unit: 'binary' }),
      fc.string({ maxLength: 30, unit: 'binary' }),
      (a, b) => {
        const [one, two] = [unlockFile('/f', a), unlockFile('/f', b)]
        expect(one.slice(3)).toMatch(/^[a-z0-9._-]*\.json$/)
        expect(one.toLowerCase()).toBe(one)
        // Only the record tells names apart whose ends are the same for 160 characters.
        const isLong = one.length >= 160 || two.length >= 160
        expect(isLong || (one === two) === (a === b)).toBe(true)
      },
    ),
    { seed: 4, numRuns: 300 },
  )
  expect(unlockFile('/f', 'Prod')).not.toBe(unlockFile('/f', 'prod'))
  expect(unlockFile('/f', 'x'.repeat(300)).length).toBeLessThan(200)
})

test('a line of the log is one line, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (reason, user) => {
      const line = logLine(now, user, { verb: 'unlock', unlock: { ...good, reason } })
      expect(line).toMatch(/^[^\p{Cc}\u2028\u2029]*\n$/u)
    }),
    { seed: 4, numRuns: 300 },
  )
  expect(logLine(now, undefined, { verb: 'lock', context: 'prod' })).toBe(
    `${new Date(now).toISOString()} user="unknown" lock context="prod"\n`,
  )
})

test.for([
  [{ USER: 'a', LOGNAME: 'b' }, 'a'],
  [{ USER: '', LOGNAME: 'b' }, 'b'],
  [{ USERNAME: 'c' }, 'c'],
  [{}, undefined],
] as const)('the person in %j is %s', ([env, user]) => {
  expect(userIn(env)).toBe(user)
})
