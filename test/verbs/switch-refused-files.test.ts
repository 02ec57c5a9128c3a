import { expect, test } from 'vitest'
import { kubeconfig, newHome } from './switch-lab.ts'

// kubectl 1.35: `no kind "Config" is registered for version "v2"`, `duplicate name "c" in list`.

const good = kubeconfig([{ name: 'dev' }, { name: 'staging' }], 'dev')

test.each(['v2', '1', 'kubectl.config.k8s.io/v1beta1'])(
  'apiVersion %s is refused, and not written to',
  async (version) => {
    const text = good.replace('apiVersion: v1', `apiVersion: ${version}`)
    const home = await newHome(text)
    const { exit, stderr } = await home.run('switch staging')
    expect([exit, stderr.includes('DK4030')]).toEqual([4, true])
    expect(await home.text()).toBe(text)
    const json = await newHome(JSON.stringify({ apiVersion: version, kind: 'Config' }))
    expect((await json.run('switch staging')).stderr).toContain('DK4030')
  },
)

test.each(['', '""'])('apiVersion %j is v1', async (version) => {
  const home = await newHome(good.replace('apiVersion: v1', `apiVersion: ${version}`))
  expect((await home.run('switch staging')).exit).toBe(0)
})

test.each([
  ['c-staging', 'c-dev', 'the cluster "c-dev" more than once'],
  ['u-staging', 'u-dev', 'the user "u-dev" more than once'],
  ['  name: staging', '  name: dev', '"dev" 2 times'],
])('%s called %s: switch says that kubectl refuses the file', async (from, to, said) => {
  const home = await newHome(good.replaceAll(from, to))
  const { exit, stderr } = await home.run('switch dev')
  expect([exit, stderr.replaceAll(/\s+/g, ' ').includes(said)]).toEqual([0, true])
  expect((await (await newHome(good)).run('switch dev')).stderr).not.toContain('refuses')
})
