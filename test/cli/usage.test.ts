import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseArgs } from '../../src/cli/parse.ts'
import * as kinds from '../../src/problems/usage.ts'
import type { Problem } from '../../src/problems/problem.ts'

async function problemOf(argv: readonly string[], env: Record<string, string> = {}): Promise<Problem> {
  const parsed = await parseArgs(argv, env)
  if (parsed.kind !== 'usage') throw new Error(`${argv.join(' ')} was accepted: ${JSON.stringify(parsed)}`)
  return parsed.problem
}

/** Line, code, words of the detail, first command to paste. */
const faults: readonly (readonly [string, string, string, string])[] = [
  ['statsu', 'DK2900', 'Did you mean status?', 'devk8s status'],
  ['stauts --watch', 'DK2900', '"stauts" is not a command', 'devk8s status --watch'],
  ['comp bash', 'DK2900', 'Did you mean completion?', 'devk8s completion bash'],
  ['xyzzy', 'DK2900', '"xyzzy" is not a command.', 'devk8s --help'],
  ['profile lst', 'DK2900', 'Did you mean list?', 'devk8s profile list'],
  ['help upp', 'DK2900', 'Did you mean up?', 'devk8s up --help'],
  ['up --dry-rum', 'DK2901', 'no flag --dry-rum. Did you mean --dry-run?', 'devk8s up --dry-run'],
  ['up --dryRun --use', 'DK2901', 'Did you mean --dry-run?', 'devk8s up --dry-run --use'],
  ['up --memry=6g --dry-run', 'DK2901', 'Did you mean --memory?', 'devk8s up --memory=6g --dry-run'],
  ['--jsn status', 'DK2901', 'Did you mean --json?', 'devk8s status --json'],
  ['--jsn', 'DK2901', 'Did you mean --json?', 'devk8s --help'],
  ['up -z', 'DK2901', 'no flag -z.', 'devk8s up --help'],
  ['up --watch', 'DK2901', 'does not take --watch; other commands do', 'devk8s up --help'],
  ['up --x', 'DK2901', 'no flag --x.', 'devk8s up --help'],
  ['up -5', 'DK2901', 'no flag -5.', 'devk8s up --help'],
  ['profile validate --strict', 'DK2901', 'no flag --strict.', 'devk8s profile validate --help'],
  ['version --x', 'DK2901', 'no flag --x.', 'devk8s version --help'],
  ['up --memory', 'DK2902', '--memory wants a value, SIZE, but the line ends', 'devk8s up --help'],
  ['up --memory --use', 'DK2902', 'but --use comes after it', 'devk8s up --help'],
  ['up --profile=', 'DK2902', 'Nothing follows the = in --profile=', 'devk8s up --help'],
  ['up --memory two', 'DK2903', '--memory two: it must be auto, or a size', 'devk8s up --help'],
  ['up --memory -6', 'DK2903', '--memory -6: it must be', 'devk8s up --help'],
  ['up --cpus two', 'DK2903', '--cpus two: it must be a whole number', 'devk8s up --help'],
  ['up --cpus 0', 'DK2903', '--cpus 0', 'devk8s up --help'],
  ['up --disk big', 'DK2903', '--disk big: it must be a size', 'devk8s up --help'],
  ['up --driver dokcer --dry-run', 'DK2903', 'Did you mean docker?', 'devk8s up --driver docker --dry-run'],
  ['up --driver=dokcer --dry-run', 'DK2903', 'Did you mean docker?', 'devk8s up --driver=docker --dry-run'],
  ['up --kubernetes 1.35', 'DK2903', 'a full version such as v1.35.1', 'devk8s up --help'],
  ['up --cluster-name a', 'DK2903', 'at least two', 'devk8s up --help'],
  ['up --tools-mirror ftp://x', 'DK2903', 'https:// or file:///', 'devk8s up --help'],
  ['up --addon Dash_Board', 'DK2903', 'metrics-server', 'devk8s up --help'],
  ['up --output jsn', 'DK2903', 'one of human, json, ndjson', 'devk8s up --output json'],
  ['up --color blue', 'DK2903', 'auto, always, never', 'devk8s up --help'],
  ['up --rehearse-fault boom', 'DK2903', 'PLACE=FAULT', 'devk8s up --help'],
  ['up --yes=perhaps', 'DK2903', '--yes=perhaps: it must be true or false', 'devk8s up --yes'],
  ['completion bsh', 'DK2903', '"bsh": it must be one of bash', 'devk8s completion bash'],
  ['up --json --output ndjson', 'DK2905', '--json and --output ndjson', 'devk8s up --help'],
  ['up --quiet --verbose', 'DK2905', '--quiet and --verbose', 'devk8s up --help'],
  ['up --no-color --color always', 'DK2905', '--no-color and --color always', 'devk8s up --help'],
  ['up --plan a --save-plan b', 'DK2905', '--plan and --save-plan b', 'devk8s up --help'],
  ['up now', 'DK2906', 'devk8s up does not take "now"', 'devk8s up --help'],
  ['profile validate a b', 'DK2906', 'does not take "b"', 'devk8s profile validate --help'],
  ['completion', 'DK2907', 'devk8s completion needs SHELL', 'devk8s completion bash'],
  ['contexts color dev', 'DK2907', 'needs COLOR', 'devk8s contexts color dev red'],
  ['contexts color dev --json', 'DK2907', 'needs COLOR', 'devk8s contexts color dev --json red'],
  ['--json', 'DK2907', '--json needs a command', 'devk8s --help'],
  ['profile --json', 'DK2907', '--json needs a command', 'devk8s profile --help'],
  ['up --json --json', 'DK2908', '--json was given twice', 'devk8s up --help'],
  ['up --memory 4g --memory 8g', 'DK2908', '4g and 8g', 'devk8s up --help'],
  ['up --exit-code', 'DK2909', 'goes with --dry-run', 'devk8s up --dry-run --exit-code'],
]

