import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { takesNextWord } from '../../src/cli/arrange.ts'
import { commandAt, commands, wordsAfter } from '../../src/cli/commands.ts'
import { commonFlagNames, flagNamed, flags } from '../../src/cli/flags.ts'
import { exitMeanings } from '../../src/cli/help.ts'
import { parseArgs } from '../../src/cli/parse.ts'
import { profileVariables } from '../../src/profile/texts.ts'
import { unexpectedWord } from '../../src/problems/usage.ts'

const source = new URL('../../src/', import.meta.url)

async function sources(folder: URL): Promise<readonly { readonly name: string; readonly text: string }[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'))
  return Promise.all(
    names.map(async (name) => ({
      name,
      text: await readFile(new URL(name.replaceAll('\\', '/'), folder), 'utf8'),
    })),
  )
}

/** Shell words, enough for the lines devk8s itself prints. */
function wordsOf(line: string): readonly string[] {
  return (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, '$1'))
}

/** Prose says `--save-plan` without the file behind it. */
function withValue(line: string): string {
  return takesNextWord(line.split(' ').at(-1) ?? '') ? `${line} test.yaml` : line
}

const samples: Readonly<Record<string, string>> = {
  addon: 'dashboard',
  cpus: '4',
  disk: '30g',
  driver: 'docker',
  kubernetes: 'v1.35.1',
  memory: '6g',
  namespace: 'shop',
  'tools-mirror': 'https://mirror.example',
}

/** A template's values, filled with one that the flag before it takes. */
function withSamples(line: string): string {
  return line
    .replace('cluster=${fault}', 'cluster=container-gone')
    .replaceAll(/(?:--([a-z-]+)([ =]))?\$\{[^}]*\}/g, (_whole, flag: string | undefined, between = '') =>
      flag === undefined ? 'test.yaml' : `--${flag}${between}${samples[flag] ?? 'test.yaml'}`,
    )
}

async function refusalOf(line: string): Promise<string | undefined> {
  const [program, ...argv] = wordsOf(line)
  if (program !== 'devk8s') return `${line} does not begin with devk8s`
  const parsed = await parseArgs(argv, {})
  return parsed.kind === 'usage' ? `${parsed.problem.code}: ${parsed.problem.detail}` : undefined
}

/** A variable that was left behind must not agree to anything, nor move or lend anything. */
const onTheLineOnly = [
  'yes-prod',
  'for',
  'reason',
  'prune',
  'namespace',
  'shell',
  'unset',
  'image',
  'restart',
  'remove',
]

describe('flags', () => {
  test.each(flags.map((flag) => [flag.name, flag] as const))('--%s says what it is', (name, flag) => {
    const isForOneLine = onTheLineOnly.includes(name)
    expect(flag.variable).toBe(isForOneLine ? undefined : `DEVK8S_${name.replaceAll('-', '_').toUpperCase()}`)
    expect(flag.brief).toMatch(/^\S.*[^.]$/)
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(flag.placeholder !== undefined).toBe(flag.kind !== 'switch')
    expect(flag.check !== undefined).toBe(flag.kind !== 'switch')
  })

  test('names, variables and letters are unique, and each flag has a command', () => {
    const letters = flags.flatMap(({ alias }) => (alias === undefined ? [] : [alias]))
    expect(new Set(flags.map(({ name }) => name)).size).toBe(flags.length)
    expect(new Set(letters).size).toBe(letters.length)
    const taken = new Set(commands.flatMap((command) => command.flags))
    expect(flags.filter(({ name }) => !taken.has(name))).toEqual([])
  })

  test('the profile reads the variables of its flags itself, for the same values', () => {
    const ours = flags.flatMap(({ variable, overrides }) =>
      overrides === undefined ? [] : [[variable, overrides]],
    )
    expect(profileVariables).toMatchObject(Object.fromEntries(ours))
    expect(ours.length).toBeGreaterThan(5)
  })

  test('a list of values holds only values that pass the check', () => {
    const refused = flags.flatMap((flag) =>
      Array.isArray(flag.values)
        ? flag.values.filter((value: string) => flag.check?.(value) !== undefined)
        : [],
    )
    expect(refused).toEqual([])
  })

  test('an unknown name in a table is a mistake that shows', () => {
    expect(() => flagNamed('no-such-flag')).toThrow('No flag is called --no-such-flag')
  })
})

