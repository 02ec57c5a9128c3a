import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Done } from '../fakes/session.ts'
import { laptopWithAws } from './aws-lab.ts'

/** What a run asked of kubectl, the first words of each call; `!` before those that change the cluster. */
const callsOf = ({ calls }: Pick<Done, 'calls'>): readonly string[] =>
  calls
    // What the profile itself applies is not about AWS.
    .filter(({ tool, args }) => tool === 'kubectl' && !args.includes(ofProfile))
    .map(({ args, changes }) => `${changes ? '!' : ''}${args.slice(5, 7).join(' ')}`)

/** What is looked for by whoever applies objects: those of the profile, and the agent’s. */
const ofProfile = 'devk8s.dev/managed=true,!devk8s.dev/upkeep'

const objects =
  'get Namespace,ServiceAccount,Deployment.apps,MutatingAdmissionPolicy,MutatingAdmissionPolicyBinding'
const withPods = objects.replace('Deployment.apps', 'Deployment.apps,Pod,ReplicaSet.apps,Job.batch')
const secrets = 'get Secret,ConfigMap'
/** Who brings AWS keys of their own: names alone, when policies are written or looked at to the bottom. */
const ownKeys = 'get secrets,configmaps'

describe('one look at the cluster serves all keepers', () => {
  test('up, with nothing to do', async () => {
    const laptop = await laptopWithAws()
    expect(callsOf(await laptop.run('up --yes'))).toEqual([objects, secrets])
  })

  test('the first up: each part is looked at, written once and looked at again', async () => {
    const laptop = await laptopWithAws('')
    const calls = callsOf(await laptop.run('up --yes'))
    const applied = calls.filter((call) => call.startsWith('!'))
    // One for the namespaces of the profile.
    expect(applied).toHaveLength(4)
    expect(calls.filter((call) => call === 'create --dry-run=server')).toHaveLength(1)
    expect(calls.length).toBeLessThanOrEqual(19)
  })

  test('status and aws status, which reads the pods by the same call', async () => {
    const laptop = await laptopWithAws()
    expect(callsOf(await laptop.run('status'))).toEqual([objects, secrets])
    expect(callsOf(await laptop.run('aws status'))).toEqual([withPods, secrets])
    const thorough = callsOf(await laptop.run('aws status --verbose'))
    expect(thorough).toEqual([withPods, secrets, ownKeys, 'create --dry-run=server'])
  })

  test('aws refresh looks before and after, whatever the number of parts', async () => {
    const laptop = await laptopWithAws()
    const calls = callsOf(await laptop.run('aws refresh'))
    const rounds = [
      [objects, secrets, ownKeys],
      [objects, secrets],
    ]
    expect(calls.filter((call) => call.startsWith('get'))).toEqual(rounds.flat())
    expect(calls.filter((call) => call.startsWith('!'))).toHaveLength(3)
  })

  test('what is applied by the profile is looked for without the Secrets of AWS', async () => {
    const laptop = await laptopWithAws()
    const { calls } = await laptop.run('status')
    const looks = calls.filter(({ args }) => args.includes(ofProfile))
    expect(looks.map(({ args }) => args.some((arg) => arg.includes('ConfigMap')))).toEqual([true])
  })
})

/** A laptop whose pods are answered by the agent. */
async function laptopWithAgent(roles = '{}') {
  const laptop = await laptopWithAws('')
  const file = join(laptop.folder, 'devk8s.yaml')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace(/ {2}roles: .*\n {2}lane: env\n/, `  roles: ${roles}\n`))
  const up = await laptop.run('up --yes')
  if (up.exit !== 0) throw new Error(JSON.stringify(up.problems))
  return { ...laptop, up }
}

