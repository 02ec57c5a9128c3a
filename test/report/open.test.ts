import { expect, test } from 'vitest'
import type { CommonRequest, Request } from '../../src/cli/request.ts'
import { createRedaction } from '../../src/engine/redact.ts'
import { openReport } from '../../src/report/open.ts'
import { emptyRecord, record } from '../../src/report/record.ts'
import type { World } from '../../src/world.ts'
import { manualClock } from '../engine/manual-clock.ts'
import { at, captured, looked, upFinishes, upUnderWay } from './scene.ts'

const common: CommonRequest = {
  output: 'human',
  yes: false,
  input: true,
  verbose: false,
  quiet: false,
  color: 'auto',
  showCommands: false,
  rehearse: false,
  rehearseFaults: [],
  overrides: {},
  typed: 'devk8s up',
}
const up = (over: Partial<CommonRequest> = {}, look = false): Request => ({
  command: 'up',
  common: { ...common, ...over },
  look,
  exitCode: false,
  verify: false,
  recreate: false,
  use: false,
})

function world(isTTY: boolean, env: World['env'] = { LANG: 'C.UTF-8' }) {
  const stdout = captured({ isTTY })
  const stderr = captured({ isTTY })
  const made: World = {
    env,
    cwd: '/w',
    home: '/h',
    platform: 'linux',
    pid: 1,
    parentPid: 1,
    invokedAs: 'devk8s',
    nodePath: process.execPath,
    scriptPath: '/opt/devk8s/dist/bin.js',
    hostName: 'laptop',
    tempFolder: '/tmp',
    packageFolder: '/p',
    version: '0.1.0',
    stdinIsTTY: isTTY,
    readStdin: async () => '',
    stdout,
    stderr,
    clock: manualClock(),
    signal: new AbortController().signal,
  }
  return { world: made, stdout, stderr }
}

async function run(request: Request, isTTY: boolean, env?: World['env']) {
  const place = world(isTTY, env)
  const redaction = createRedaction()
  redaction.remember('hunter22')
  const report = await openReport(request, place.world, redaction)
  for (const event of [
    ...upUnderWay,
    at(9, { type: 'note', level: 'info', text: 'pw hunter22' }),
    ...upFinishes,
  ]) {
    report.emit(event)
  }
  report.close({})
  return { stdout: place.stdout.text, stderr: place.stderr.text }
}

test('a terminal gets a live region in colour', async () => {
  const { stderr } = await run(up(), true)
  expect(stderr).toContain('\u001B[?25l')
  expect(stderr).toContain('\u001B[32m')
})

test.each([
  ['no terminal', up(), false, { LANG: 'C.UTF-8' }],
  ['a dumb terminal', up(), true, { TERM: 'dumb' }],
] as const)('%s gets lines without escapes', async (_, request, isTTY, env) => {
  const { stderr } = await run(request, isTTY, env)
  expect(stderr).toMatch(/^\[ {3}0\.0s\] devk8s 0\.1\.0 {2}up {2}profile aws\n/)
  expect(stderr).not.toContain('\u001B')
})

test('NO_COLOR and --color reach the writers', async () => {
  expect((await run(up(), true, { NO_COLOR: '1' })).stderr).not.toContain('\u001B[32m')
  expect((await run(up({ color: 'always' }), false)).stdout).toContain('\u001B[32m')
})

test('quiet, json and ndjson', async () => {
  expect((await run(up({ quiet: true }), true, { NO_COLOR: '1', LANG: 'C.UTF-8' })).stderr).toBe('')
  const json = await run(up({ output: 'json' }), true)
  expect(JSON.parse(json.stdout)).toMatchObject({ command: 'up', ok: true })
  expect(json.stderr).toBe('')
  expect((await run(up({ output: 'ndjson' }), true)).stdout.split('\n')).toHaveLength(
    upUnderWay.length + upFinishes.length + 2,
  )
})

test.each([up(), up({ output: 'json' }), up({ output: 'ndjson' })])('no secret gets out', async (request) => {
  const { stdout, stderr } = await run(request, false)
  expect(stdout + stderr).not.toContain('hunter22')
})

test.each([
  [up({}, true), 'Plan: 2 changes'],
  [{ command: 'status', common, watch: false } as const, '4 of 7 not as the profile says.'],
  [{ command: 'doctor', common, fix: false } as const, 'Nothing that you need to mend.'],
] as const)('each looking command has its view', async (request, words) => {
  const place = world(false)
  const report = await openReport(request, place.world, createRedaction())
  for (const event of looked) report.emit(event)
  const { steps } = looked.reduce(record, emptyRecord)
  const result = {
    exit: 0,
    changesNeeded: true,
    steps: steps.map((step) => ({ ...step, outcome: step.outcome ?? 'later' })),
  } as const
  report.close({ result })
  expect(place.stdout.text).toContain(words)
})
