import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { changedLines, type Home, kubeconfig, newHome } from './switch-lab.ts'

const before = kubeconfig(
  [
    { name: 'dev', namespace: 'payments' },
    { name: 'staging', aliases: ['stage'] },
    { name: 'prod', protected: true },
  ],
  'dev',
)

let home: Home
beforeEach(async () => {
  home = await newHome(before)
})

const colorsOf = (at: Home) => readFile(join(at.home, '.local/state/devk8s/contexts/colors'), 'utf8')

describe('contexts rename', () => {
  test('two lines differ, the old version is kept, nothing else is said', async () => {
    const { exit, stdout, stderr } = await home.run('contexts rename dev lab')
    expect({ exit, stdout, stderr }).toEqual({
      exit: 0,
      stdout: 'Renamed context "dev" to "lab".\n',
      stderr: '',
    })
    expect(changedLines(before, await home.text())).toEqual([
      '-  name: dev',
      '-current-context: dev',
      '+  name: lab',
      '+current-context: lab',
    ])
    expect((await home.run('contexts undo --yes')).exit).toBe(0)
    expect(await home.text()).toBe(before)
  })

  test('the same name again changes nothing', async () => {
    const { exit, stdout } = await home.run('contexts rename dev dev --json')
    expect(exit).toBe(0)
    expect((await home.run('contexts rename dev dev')).stdout).toBe('Context "dev" has that name already.\n')
    expect(JSON.parse(stdout)).toMatchObject({ result: { from: 'dev', to: 'dev', changed: false } })
    expect(await home.text()).toBe(before)
  })

  test.each([
    ['contexts rename dev -', 'DK2903', 2],
    ['contexts rename dev -- -x', 'DK2903', 2],
    ['contexts rename dev staging', 'DK4070'],
    // Not even with --force.
    ['contexts rename dev prod --force', 'DK4070'],
    ['contexts rename prod live', 'DK4071'],
    ['contexts rename prod live --force', 'DK4071'],
  ])('%s is refused: %s', async (line, code, end = 4) => {
    const { exit, stderr } = await home.run(line)
    expect(exit).toBe(end)
    expect(stderr).toContain(code)
    expect(await home.text()).toBe(before)
  })

  test('--force takes the place of what has the name', async () => {
    expect((await home.run('contexts rename dev staging --force')).exit).toBe(0)
    const { stdout } = await home.run('contexts list --json')
    const { result } = JSON.parse(stdout) as { result: { contexts: readonly Record<string, unknown>[] } }
    expect(result.contexts.map(({ name, cluster }) => [name, cluster])).toEqual([
      ['prod', 'c-prod'],
      ['staging', 'c-dev'],
    ])
  })

  test('one of the team’s keeps it, and is told what the profile calls it, as long as that is something else', async () => {
    await writeFile(home.config, before.replaceAll('c-staging', 'devk8s-staging'))
    const said = async (line: string) => (await home.run(line)).stderr
    expect(await said('contexts rename staging st')).toContain(
      'The profile calls it "staging"; here it stays "st".',
    )
    expect(await said('contexts rename st s')).toContain('The profile calls it "staging"; here it stays "s".')
    expect(await said('contexts rename s staging')).toBe('')
  })

  test('where the file that has it cannot be written, current-context of another stays', async () => {
    const first = join(home.folder, 'first')
    const text = 'apiVersion: v1\ncurrent-context: dev\n'
    await writeFile(first, text)
    await chmod(home.config, 0o444)
    const { exit, stderr } = await home.run('contexts rename dev lab', {
      env: { KUBECONFIG: `${first}:${home.config}` },
    })
    expect([exit, stderr.includes('DK4040')]).toEqual([4, true])
    expect(await readFile(first, 'utf8')).toBe(text)
  })

  test('the way back follows the new name', async () => {
    await home.run('switch staging')
    await home.run('contexts rename dev lab')
    expect((await home.run('switch -')).stderr).toContain('Switched to context "lab" (was staging)')
  })

  test('over two files each changes what is its own, without taking itself for somebody else', async () => {
    const second = join(home.folder, 'second')
    await writeFile(second, 'apiVersion: v1\ncurrent-context: dev\n')
    const env = { KUBECONFIG: `${second}:${home.config}` }
    expect((await home.run('contexts rename dev lab', { env })).exit).toBe(0)
    expect(await home.text(second)).toBe('apiVersion: v1\ncurrent-context: lab\n')
    expect(changedLines(before, await home.text())).toContain('+  name: lab')
  })
})