describe('commands', () => {
  test.each(commands.map((command) => [command.path.join(' '), command] as const))('%s', (_path, command) => {
    // kubectl calls token; what a person likes for themselves must not reach it.
    const own = command.variables === false ? [] : commonFlagNames
    expect(command.flags).toEqual(expect.arrayContaining([...own]))
    expect(new Set(command.flags).size).toBe(command.flags.length)
    expect(command.brief).toMatch(/^[A-Z].*[^.]$/)
    expect(command.description).toMatch(/\.$/)
    expect(command.exits.filter((code) => exitMeanings[code] === undefined)).toEqual([])
    expect(commandAt(command.path)).toBe(command)
  })

  test('the words of the tree', () => {
    expect(wordsAfter(['profile'])).toEqual(['list', 'show', 'validate', 'init'])
    expect(wordsAfter(['up'])).toEqual([])
  })

  test('every example runs as printed', async () => {
    const lines = commands.flatMap((command) => command.examples.map((example) => example.command))
    const own = lines.map((line) => /devk8s [^|)]*/.exec(line)?.[0] ?? line)
    expect(await Promise.all(own.map(refusalOf))).toEqual(own.map(() => undefined))
  })
})

describe('commands that devk8s tells people to run', () => {
  test('each literal of a command in the sources is a command line that parses', async () => {
    const files = await sources(source)
    const literals = files.flatMap(({ name, text }) =>
      [...text.matchAll(/(?<!hint:\s*)(['"`])(devk8s [^'"`\n]*)\1/g)].map((match) => ({
        name,
        line: match[2] ?? '',
      })),
    )
    const known = new Set([...wordsAfter([]), 'help', '--help', '--version'])
    const lines = literals
      .filter(({ line }) => known.has(line.split(' ')[1] ?? ''))
      .map(({ name, line }) => ({
        name,
        line: withSamples(line).replace(/ \|.*$/, ''),
      }))
      .filter(({ line }) => !line.endsWith(' ') && !/ (COMMAND|shows|lists|prints)\b/.test(line))
    const answers = await Promise.all(
      lines.map(async (each) => ({ ...each, refusal: await refusalOf(each.line) })),
    )
    // A sentence such as `devk8s up brings it about` is no command: it fails at its verb, a word too many.
    const refused = answers.filter(
      ({ refusal }) => refusal !== undefined && !refusal.startsWith(unexpectedWord.code),
    )
    expect(lines.length).toBeGreaterThan(10)
    expect(refused).toEqual([])
  })

  test('each command named in the hint of a problem exists, with its flags', async () => {
    const folder = new URL('problems/', source)
    const hints: (readonly [string, string])[] = []
    for (const name of await readdir(folder)) {
      const exported: Record<string, unknown> = await import(new URL(name, folder).href)
      for (const kind of Object.values(exported)) {
        if (typeof kind !== 'object' || kind === null || !('hint' in kind) || !('code' in kind)) continue
        hints.push([String(kind.code), String(kind.hint)])
      }
    }
    const known = wordsAfter([]).join('|')
    const named = hints.flatMap(([code, hint]) =>
      [
        ...hint.matchAll(
          new RegExp(
            String.raw`devk8s (?:${known})\b(?: (?:list|show|validate|init|sync|adopt|lint|undo)\b)?(?: [A-Z]{2,})*(?: --[a-z-]+)*`,
            'g',
          ),
        ),
      ].map(([line]) => ({ code, line: withValue(line) })),
    )
    const refused = await Promise.all(
      named.map(async (each) => ({ ...each, refusal: await refusalOf(each.line) })),
    )
    expect(named.length).toBeGreaterThan(0)
    expect(refused.filter(({ refusal }) => refusal !== undefined)).toEqual([])
  })
})
