import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { newLaptop, type Laptop } from '../fakes/session.ts'
import { withRoles } from './roles-profile.ts'

/** Every file of the laptop's home with its time and size. `laptop.json` is the simulator's own and outside. */
async function fingerprints(laptop: Laptop): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(laptop.home, { recursive: true })
  const entries = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(laptop.home, name))
      // A folder's own time moves when the lock in it comes and goes.
      return [name, found.isDirectory() ? 'folder' : `${found.mtimeMs} ${found.size}`] as const
    }),
  )
  return Object.fromEntries(entries.toSorted(([a], [b]) => a.localeCompare(b)))
}

describe('a second up is silent', () => {
  test.for(['default', 'aws', 'acme'])('profile %s', async (profile) => {
    const laptop = await newLaptop()
    const first = await laptop.run(`up --profile ${profile} --no-input`)
    expect(first.problems).toEqual([])
    const before = await fingerprints(laptop)
    const second = await laptop.run(`up --profile ${profile} --no-input`)
    expect(second.exit).toBe(0)
    expect(second.calls.filter((call) => call.changes)).toEqual([])
    expect(new Set(Object.values(second.steps))).toEqual(new Set(['ready']))
    expect(await fingerprints(laptop)).toEqual(before)
  })

  test('it starts at most 6 children', async () => {
    const laptop = await newLaptop()
    await laptop.run('up --profile aws --no-input')
    const { calls } = await laptop.run('up --profile aws --no-input')
    expect(
      calls.map(({ program, args }) => [program.split('/').at(-1), ...args].join(' ')).length,
    ).toBeLessThanOrEqual(6)
  })
})

describe('looking changes nothing', () => {
  const states: readonly (readonly string[])[] = [
    [],
    ['up --profile aws --no-input'],
    ['up --profile aws --no-input', 'down --profile aws'],
  ]
  const rolesStates: typeof states = [
    [],
    ['up --profile roles --no-input'],
    // Due, and not renewed by looking.
    ['up --profile roles --no-input', 'wait 50 min'],
    ['up --profile roles --no-input', 'down --profile roles'],
  ]
  const looks = [
    'plan --profile aws',
    'up --dry-run --profile aws',
    'status --profile aws',
    'doctor --profile aws',
    'version --profile aws',
    'profile list',
    'profile show --profile acme --explain',
    'profile validate --profile acme',
  ]
  const rolesLooks = [
    'plan --profile roles',
    'up --dry-run --profile roles',
    'doctor --profile roles',
    'aws whoami shop/none --profile roles',
    'aws why shop --profile roles',
  ]
  const cases = [
    ...states.flatMap((before) => looks.map((look) => [look, before] as const)),
    ...rolesStates.flatMap((before) => rolesLooks.map((look) => [look, before] as const)),
  ]
  test.for(cases)('%s after %j', async ([look, before]) => {
    const laptop = await newLaptop()
    await laptop.run('profile list')
    for (const line of before) {
      if (line.startsWith('wait')) await laptop.clock.sleep(50 * 60_000)
      else await laptop.run(await withRoles(laptop, line))
    }
    const files = await fingerprints(laptop).catch(() => ({}))
    const done = await laptop.run(await withRoles(laptop, look))
    expect(done.calls.filter((call) => call.changes)).toEqual([])
    expect(await fingerprints(laptop).catch(() => ({}))).toEqual(files)
    expect(done.exit).toBeLessThan(70)
  })
})

test('plan, up, down, up, destroy: each ends as it says', async () => {
  const laptop = await newLaptop()
  expect((await laptop.run('plan --profile aws --exit-code')).exit).toBe(3)
  expect((await laptop.run('up --profile aws --no-input')).exit).toBe(0)
  expect((await laptop.run('plan --profile aws --exit-code')).exit).toBe(0)
  expect((await laptop.run('status --profile aws')).exit).toBe(0)
  expect((await laptop.run('verify --profile aws')).exit).toBe(0)
  expect((await laptop.run('down --profile aws')).exit).toBe(0)
  expect((await laptop.run('status --profile aws')).exit).toBe(3)
  expect((await laptop.run('up --profile aws --no-input')).exit).toBe(0)
  expect((await laptop.run('destroy --profile aws', { answers: { destroy: false } })).exit).toBe(5)
  expect((await laptop.run('status --profile aws')).exit).toBe(0)
  expect((await laptop.run('destroy --profile aws', { answers: { destroy: true } })).exit).toBe(0)
  const left = Object.keys(await fingerprints(laptop)).filter(
    (name) => name.includes('devk8s') && !name.includes('.minikube'),
  )
  expect(left.filter((name) => /tools|kubeconfig\//.test(name))).toEqual([])
})