describe('a faulty line is exit 2 and names the word', () => {
  test.each(faults)('%s', async (line, code, detail, next) => {
    const problem = await problemOf(line.split(' '))
    expect(problem).toMatchObject({ code, exit: 2 })
    expect(problem.detail).toContain(detail)
    expect(problem.next[0]).toBe(next)
  })

  test('an empty word is named, not lost', async () => {
    expect((await problemOf([''])).detail).toContain('"" is not a command')
    expect((await problemOf(['up', ''])).detail).toContain('does not take ""')
  })

  test.each([
    [{ DEVK8S_MEMORY: 'two' }, 'DEVK8S_MEMORY is "two": it must be auto, or a size'],
    [{ DEVK8S_YES: 'perhaps' }, 'DEVK8S_YES is "perhaps": it must be 1 or 0'],
    [{ DEVK8S_OUTPUT: 'xml' }, 'DEVK8S_OUTPUT is "xml": it must be one of human, json, ndjson'],
    [{ DEVK8S_REHEARSE_FAULT: 'docker=down,boom' }, 'DEVK8S_REHEARSE_FAULT is "boom"'],
  ])('a variable that cannot be used is named: %j', async (env, detail) => {
    const problem = await problemOf(['up'], env)
    const [variable = ''] = Object.keys(env)
    expect(problem).toMatchObject({ code: 'DK2904', exit: 2, next: [`unset ${variable}`] })
    expect(problem.detail).toContain(detail)
  })

  test('every usage problem that the parser gives is in the tables above', () => {
    const reached = new Set([...faults.map(([, code]) => code), 'DK2904'])
    // Raised by wire.ts, which knows the simulator's faults.
    const elsewhere = new Set(['DK2910', 'DK2911'])
    expect(
      Object.values(kinds)
        .map(({ code }) => code)
        .filter((code) => !elsewhere.has(code)),
    ).toEqual([...reached].toSorted())
  })

  test('whatever is typed, the answer is a request, a text or a usage problem, and --dry-run never gets lost', async () => {
    const word = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(
        'up',
        'plan',
        'profile',
        'show',
        '--json',
        '--memory',
        '6g',
        '-o',
        '--',
        '-y',
        '--x=',
        '=',
        'help',
      ),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (words) => {
        const parsed = await parseArgs(['up', '--dry-run', ...words], {})
        const isLooking = parsed.kind === 'request' && parsed.request.command === 'up' && parsed.request.look
        const isRefused = parsed.kind === 'usage' && parsed.problem.exit === 2
        expect(isLooking || isRefused || parsed.kind === 'text' || words.some((each) => each === '-V')).toBe(
          true,
        )
      }),
      { numRuns: 200 },
    )
  })
})
