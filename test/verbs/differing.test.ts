import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mending } from '../../src/verbs/mending.ts'
import { newLaptop } from '../fakes/session.ts'

test('what only --recreate would change: plan and status say 3, a plain up succeeds', async () => {
  const laptop = await newLaptop()
  await laptop.run('up --yes --no-input')
  const profile = join(laptop.folder, 'ports.yaml')
  const text =
    'apiVersion: devk8s.dev/v1\nkind: Profile\nmetadata: { name: p }\nextends: default\ncluster: { ports: ["127.0.0.1:8080:80"] }\n'
  await writeFile(profile, text)
  expect((await laptop.run(`plan --exit-code --profile ${profile}`)).exit).toBe(3)
  expect((await laptop.run(`plan --profile ${profile}`)).exit).toBe(0)
  expect((await laptop.run(`status --profile ${profile}`)).exit).toBe(3)
  const up = await laptop.run(`up --profile ${profile}`)
  expect(up).toMatchObject({ exit: 0, steps: { cluster: 'ready' } })
  expect(
    (await laptop.run(`up --recreate --profile ${profile}`, { answers: { 'cluster.recreate': true } })).exit,
  ).toBe(0)
  expect((await laptop.run(`status --profile ${profile}`)).exit).toBe(0)
})

test.each([
  ['ready', 'devk8s up --recreate'],
  ['would-change', 'devk8s up'],
] as const)('what is next after a look with %s', (outcome, command) => {
  const step = { id: 'a', kind: 'k', title: 'A', outcome, changes: [], notes: [], detail: {}, durationMs: 0 }
  expect(mending({ steps: [step] })).toBe(command)
})
