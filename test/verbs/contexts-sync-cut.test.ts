import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { newLaptop, type Laptop } from '../fakes/session.ts'
import { cutAt } from '../sweeps/cut.ts'

/** Beyond the largest pid of any system, so that nobody has it. */
const deadPid = 2 ** 31 - 7
const mine = `# mine
apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: https://mine } }]
users: [{ name: u, user: { token: mine } }]
contexts:
- name: mine # keep
  context: { cluster: c, user: u }
current-context: mine
`

async function laptopWith(text: string): Promise<Laptop> {
  const laptop = await newLaptop()
  await mkdir(join(laptop.home, '.kube'), { recursive: true })
  await writeFile(kubeconfigOf(laptop), text)
  return laptop
}

const kubeconfigOf = (laptop: Laptop) => join(laptop.home, '.kube', 'config')

/** Every entry by its name: which lookup is answered first, and so comes first in the file, is chance. */
async function entriesOf(laptop: Laptop): Promise<unknown> {
  const text = (await readFile(kubeconfigOf(laptop), 'utf8')).replaceAll(laptop.home, '~')
  const tree = parse(text) as Readonly<Record<string, unknown>>
  return Object.entries(tree).map(([key, value]) => [
    key,
    Array.isArray(value)
      ? Object.fromEntries(value.map((each: { name: string }) => [each.name, each]))
      : value,
  ])
}

/** A person does not come back within the second: what lies about is a minute old. */
async function aged(laptop: Laptop): Promise<void> {
  const then = Date.now() / 1000 - 60
  for (const name of await readdir(laptop.home, { recursive: true })) {
    if (name.endsWith('.lock')) await utimes(join(laptop.home, name), then, then)
  }
}

describe('contexts sync of the complete example', () => {
  test(
    'killed at each moment and run again, ends in the same state and loses nothing',
    { timeout: 180_000 },
    async () => {
      const line = 'contexts sync --profile acme --no-input'
      const counter = cutAt(0, 'kill')
      const whole = await laptopWith(mine)
      expect((await whole.run(line, { through: counter.through })).problems).toEqual([])
      const expected = await entriesOf(whole)
      for (let k = 1; k <= counter.moments.length; k += 1) {
        const laptop = await laptopWith(mine)
        const cutting = cutAt(k, 'kill')
        await laptop.run(line, { through: cutting.through, dead: cutting.dead, pid: deadPid })
        const moment = cutting.moments[k - 1]
        expect({ k, moment, text: await readFile(kubeconfigOf(laptop), 'utf8') }).toMatchObject({
          text: expect.stringContaining('- name: mine # keep'),
        })
        await aged(laptop)
        const mended = await laptop.run(line)
        expect({ k, moment, exit: mended.exit, problems: mended.problems }).toEqual({
          k,
          moment,
          exit: 0,
          problems: [],
        })
        expect({ k, moment, entries: await entriesOf(laptop) }).toEqual({ k, moment, entries: expected })
        expect((await readdir(join(laptop.home, '.kube'))).filter((name) => name.endsWith('.lock'))).toEqual(
          [],
        )
      }
    },
  )

  test('looking changes nothing, before and after, now and later', async () => {
    const laptop = await laptopWith(mine)
    const prints = async () => {
      const names = (await readdir(laptop.home, { recursive: true })).toSorted()
      const stats = await Promise.all(names.map((name) => stat(join(laptop.home, name))))
      return names.map((name, index) => `${name} ${stats[index]?.isFile() ? stats[index].mtimeMs : 'folder'}`)
    }
    for (const before of ['profile list', 'contexts sync --profile acme --no-input']) {
      await laptop.run(before)
      const found = await prints()
      for (const look of ['contexts diff', 'plan', 'status', 'doctor']) {
        await laptop.run(`${look} --profile acme`)
        await laptop.clock.sleep(3_600_000)
        expect({ look, files: await prints() }).toEqual({ look, files: found })
      }
    }
  })
})
