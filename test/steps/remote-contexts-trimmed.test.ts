import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { said, teamLab } from '../fakes/team.ts'

const at = (name: string) => `  - { name: ${name}, cluster: { server: 'https://${name}.test' } }\n`

test('only what the team has dropped goes, with what nothing names any more', async () => {
  const lab = await teamLab()
  await lab.sync(at('dev') + at('old') + at('older'))
  const extra = `- name: mine
  context: { cluster: devk8s-old, user: me }
`
  await lab.write(
    (await lab.text()).replace('contexts:\n', `contexts:\n${extra}`).replace(/^current-context.*\n/m, '') +
      'current-context: old\n',
  )
  const told = await lab.sync(at('dev'))
  expect(said(told)).toContain(
    'The profile has old, older no more; devk8s contexts sync --prune removes them.',
  )
  const look = await lab.sync(at('dev'), { prune: true, look: true })
  expect(
    look.steps
      .at(-1)
      ?.changes.map(({ field, from, effect }) => [field.replace(`${lab.kubeconfig}: `, ''), from, effect]),
  ).toEqual([
    ['cluster devk8s-older', undefined, 'remove'],
    ['user devk8s-old', undefined, 'remove'],
    ['user devk8s-older', undefined, 'remove'],
    ['context old', undefined, 'remove'],
    ['context older', undefined, 'remove'],
    ['current-context', 'old', 'remove'],
  ])
  await lab.sync(at('dev'), { prune: true })
  const tree = await lab.read()
  expect(tree.contexts.map(({ name }) => name).toSorted()).toEqual(['dev', 'mine'])
  // The person's own context still names it.
  expect(tree.clusters.map(({ name }) => name).toSorted()).toEqual(['devk8s-dev', 'devk8s-old'])
  expect(tree.users.map(({ name }) => name)).toEqual(['devk8s-dev'])
  expect(tree['current-context']).toBe('')
  expect((await lab.sync(at('dev'), { prune: true })).changesNeeded).toBe(false)
})

test('contexts of another team stay, and a current context of another name too', async () => {
  const lab = await teamLab()
  await lab.sync(at('dev') + at('old'))
  await lab.write((await lab.text()).replaceAll('team: team', 'team: shop') + 'current-context: dev\n')
  const before = await lab.text()
  await lab.sync(at('new'), { prune: true })
  const { contexts } = await lab.read()
  expect(contexts.map(({ name }) => name).toSorted()).toEqual(['dev', 'new', 'old'])
  expect((await lab.read())['current-context']).toBe('dev')
  expect(await lab.text()).toContain(before.split('\n')[3])
})

test('one that a person has renamed still stands for its name in the profile', async () => {
  const lab = await teamLab()
  await lab.sync(at('dev') + at('old'))
  await lab.write(
    (await lab.text())
      .replace(/^ {2}name: old$/m, '  name: ancient')
      .replace(/^ {2}name: dev$/m, '  name: develop'),
  )
  expect(said(await lab.sync(at('dev')))).toContain('The profile has ancient no more')
  await lab.sync(at('dev'), { prune: true })
  expect((await lab.read()).contexts.map(({ name }) => name)).toEqual(['develop'])
})

test('over several files each loses what is its own, and the current context is emptied wherever it stands', async () => {
  const lab = await teamLab([], { kubeconfigs: ['config', 'second'] })
  const second = join(lab.folder, '.kube', 'second')
  await lab.sync(at('dev') + at('old'))
  const all = parse(await readFile(second, 'utf8')) as {
    clusters: { name: string }[]
    users: { name: string }[]
  }
  const move = (list: { name: string }[]) => list.filter(({ name }) => name === 'devk8s-old')
  // The clusters and users of the dropped context lie in the other file, with the current context.
  await lab.write(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: move(all.clusters),
      users: move(all.users),
      'current-context': 'old',
    }),
  )
  await writeFile(
    second,
    JSON.stringify({
      ...all,
      clusters: all.clusters.filter(({ name }) => name !== 'devk8s-old'),
      users: all.users.filter(({ name }) => name !== 'devk8s-old'),
    }),
  )
  await lab.sync(at('dev'), { prune: true })
  expect(JSON.parse(await lab.text())).toMatchObject({ clusters: [], users: [], 'current-context': '' })
  const rest = JSON.parse(await readFile(second, 'utf8')) as { contexts: { name: string }[] }
  expect(rest.contexts.map(({ name }) => name)).toEqual(['dev'])
})
