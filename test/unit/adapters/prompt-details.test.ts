import { expect, test } from 'vitest'
import { wrapDetail } from '../../../src/adapters/inquirer.ts'

test('a detail that fits stays as it is, however it is set', () => {
  expect(wrapDetail('writes  /home/ann/.config/x', 80)).toBe('  writes  /home/ann/.config/x')
  expect(wrapDetail('  sso_region = eu-west-1')).toBe('    sso_region = eu-west-1')
})

test('a longer one is broken between words, and goes on below itself', () => {
  const text =
    'The team’s profile names none, and there is more than one to choose from, or none is the default.'
  expect(wrapDetail(text, 80)).toBe(
    '  The team’s profile names none, and there is more than one to choose from,\n    or none is the default.',
  )
  const path = `/${'a'.repeat(100)}`
  expect(wrapDetail(`  at ${path}`, 60)).toBe(`    at\n      ${path}`)
})
