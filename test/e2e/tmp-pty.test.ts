import { expect, test } from 'vitest'
import { newPerson } from './program.ts'
import { openTerminal } from './terminal.ts'
test('x', { timeout: 60_000 }, async () => {
  const t = openTerminal(await newPerson(), ['up', '--rehearse'])
  await t.until(/Which profile/)
  t.type('\r')
  await t.until(/How much/)
  t.type('\r')
  const end = await t.end
  console.log(end.code, JSON.stringify(end.output))
  expect(1).toBe(1)
})
