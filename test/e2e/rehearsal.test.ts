import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bin, devk8s, newPerson } from './program.ts'

describe('a rehearsed first day, as processes', { timeout: 120_000 }, () => {
  test('up, up again, plan, status, down, destroy', async () => {
    const person = await newPerson()
    const first = await devk8s(person, ['up', '--rehearse', '--profile', 'aws', '--verify'])
    expect(first).toMatchObject({ code: 0, signal: null })
    expect(first.stderr.split('\n')[0]).toMatch(/rehears/i)
    expect((first.stderr + first.stdout).trimEnd().split('\n').at(-1)).toMatch(/rehears/i)
    const plan = await devk8s(person, ['plan', '--rehearse', '--profile', 'aws', '--exit-code'])
    expect(plan.code).toBe(0)
    expect(await devk8s(person, ['up', '--rehearse', '--profile', 'aws'])).toMatchObject({ code: 0 })
    expect(await devk8s(person, ['status', '--rehearse', '--profile', 'aws'])).toMatchObject({ code: 0 })
    expect(await devk8s(person, ['down', '--rehearse', '--profile', 'aws'])).toMatchObject({ code: 0 })
    expect(await devk8s(person, ['status', '--rehearse', '--profile', 'aws'])).toMatchObject({ code: 3 })
    const asked = await devk8s(person, ['destroy', '--rehearse', '--profile', 'aws'])
    expect(asked.code).toBe(4)
    expect(asked.stderr).toContain('--yes')
    expect(await devk8s(person, ['destroy', '--rehearse', '--profile', 'aws', '--yes'])).toMatchObject({
      code: 0,
    })
  })

  test('a destroyed laptop leaves no folder; one with kept tools stays', async () => {
    const person = await newPerson()
    const folders = () => readdir(join(person.home, 'tmp'))
    await devk8s(person, ['up', '--rehearse'])
    expect(await devk8s(person, ['destroy', '--rehearse', '--yes', '--keep-tools'])).toMatchObject({
      code: 0,
    })
    expect(await folders()).toEqual([expect.stringMatching(/^devk8s-rehearsal-/)])
    expect(await devk8s(person, ['destroy', '--rehearse', '--yes'])).toMatchObject({ code: 0 })
    expect(await folders()).toEqual([])
  })

  test('a rehearsal writes nothing outside its folder', async () => {
    const person = await newPerson()
    await devk8s(person, ['up', '--rehearse', '--profile', 'aws'])
    expect((await readdir(person.home)).toSorted()).toEqual(['tmp', 'work'])
    expect(await readdir(person.cwd)).toEqual([])
    expect(await readdir(join(person.home, 'tmp'))).toEqual([expect.stringMatching(/^devk8s-rehearsal-/)])
  })

  test.each(['aws', 'acme'])('a rehearsed up of the profile %s takes less than 10 s', async (profile) => {
    const person = await newPerson()
    const { code, ms } = await devk8s(person, ['up', '--rehearse', '--profile', profile])
    expect(code).toBe(0)
    expect(ms).toBeLessThan(10_000)
  })

  test('--json is one document, --output ndjson one event a line', async () => {
    const person = await newPerson()
    const json = await devk8s(person, ['up', '--rehearse', '--json', '--show-commands'])
    const document = JSON.parse(json.stdout) as Record<string, unknown>
    expect(document).toMatchObject({ schema: 'devk8s.dev/result/v1', command: 'up', ok: true, exit: 0 })
    expect(document['commands']).not.toEqual([])
    const events = (await devk8s(person, ['plan', '--rehearse', '--output', 'ndjson'])).stdout
      .trimEnd()
      .split('\n')
    expect(events.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(
      expect.arrayContaining(['run.started', 'plan.ready', 'run.finished']),
    )
  })

  test('Ctrl-C in the middle of the start, then up finishes the job', async () => {
    const person = await newPerson()
    const cut = await devk8s(person, ['up', '--rehearse', '--output', 'ndjson'], {
      at: { output: /Booting/, act: (child) => child.kill('SIGINT') },
    })
    expect(cut.code).toBe(130)
    const again = await devk8s(person, ['up', '--rehearse', '--yes'])
    expect(again).toMatchObject({ code: 0 })
  })

  test('two at once: the second names the holder and exits 6', async () => {
    const person = await newPerson()
    const [a, b] = await Promise.all([
      devk8s(person, ['up', '--rehearse']),
      devk8s(person, ['up', '--rehearse']),
    ])
    expect(new Set([a.code, b.code])).toEqual(new Set([0, 6]))
    expect(a.stderr + b.stderr).toMatch(/DK8001/)
  })
})

describe('wrong input', () => {
  const wrong: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ['misspelt flag', ['up', '--dry-rum'], 2, /--dry-run/],
    ['misspelt command', ['uo'], 2, /\bup\b/],
    ['unknown profile', ['up', '--profile', 'acmee'], 2, /acme/],
    ['unknown fault', ['up', '--rehearse', '--rehearse-fault', 'cluster.start=timout'], 2, /timeout/],
    ['memory that is none', ['up', '--memory', 'lots'], 2, /lots/],
  ]
  test.for(wrong)('%s', async ([, args, code, says]) => {
    const ended = await devk8s(await newPerson(), args)
    expect(ended.code).toBe(code)
    expect(ended.stderr).toMatch(says)
    expect(ended.stdout).toBe('')
  })

  test('a broken profile: every fault at once, exit 2, nothing started', async () => {
    const person = await newPerson()
    await writeFile(
      join(person.cwd, 'devk8s.yaml'),
      'apiVersion: devk8s.dev/v1\nkind: Profile\nmetadata: {name: x}\ncluster:\n  cpus: two\n  drivr: docker\n',
    )
    const ended = await devk8s(person, ['up'])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('devk8s.yaml:5')
    expect(ended.stderr).toContain('devk8s.yaml:6')
    expect(ended.stderr).toContain('driver')
  })
})

test('--version prints one line', async () => {
  const { version } = JSON.parse(await readFile(join(bin, '../../package.json'), 'utf8')) as {
    version: string
  }
  expect(await devk8s(await newPerson(), ['--version'])).toMatchObject({
    code: 0,
    stdout: `${version}\n`,
    stderr: '',
  })
})
