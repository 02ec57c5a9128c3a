import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { awsIdentityUnasked } from '../../src/problems/aws-sign-in.ts'
import { apiUnreachable } from '../../src/problems/kubernetes.ts'
import { problem } from '../../src/problems/problem.ts'
import { servedNext } from '../../src/verbs/renew-after-sign-in.ts'
import { newLaptop } from '../fakes/session.ts'
import { laptopWithAws, notesOf } from './aws-lab.ts'

const minute = 60_000

interface Answer {
  readonly clusters: readonly {
    readonly cluster: string
    readonly renewed: boolean
    readonly goodUntil: string | null
  }[]
}

describe('aws login brings new sessions', () => {
  test.each([
    ['keys as variables and pull secrets', async () => laptopWithAws(), 'aws login --yes', 'devk8s'],
    [
      'sessions of the agent',
      async () => {
        const laptop = await newLaptop()
        await laptop.run('up --profile acme --yes')
        return laptop
      },
      'aws login --profile acme --yes',
      'acme',
    ],
  ] as const)('to %s', async (_name, begin, line, cluster) => {
    const laptop = await begin()
    await laptop.clock.sleep(13 * 60 * minute)
    const done = await laptop.run(line)
    expect(done.exit).toBe(0)
    const { clusters } = done.answer as unknown as Answer
    expect(clusters).toMatchObject([{ cluster, renewed: true }])
    expect(Date.parse(clusters[0]?.goodUntil ?? '')).toBeGreaterThan(laptop.clock.now())
  })

  test('not to one that gets them by another AWS profile', async () => {
    const laptop = await laptopWithAws()
    const done = await laptop.run('aws login --yes --aws-profile acme-staging')
    expect(done).toMatchObject({ exit: 0, answer: { clusters: [] } })
  })

  test('not to one that does not run, which keeps nobody from signing in', async () => {
    const laptop = await laptopWithAws()
    const file = join(laptop.state, 'upkeep/devk8s.json')
    const upkeep = await readFile(file, 'utf8')
    await laptop.run('down')
    await writeFile(file, upkeep)
    const done = await laptop.run('aws login --yes')
    expect(done).toMatchObject({ exit: 0, answer: { clusters: [{ cluster: 'devk8s', renewed: false }] } })
    expect(notesOf(done)).toContainEqual(expect.stringContaining('Cluster devk8s does not run'))
  })

  test('and says how the others come by theirs', () => {
    const silent = problem(apiUnreachable, { detail: 'Nobody answers.', next: ['devk8s status'] })
    const unasked = problem(awsIdentityUnasked, { detail: 'Another account.', next: ['devk8s aws refresh'] })
    expect(
      servedNext([{ cluster: 'a' }, { cluster: 'b', problem: silent }, { cluster: 'c', problem: unasked }]),
    ).toEqual(['devk8s up --cluster-name b', 'devk8s aws refresh'])
  })
})
