import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Done } from '../fakes/session.ts'
import { laptopWithAws, notesOf } from './aws-lab.ts'

const profile = `apiVersion: devk8s.dev/v1
kind: Profile
metadata:
  name: shop
aws:
  profile: acme-dev
  region: eu-west-1
  roles: {}
namespaces:
  - name: shop
`

async function laptop(line = 'up --yes') {
  const made = await laptopWithAws('')
  await writeFile(join(made.folder, 'devk8s.yaml'), profile)
  if (line !== '' && (await made.run(line)).exit !== 0) throw new Error(`${line} failed`)
  return made
}

const problemOf = ({ result }: Done, id: string) => result?.steps.find((step) => step.id === id)?.problem
const inNodes = ({ calls }: Done) => calls.filter(({ args, changes }) => args[0] === 'ssh' && changes)

describe('rules inside the node', () => {
  test.each([
    ['routes-lost', /lacks the agent's address[^]*lacks the rules/],
    ['hijacked', /the ingress controller takes/],
  ])('%s: doctor fails with the reason, --fix puts them back and renews nothing', async (fault, words) => {
    const { run } = await laptop()
    const seen = await run('doctor', { faults: [`node=${fault}`] })
    expect(problemOf(seen, 'upkeep.agent')).toMatchObject({
      code: 'DK5119',
      detail: expect.stringMatching(words),
    })
    expect(seen.exit).toBe(4)
    expect(inNodes(seen)).toEqual([])
    const fixed = await run('doctor --fix --yes')
    expect([fixed.exit, inNodes(fixed).length]).toEqual([0, 1])
    expect(fixed.calls.filter(({ tool, changes }) => tool === 'kubectl' && changes)).toEqual([])
    expect((await run('doctor')).exit).toBe(0)
  })

  test('what `up` has mended it does not warn of', async () => {
    const { run } = await laptop()
    const up = await run('up --yes', { faults: ['node=hijacked'] })
    expect([up.exit, inNodes(up).length]).toEqual([0, 1])
    const told = up.result?.steps.flatMap(({ notes }) => notes) ?? []
    expect(JSON.stringify([notesOf(up), told])).not.toContain('ingress')
  })
})

test('`status` differs for it', async () => {
  const { run } = await laptop()
  const seen = await run('status', { faults: ['node=routes-lost'] })
  expect(problemOf(seen, 'upkeep.agent')?.code).toBe('DK5119')
  expect(seen.exit).toBe(3)
})

describe('an agent that does not start', () => {
  test.each([
    ['no-image', 'DK5117', /node:24-alpine/],
    ['crash', 'DK5118', /has ended \d+ times, last with exit code/],
  ])(
    '%s: up fails early with the reason, doctor as well; a later up makes the pod anew',
    async (fault, code, words) => {
      const { run } = await laptop('')
      const faults = [`agent=${fault}`]
      const up = await run('up --yes', { faults })
      const wrong = {
        code,
        detail: expect.stringMatching(words),
        next: [expect.stringMatching(/^kubectl /), 'devk8s up'],
      }
      expect(problemOf(up, 'aws-agent')).toMatchObject(wrong)
      expect(up.exit).toBe(4)
      expect(up.result?.steps.find(({ id }) => id === 'aws-agent')?.durationMs).toBeLessThan(120_000)
      const seen = await run('doctor', { faults })
      expect(problemOf(seen, 'aws-agent')).toMatchObject(wrong)
      expect(seen.exit).toBe(4)
      expect((await run('up --yes')).exit).toBe(0)
    },
  )
})
