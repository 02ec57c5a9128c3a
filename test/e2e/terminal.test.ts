import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { devk8s, newPerson, type Person } from './program.ts'
import { newLaptop } from './support/laptop.ts'
import { columns, linesDrawn, openTerminal, screenAfter } from './support/terminal.ts'

const enter = '\r'
const down = '\u001B[B'
const interrupt = '\u0003'

/** What every session must leave behind: a clean screen, a visible cursor, no line that the terminal broke. */
function expectTidy(output: string, { home }: Person): readonly string[] {
  const screen = screenAfter(output)
  expect(screen.filter((line) => /[⠀-⣿]/u.test(line))).toEqual([])
  expect(output.lastIndexOf('\u001B[?25l')).toBeLessThanOrEqual(output.lastIndexOf('\u001B[?25h'))
  expect(screen.join('\n')).not.toMatch(/^\s+at .+:\d+:\d+/m)
  // A path cannot be broken; where the temp folder's name is long, it is wider.
  const wide = linesDrawn(output).filter((line) => stringWidth(line) > columns && !line.includes(home))
  expect(wide).toEqual([])
  return screen
}

/** Files below a folder whose name ends so. */
async function filesEnding(folder: string, end: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(end))
}

describe('at a terminal of 80 columns', { timeout: 120_000 }, () => {
  test('a first run asks, keeps the answers, and asks no more', async () => {
    const person = await newPerson()
    const first = openTerminal(person, ['up', '--rehearse'])
    await first.until(/Which profile/)
    first.type(enter)
    await first.until(/How much of the/)
    first.type(down)
    await first.until(/❯ 4 GiB/)
    first.type(enter)
    const { code, output } = await first.end
    expect(code).toBe(0)
    const screen = expectTidy(output, person)
    expect(screen[0]).toMatch(/rehears/i)
    expect(screen.at(-1)).toMatch(/rehears/i)
    expect(screen).toContainEqual(
      expect.stringMatching(/Which profile should this machine follow\? default$/),
    )
    expect(screen).toContainEqual(expect.stringMatching(/✓ Cluster devk8s: .*running/))
    const [overrides = ''] = await filesEnding(person.home, 'overrides.yaml')
    expect(await readFile(join(person.home, overrides), 'utf8')).toContain('4096Mi')

    const second = await openTerminal(person, ['up', '--rehearse']).end
    expect(second.code).toBe(0)
    expect(expectTidy(second.output, person).join('\n')).not.toContain('Which profile')
  })

  test('Ctrl-C in a prompt: 130, no stack, no lock, nothing kept', async () => {
    const person = await newPerson()
    const terminal = openTerminal(person, ['up', '--rehearse'])
    await terminal.until(/Which profile/)
    terminal.type(interrupt)
    const { code, output } = await terminal.end
    expect(code).toBe(130)
    expectTidy(output, person)
    expect(output).not.toMatch(/DK\d{4}/)
    for (const end of ['.lock', 'overrides.yaml', 'last-profile']) {
      expect(await filesEnding(person.home, end)).toEqual([])
    }
  })

  test('Ctrl-C in the middle of the start, then up finishes', async () => {
    const person = await newPerson()
    const terminal = openTerminal(person, ['up', '--rehearse', '--yes'])
    await terminal.until(/Creating docker container/)
    terminal.type(interrupt)
    const { code, output } = await terminal.end
    expect(code).toBe(130)
    expectTidy(output, person)
    expect(await filesEnding(person.home, '.lock')).toEqual([])
    expect(await devk8s(person, ['up', '--rehearse', '--yes'])).toMatchObject({ code: 0 })
  })

  test.skipIf(process.platform === 'win32')('Ctrl-C reaches real children too, and up finishes', async () => {
    const { person } = await newLaptop({ speed: 0.5 })
    const terminal = openTerminal(person, ['up', '--yes'])
    await terminal.until(/Creating docker container/)
    terminal.type(interrupt)
    const { code, output } = await terminal.end
    expect(code).toBe(130)
    expectTidy(output, person)
    expect(await devk8s(person, ['up', '--yes'])).toMatchObject({ code: 0 })
  })

  test('destroy shows what goes and asks; no, then yes', async () => {
    const person = await newPerson()
    expect((await devk8s(person, ['up', '--rehearse'])).code).toBe(0)
    const refused = openTerminal(person, ['destroy', '--rehearse'])
    await refused.until(/Delete all of this\?/)
    refused.type(`n${enter}`)
    const no = await refused.end
    expect(no.code).not.toBe(0)
    expect(expectTidy(no.output, person).join('\n')).toContain('Cluster devk8s and all data in it')
    expect((await devk8s(person, ['status', '--rehearse'])).code).toBe(0)
    const agreed = openTerminal(person, ['destroy', '--rehearse'])
    await agreed.until(/Delete all of this\?/)
    agreed.type(`y${enter}`)
    const yes = await agreed.end
    expect(yes.code).toBe(0)
    expectTidy(yes.output, person)
    expect((await devk8s(person, ['status', '--rehearse'])).code).toBe(3)
  })

  test('Enter alone destroys nothing', async () => {
    const person = await newPerson()
    expect((await devk8s(person, ['up', '--rehearse'])).code).toBe(0)
    const terminal = openTerminal(person, ['destroy', '--rehearse'])
    await terminal.until(/Delete all of this\?/)
    terminal.type(enter)
    expect((await terminal.end).code).not.toBe(0)
    expect((await devk8s(person, ['status', '--rehearse'])).code).toBe(0)
  })
})
