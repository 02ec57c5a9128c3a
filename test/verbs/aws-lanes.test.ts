import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Ports } from '../../src/ports/ports.ts'
import type { Question } from '../../src/ports/prompts.ts'
import type { Done } from '../fakes/session.ts'
import { laptopWithAws } from './aws-lab.ts'

const profile = (aws: string) =>
  `apiVersion: devk8s.dev/v1\nkind: Profile\nmetadata:\n  name: shop\n${aws}namespaces:\n  - name: shop\n`
const withRoles = profile('aws:\n  profile: acme-dev\n  region: eu-west-1\n  roles: {}\n')
const withKeys = profile('aws:\n  profile: acme-dev\n  region: eu-west-1\n  roles: {}\n  lane: env\n')

async function laptopWithAgent() {
  const laptop = await laptopWithAws('')
  const use = async (text: string) => writeFile(join(laptop.folder, 'devk8s.yaml'), text)
  await use(withRoles)
  const up = await laptop.run('up --yes')
  if (up.exit !== 0) throw new Error(JSON.stringify(up.problems))
  /** What a command asks, to which nobody agrees. */
  const ask = async (line: string) => {
    const questions: Question[] = []
    const through = (ports: Ports): Ports => ({
      ...ports,
      prompts: {
        ...ports.prompts,
        ask: async (question) => {
          questions.push(question)
          return false as never
        },
      },
    })
    expect((await laptop.run(line, { through })).exit).toBe(5)
    return questions.filter((each) => each.kind === 'confirm')
  }
  return { ...laptop, up, use, ask }
}

/** What the run did inside the nodes. */
const inNodes = ({ calls }: Done) =>
  calls.filter(({ args, changes }) => args[0] === 'ssh' && changes).map(({ args }) => args.at(-1))
const changesOf = ({ result }: Done, id: string) =>
  result?.steps.find((step) => step.id === id)?.changes.map(({ field }) => field) ?? []

const gone = [
  'Secret devk8s-system/devk8s-aws-sessions',
  'DaemonSet devk8s-system/devk8s-aws',
  'ConfigMap devk8s-system/devk8s-aws',
  'ConfigMap devk8s-system/devk8s-aws-program',
  'ServiceAccount devk8s-system/devk8s-aws',
  'ClusterRole devk8s-aws',
  'ClusterRoleBinding devk8s-aws',
  'Role devk8s-system/devk8s-aws',
  'RoleBinding devk8s-system/devk8s-aws',
  'Role kube-system/devk8s-aws',
  'RoleBinding kube-system/devk8s-aws',
  'Namespace devk8s-system',
  'Node devk8s: rules for the metadata addresses',
  'Node devk8s: 169.254.170.23 on lo',
]

describe('lanes of the agent', () => {
  test('up brings the rules about, once; status, doctor and aws status change nothing and tell of each lane', async () => {
    const { up, run } = await laptopWithAgent()
    expect(inNodes(up)).toHaveLength(1)
    expect(inNodes(await run('up --yes'))).toEqual([])
    for (const line of ['status', 'doctor']) {
      const done = await run(line)
      expect(inNodes(done)).toEqual([])
      expect(done.steps).toMatchObject({ 'aws-agent': 'ready', 'upkeep.agent': 'ready' })
    }
    const { answer, text, exit } = await run('aws status')
    expect(exit).toBe(0)
    expect(answer).toMatchObject({
      agent: {
        agent: { ready: 1, nodes: 1 },
        lanes: ['A', 'B', 'R', 'S'].map((lane) => ({ lane, state: 'works', next: null })),
      },
    })
    expect(text).toMatch(/\nAgent +ready on 1 of 1 node\nLane A +works: .*8170\nLane B +works: /)
  })

  test('after a stop of the cluster the rules are back', async () => {
    const { run } = await laptopWithAgent()
    await run('down')
    const again = await run('up --yes')
    expect([again.exit, inNodes(again).length]).toEqual([0, 1])
    expect((await run('aws status')).answer).toMatchObject({
      agent: { lanes: [{}, { state: 'works' }, {}, {}] },
    })
  })
})

