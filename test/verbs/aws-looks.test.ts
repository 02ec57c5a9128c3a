import { describe, expect, test } from 'vitest'
import type { Done } from '../fakes/session.ts'
import { laptopWithAws } from './aws-lab.ts'

/** What a run asked of kubectl, the first words of each call; `!` before those that change the cluster. */
const callsOf = ({ calls }: Done): readonly string[] =>
  calls
    .filter(({ tool }) => tool === 'kubectl')
    .map(({ args, changes }) => `${changes ? '!' : ''}${args.slice(5, 7).join(' ')}`)
    // What the profile itself applies is not about AWS.
    .filter((call) => !call.includes('ConfigMap'))

const objects =
  'get Namespace,ServiceAccount,Deployment.apps,MutatingAdmissionPolicy,MutatingAdmissionPolicyBinding'
const withPods = objects.replace('Deployment.apps', 'Deployment.apps,Pod,ReplicaSet.apps,Job.batch')
const secrets = 'get Secret'
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
    const look = calls.find(({ args }) => args.some((arg) => arg.includes('ConfigMap')))
    expect(look?.args).toContain('devk8s.dev/managed=true,!devk8s.dev/upkeep')
  })
})

test('logout and down leave nothing of it in the cluster', async () => {
  const left = async (line: string) => {
    const laptop = await laptopWithAws()
    const done = await laptop.run(line)
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
