import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { kubeconfig, newHome } from './switch-lab.ts'

const config = kubeconfig([
  { name: 'dev', namespace: 'payments' },
  { name: 'staging', aliases: ['stage'], namespace: 'web' },
  { name: 'prod', protected: true },
])

test.each([
  [
    ['switch', ''],
    ['dev', 'staging', 'stage', 'prod'],
  ],
  [['switch', 'p'], ['prod']],
  [
    ['exec', 'dev', 'st'],
    ['staging', 'stage'],
  ],
  [
    ['contexts', 'color', 'sta'],
    ['staging', 'stage'],
  ],
  [
    ['switch', '-n', ''],
    ['default', 'payments', 'web'],
  ],
  [['namespaces', 'w'], ['web']],
])('%j', async (words, lines) => {
  const home = await newHome(config)
  const { exit, stdout } = await home.run(['__complete', '--', ...words])
  expect({ exit, lines: stdout.split('\n').slice(0, -1) }).toEqual({ exit: 0, lines })
})

test('a kubeconfig that cannot be read completes nothing and says nothing', async () => {
  const home = await newHome('clusters: [')
  expect(await home.run(['__complete', '--', 'switch', ''])).toEqual({ exit: 0, stdout: '', stderr: '' })
})

test('1,000 contexts within 150 ms', async () => {
  const home = await newHome('')
  const names = Array.from({ length: 1000 }, (_, at) => ({ name: `context-${at}`, namespace: 'n' }))
  await writeFile(home.config, kubeconfig(names))
  const took: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now()
    const { stdout } = await home.run(['__complete', '--', 'switch', 'context-99'])
    took.push(performance.now() - start)
    expect(stdout.split('\n')).toHaveLength(12)
  }
  expect(Math.min(...took)).toBeLessThan(150)
})