describe('contexts remove', () => {
  test('needs a yes, and shows what goes', async () => {
    const { exit, stderr } = await home.run('contexts remove dev')
    expect(exit).not.toBe(0)
    expect(stderr).toContain('DK8010')
    for (const line of ['context dev', 'cluster c-dev', 'user u-dev', 'current-context dev']) {
      expect(stderr).toContain(line)
    }
    expect(await home.text()).toBe(before)
  })

  test('takes cluster and user along and empties current-context, and says so', async () => {
    const { exit, stdout, stderr } = await home.run('contexts remove dev stage --yes')
    expect({ exit, stdout }).toEqual({
      exit: 0,
      stdout: 'Removed context "dev".\nRemoved context "staging".\n',
    })
    expect(stderr).toContain('"dev" was the current context')
    expect(await home.text()).toBe(kubeconfig([{ name: 'prod', protected: true }]))
  })

  test('one name that fits nothing, and all stays', async () => {
    const { exit, stderr } = await home.run('contexts remove dev nosuch --yes')
    expect(exit).toBe(2)
    expect(stderr).toContain('DK4050')
    expect(await home.text()).toBe(before)
  })

  test('--yes does not agree to a protected one; --yes-prod does', async () => {
    expect((await home.run('contexts remove dev prod --yes')).stderr).toContain('--yes-prod')
    expect(await home.text()).toBe(before)
    expect((await home.run('contexts remove prod --yes --yes-prod')).exit).toBe(0)
    expect(await home.text()).not.toContain('prod')
  })

  test('a file that cannot be changed leaves all as they were', async () => {
    const second = join(home.folder, 'second')
    // An alias of an anchor that the removal would take away: no safe edit.
    const text = 'users:\n- &u\n  name: u-dev\n  user: {}\n- <<: *u\n  name: other\n'
    await writeFile(second, text)
    const { exit, stderr } = await home.run('contexts remove dev --yes', {
      env: { KUBECONFIG: `${home.config}:${second}` },
    })
    expect(exit).toBe(4)
    expect(stderr).toContain('DK40')
    expect([await home.text(), await home.text(second)]).toEqual([before, text])
  })

  test('JSON tells what went and what stayed', async () => {
    const shared = before.replace('cluster: c-dev', 'cluster: c-staging')
    await writeFile(home.config, shared)
    const { stdout } = await home.run('contexts remove dev --yes --json')
    expect(JSON.parse(stdout)).toMatchObject({
      result: {
        removed: [
          { kind: 'context', name: 'dev' },
          { kind: 'user', name: 'u-dev' },
        ],
        kept: [{ kind: 'cluster', name: 'c-staging', neededBy: ['staging'] }],
        currentContextEmptied: [{ name: 'dev' }],
      },
    })
  })
})

describe('contexts color', () => {
  test('is kept in the entry and in the file for the prompt', async () => {
    expect((await home.run('contexts color staging yellow')).stdout).toBe('"staging" is yellow now.\n')
    expect(changedLines(before, await home.text())).toEqual(['+        color: yellow'])
    expect(await colorsOf(home)).toBe('staging\tyellow\nprod\tred\tprotected\n')
    expect((await home.run('contexts color stage none')).stdout).toBe(
      '"staging" has no colour of its own now.\n',
    )
    expect(changedLines(before, await home.text())).toEqual([])
    expect(await colorsOf(home)).toBe('prod\tred\tprotected\n')
  })

  test('colours of contexts in other files stay', async () => {
    await home.run('contexts color staging yellow')
    const other = join(home.folder, 'other')
    await writeFile(other, kubeconfig([{ name: 'edge', aliases: ['e'] }]))
    await home.run('contexts color edge cyan', { env: { KUBECONFIG: other } })
    expect(await colorsOf(home)).toBe('staging\tyellow\nprod\tred\tprotected\nedge\tcyan\n')
  })

  test('a context without our mark cannot have one', async () => {
    const { exit, stderr } = await home.run('contexts color dev red')
    expect(exit).toBe(4)
    expect(stderr).toContain('DK4072')
    expect(await home.text()).toBe(before)
  })
})
