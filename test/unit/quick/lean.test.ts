import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realClock } from '../../../src/adapters/clock.ts'
import { parseArgs } from '../../../src/cli/parse.ts'
import { isLean, runLean } from '../../../src/quick/lean.ts'
import type { World } from '../../../src/world.ts'
import { awsHome } from '../../fakes/aws-home.ts'
import { type LoopbackAws, loopbackAws, queryError } from '../../fakes/aws-server.ts'
import { worldAt } from '../../fakes/session.ts'

let server: LoopbackAws
beforeAll(async () => {
  server = await loopbackAws()
})
afterAll(async () => server.close())

async function run(line: string, home: string) {
  const parsed = await parseArgs(line.split(' '), {})
  if (parsed.kind !== 'request' || !isLean(parsed.request)) throw new Error(`not an everyday one: ${line}`)
  const out = { stdout: '', stderr: '' }
  const stream = (name: keyof typeof out): World['stderr'] => ({
    write: (text) => {
      out[name] += text
    },
    isTTY: false,
    columns: 80,
  })
  const streams = { stdout: stream('stdout'), stderr: stream('stderr') }
  const env = { AWS_ENDPOINT_URL: server.url }
  const world: World = { ...worldAt(home, home, realClock()), env, ...streams }
  return { exit: await runLean(parsed.request, world), ...out }
}

test('a failure that quotes what was sent shows no key and no token', async () => {
  const session = 'canary/Session+token=='
  const home = await awsHome({})
  await writeFile(
    join(home, '.aws/credentials'),
    `[acme]\naws_access_key_id = ASIAACME\naws_secret_access_key = canary-secret-key\naws_session_token = ${session}\n`,
  )
  const sent: unknown[] = []
  server.instead.set('sts:AssumeRole', ({ headers }) => {
    sent.push(headers['x-amz-security-token'])
    return queryError(
      400,
      'ValidationError',
      `refused for ${String(headers['x-amz-security-token'])} and more`,
    )
  })
  const role = '--aws-profile acme --role-arn arn:aws:iam::123456789012:role/dev'
  const { exit, stdout, stderr } = await run(`token --cluster acme-dev --region eu-west-1 ${role}`, home)
  expect(sent).toContain(session)
  expect(exit).not.toBe(0)
  expect(stdout).toBe('')
  expect(stderr).toContain('refused for *** and more')
  expect(stderr).not.toContain('canary')
})
