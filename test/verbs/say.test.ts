import { expect, test } from 'vitest'
import { say } from '../../src/verbs/say.ts'
import type { Session } from '../../src/verbs/session.ts'

function said(line: string, isTTY: boolean): string {
  let text = ''
  const stderr = { write: (part: string) => void (text += part), isTTY, columns: 41 }
  const common = { output: 'human', quiet: false, color: 'never' }
  say({ request: { common }, world: { stderr, env: {} } } as unknown as Session, 'faint', line)
  return text
}

test('a line that is longer than a terminal is wide goes on below itself, words whole', () => {
  const path = '/home/ann/.config/devk8s/overrides.yaml'
  const line = `  Your AWS profile is acme-dev from now on (${path}).`
  expect(said(line, true)).toBe(`  Your AWS profile is acme-dev from now\n  on\n  (${path}).\n`)
  expect(said(line, false)).toBe(`${line}\n`)
  expect(said('  a  b', true)).toBe('  a  b\n')
})
