import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { gatherAwsFacts } from '../../../src/facts/aws.ts'
import type { Layout } from '../../../src/plan/layout.ts'
import type { AwsSpec, Profile } from '../../../src/profile/profile.ts'
import { awsUnreachable } from '../../../src/problems/aws.ts'
import { fail } from '../../../src/problems/problem.ts'
import { noAws } from '../../fakes/nothing.ts'
import { laptop } from '../machine/support.ts'
import { testPorts } from '../tools/support/outside.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devk8s-agent-program-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function gather(aws: AwsSpec) {
  const signInOf = async () => fail(awsUnreachable, { detail: 'not asked here' })
  const ports = testPorts({
    aws: { ...noAws, signInOf },
    files: realFiles(),
    host: { read: async () => laptop, isAlive: () => false },
  })
  const layout = { state: join(folder, 'state') } as Layout
  const look = { signal: new AbortController().signal, packageFolder: folder }
  return gatherAwsFacts({ name: 'acme', aws } as Profile, layout, ports, look)
}

test('the program of the package is what goes into the cluster', async () => {
  await mkdir(join(folder, 'dist', 'agent'), { recursive: true })
  await writeFile(join(folder, 'dist', 'agent', 'agent.cjs'), 'program()')
  const facts = await gather({ roles: {} })
  expect(facts).toMatchObject({ agentProgram: 'program()', associations: [] })
  expect(facts.problems).toBeUndefined()
})

test('a package without it is damaged, which is a problem beside all others: DK5110', async () => {
  const { agentProgram, problems } = await gather({ roles: {} })
  expect(agentProgram).toBeUndefined()
  expect(problems).toMatchObject([
    { code: 'DK5110', detail: expect.stringContaining(`${folder}/dist/agent/agent.cjs`) },
  ])
  expect(problems?.[0]?.next).toEqual(['npm install --global devk8s'])
})

test.each([[{ roles: {}, lane: 'env' }], [{}]] as const)('%j needs none', async (aws) => {
  expect((await gather(aws)).problems).toBeUndefined()
})