describe('the end of it', () => {
  test('down leaves nothing of it, in the cluster or in the node, and shows what goes', async () => {
    const { run } = await laptopWithAgent()
    const down = await run('down')
    expect(down.exit).toBe(0)
    expect(changesOf(down, 'aws-keys')).toEqual(
      expect.arrayContaining([...gone, 'MutatingAdmissionPolicy devk8s-aws-identity']),
    )
    expect(inNodes(down)).toEqual([
      expect.stringMatching(/'-D PREROUTING .* && sudo -n ip addr del 169\.254\.170\.23\/32 dev lo$/),
    ])
  })

  test('lane env in the profile: the agent goes, and keys come', async () => {
    const { run, use } = await laptopWithAgent()
    await use(withKeys)
    const env = await run('up --yes')
    expect(env.exit).toBe(0)
    expect(changesOf(env, 'aws-keys').toSorted()).toEqual(gone.toSorted())
    expect((await run('status')).exit).toBe(0)
  })

  test('no roles in the profile: all of it goes', async () => {
    const { run, use } = await laptopWithAgent()
    await use(profile(''))
    const up = await run('up --yes', { answers: { 'cluster.reconfigure': true } })
    expect([up.exit, up.problems]).toEqual([0, []])
    expect(changesOf(up, 'aws-keys')).toEqual(
      expect.arrayContaining(['Secret devk8s-system/devk8s-aws-sessions', 'Namespace devk8s-system']),
    )
  })

  test('a cluster that is stopped already does not hinder it', async () => {
    const { run } = await laptopWithAgent()
    await run('down')
    expect((await run('down')).exit).toBe(0)
    expect((await run('destroy --yes', { answers: { destroy: true } })).exit).toBe(0)
  })

  test('logout shows all that goes, and what went; without a yes nothing does', async () => {
    const { run, ask } = await laptopWithAgent()
    const [question] = await ask('aws logout')
    expect(question?.details).toEqual(
      expect.arrayContaining([...gone, 'MutatingAdmissionPolicy devk8s-aws-identity']),
    )
    expect((await run('status')).exit).toBe(0)
    const done = await run('aws logout', { answers: { 'aws.logout': true } })
    expect(done.answer).toMatchObject({
      removed: ['devk8s-system/devk8s-aws-sessions'],
      alsoRemoved: expect.arrayContaining(gone.slice(1)),
    })
    expect(done.text).toContain('1 Secret, MutatingAdmissionPolicy')
  })

  test('a node that does not answer: logout says so, and finds the rules when it does', async () => {
    const { run } = await laptopWithAgent()
    const answers = { 'aws.logout': true }
    const silent = await run('aws logout', { answers, faults: ['node=silent'] })
    expect(silent.problems.map(({ code }) => code)).toEqual(['DK5057'])
    expect(silent.problems[0]?.detail).toContain('Node devk8s kept them: no answer in time')
    const again = await run('aws logout', { answers })
    expect([again.exit, inNodes(again).length]).toEqual([0, 1])
    expect((await run('aws status')).problems.map(({ code }) => code)).toEqual(['DK5050'])
  })

  test('a node that does not answer: the switch to lane env waits for it', async () => {
    const { run, use } = await laptopWithAgent()
    await use(withKeys)
    const silent = await run('up --yes', { faults: ['node=silent'] })
    expect(silent.problems.map(({ code }) => code)).toEqual(['DK5113'])
    const again = await run('up --yes')
    expect([again.exit, inNodes(again).length]).toEqual([0, 1])
  })
})

test('up without a sign-in puts nothing of it into the cluster', async () => {
  const laptop = await laptopWithAws('')
  await writeFile(join(laptop.folder, 'devk8s.yaml'), withRoles)
  const up = await laptop.run('up --yes', { faults: ['aws=expired'] })
  expect(up.steps).toMatchObject({ cluster: 'changed', 'aws-identity': 'blocked' })
  const applied = up.calls.filter(
    ({ tool, changes, args }) => tool === 'kubectl' && changes && args.includes('apply'),
  )
  expect(applied.map(({ stdin }) => String(stdin)).filter((text) => text.includes('devk8s-aws'))).toEqual([])
})