/** What a run asked of kubectl about AWS, and `ssh` for each look into the node; `!` before those that change something. */
const callsWithNodes = ({ calls }: Done): readonly string[] => [
  ...callsOf({ calls }),
  ...calls.filter(isInNode).map(({ changes }) => (changes ? '!ssh' : 'ssh')),
]
const isInNode = ({ tool, args }: Done['calls'][number]) => tool === 'minikube' && args[0] === 'ssh'

describe('with the agent the same look serves its keeper as well', () => {
  const withAgent = objects.replace('Deployment.apps', 'Deployment.apps,DaemonSet.apps')
  const assuming = withAgent.replace('DaemonSet.apps', 'DaemonSet.apps,Pod')
  const kops = 'get ConfigMap'

  test('up, with nothing to do, status and aws status: two calls, and one into the node', async () => {
    const laptop = await laptopWithAgent()
    for (const line of ['up --yes', 'status', 'aws status']) {
      expect([line, ...callsWithNodes(await laptop.run(line))]).toEqual([line, withAgent, secrets, 'ssh'])
    }
    const all = (await laptop.run('up --yes')).calls.filter(({ tool }) => tool === 'kubectl')
    // What the profile applies is looked at, and the agent’s own objects.
    expect(all.filter(({ args }) => args.includes(ofProfile))).toHaveLength(2)
    expect(all).toHaveLength(4)
  })

  test('where roles are assumed, pods come with the first call, and kOps’ ConfigMap is one more', async () => {
    const laptop = await laptopWithAgent('{ writer: assume }')
    for (const line of ['up --yes', 'status', 'aws status']) {
      expect([line, ...callsWithNodes(await laptop.run(line))]).toEqual([
        line,
        assuming,
        secrets,
        kops,
        'ssh',
      ])
    }
  })

  test('the first up', async () => {
    const calls = callsWithNodes((await laptopWithAgent()).up)
    // The namespaces of the profile, the agent, the policies, pull secrets, and what the agent is told.
    expect(calls.filter((call) => call === '!apply --server-side')).toHaveLength(5)
    expect(calls.filter((call) => call === '!ssh')).toHaveLength(1)
    expect(calls.filter((call) => call === 'create --dry-run=server')).toHaveLength(1)
    expect(calls.filter((call) => call === 'ssh').length).toBeLessThanOrEqual(5)
    // Two of them look for objects of others that have the agent's names.
    expect(calls.length).toBeLessThanOrEqual(33)
  })

  test('aws refresh looks before and after, and writes each part once', async () => {
    const laptop = await laptopWithAgent()
    const calls = callsWithNodes(await laptop.run('aws refresh'))
    const rounds = [
      [withAgent, secrets, ownKeys, kops],
      [withAgent, secrets],
    ]
    expect(calls.filter((call) => call.startsWith('get'))).toEqual(rounds.flat())
    expect(calls.filter((call) => call.startsWith('!'))).toEqual(Array(3).fill('!apply --server-side'))
    expect(calls.filter((call) => call === 'ssh')).toHaveLength(3)
  })
})

test('logout and down leave nothing of it in the cluster', async () => {
  const left = async (line: string) => {
    const laptop = await laptopWithAws()
    const done = await laptop.run(line, { answers: { 'aws.logout': true } })
    return done.calls
      .filter(({ tool, changes }) => tool === 'kubectl' && changes)
      .flatMap(({ stdin }) => JSON.parse(typeof stdin === 'string' ? stdin : '{"items":[]}').items)
      .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)
  }
  const all = [
    'Secret default/aws-credentials',
    'Secret default/awsecr-cred',
    'Secret shop/aws-credentials',
    'Secret shop/awsecr-cred',
    'MutatingAdmissionPolicy /devk8s-aws-keys',
    'MutatingAdmissionPolicy /devk8s-ecr-pull',
    'MutatingAdmissionPolicyBinding /devk8s-aws-keys',
    'MutatingAdmissionPolicyBinding /devk8s-ecr-pull',
  ]
  expect(await left('aws logout')).toEqual(all)
  expect(await left('down')).toEqual(all)
})
