import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { kubeconfig, newHome } from './switch-lab.ts'

const text = (current: string, guarded = true) =>
  kubeconfig(
    [
      { name: 'dev', aliases: ['d'] },
      { name: 'prod', protected: guarded },
    ],
    current,
  )

test('going back to a version whose context is protected keeps the present current-context', async () => {
  const home = await newHome(text('prod'))
  await home.run('contexts color dev green')
  await home.run('switch dev')
  const green = await home.text()
  const { stdout } = await home.run('contexts undo --yes')
  expect(stdout).toContain('is as it was in version 1 already, but for current-context.')
  expect(await home.text()).toBe(green)
  const { exit, stderr } = await home.run('contexts undo 2 --yes')
  expect([exit, stderr.includes('"prod" is protected, and undo does not make it current')]).toEqual([0, true])
  expect(await home.text()).toBe(text('dev'))
})

test('where the version makes the current one protected, none is current', async () => {
  const home = await newHome(text('prod'))
  await home.run('contexts color prod red')
  // As if somebody had taken the protection away.
  await writeFile(home.config, text('prod', false))
  const { exit, stderr } = await home.run('contexts undo --yes')
  expect([exit, stderr.includes('"prod" is protected')]).toEqual([0, true])
  expect(await home.text()).toBe(text(''))
})

test('from one protected context to the same nothing is withheld', async () => {
  const home = await newHome(text('prod'))
  await home.run('contexts color dev green')
  expect((await home.run('contexts undo --yes')).stderr).not.toContain('undo does not make it current')
  expect(await home.text()).toBe(text('prod'))
})

test('a version from before the protection makes the context current no more than one with it, and says so', async () => {
  const home = await newHome(text('prod', false))
  await home.run('contexts color dev green')
  // The team protects it since, and the person has left it.
  await writeFile(home.config, text('dev'))
  const { stderr } = await home.run('contexts undo 1 --yes')
  expect(stderr).toContain('"prod" is protected, and undo does not make it current')
  expect(stderr).toContain('"prod" is not protected in that version')
  expect(await home.text()).toBe(text('dev', false))
})
