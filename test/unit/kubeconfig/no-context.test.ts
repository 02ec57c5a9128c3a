import { expect, test } from 'vitest'
import { emptied, noContext } from '../../../src/kubeconfig/no-context.ts'

const file = (path: string, current?: string) => ({ path, current })

test.each([
  ['the only file', [file('a', 'x')], undefined],
  ['nothing behind it', [file('a', 'x'), file('b')], undefined],
  ['another one behind it would count', [file('a', 'x'), file('b', 'prod')], noContext],
  ['the same name behind it goes as well', [file('a', 'x'), file('b', 'x')], undefined],
  ['it does not count itself', [file('z', 'y'), file('a', 'x'), file('b', 'prod')], undefined],
])('current-context is emptied: %s', (_, currents, context) => {
  expect(emptied('a', currents)).toBe(context)
})

test('a file that binds a shell is never empty', () => {
  expect(emptied('a', [file('a', 'x')], 'a')).toBe(noContext)
})
