import { describe, expect, test } from 'vitest'
import {
  namespaceWithoutKeys,
  nothingToAttach,
  roleDenied,
  workloadNotAttachable,
  workloadNotFound,
} from '../../src/problems/pods.ts'
import { declined } from '../../src/problems/state.ts'
import type { Done } from '../fakes/session.ts'
import { notesOf } from './aws-lab.ts'
import { kubectlOn, laptopWithPods, podsOn } from './pods-lab.ts'

const yes = { answers: { 'aws.attach': true } }
const env = '  roles: { admin: deny }\n  lane: env'
const changesOf = ({ calls }: Done) => calls.filter(({ changes }) => changes).map(({ args }) => args[5])

describe('aws attach', () => {
  test('gives keys to the pods of a workload, once, and takes them back', async () => {
    const laptop = await laptopWithPods(env)
    const secretsOf = async () => (await podsOn(laptop))['web']?.spec.containers[0]?.['envFrom']
    expect(await secretsOf()).toBeUndefined()
    const first = await laptop.run('aws attach deploy/web', yes)
    expect([first.exit, changesOf(first)]).toEqual([0, ['patch']])
    expect(first.answer).toMatchObject({ workload: 'Deployment shop/web', changed: true })
    await laptop.clock.sleep(5 * 60_000)
    await laptop.run('status')
    expect(await secretsOf()).toEqual([{ secretRef: { name: 'aws-credentials', optional: true } }])
    const again = await laptop.run('aws attach deploy/web -n shop')
    expect([again.exit, changesOf(again), again.answer]).toEqual([
      0,
      [],
      { workload: 'Deployment shop/web', changed: false, patch: [] },
    ])
    const back = await laptop.run('aws attach deploy/web --remove', yes)
    expect([back.exit, changesOf(back)]).toEqual([0, ['patch']])
    await laptop.clock.sleep(5 * 60_000)
    await laptop.run('status')
    expect(await secretsOf()).toBeUndefined()
    expect(changesOf(await laptop.run('aws attach deploy/web --remove'))).toEqual([])
  })

  test('what takes AWS variables from a ConfigMap of the manifests has had no others from the first, and gets none', async () => {
    const laptop = await laptopWithPods(env)
    expect((await podsOn(laptop))['taker']?.spec.containers[0]?.['envFrom']).toEqual([
      { configMapRef: { name: 'choice' } },
    ])
    const done = await laptop.run('aws attach deploy/taker', yes)
    expect([done.exit, changesOf(done)]).toEqual([0, []])
    expect(done.answer).toMatchObject({ changed: false })
  })

  test('a no changes nothing', async () => {
    const laptop = await laptopWithPods(env)
    const done = await laptop.run('aws attach deploy/web', { answers: { 'aws.attach': false } })
    expect([done.exit, done.problems[0]?.code, changesOf(done)]).toEqual([5, declined.code, []])
  })

  test.each([
    [
      'deploy/nope',
      workloadNotFound.code,
      'Namespace shop of the local cluster has no Deployment nope. It has api, own, root, ',
    ],
    ['job/once', workloadNotAttachable.code, '“job/once” is not KIND/NAME'],
    ['deploy/root', roleDenied.code, 'Deployment shop/root asks for the role admin.'],
    ['deploy/web -n default', namespaceWithoutKeys.code, 'Namespace default is not in the profile shop'],
    [
      'deploy/web -n kube-system',
      namespaceWithoutKeys.code,
      'Namespace kube-system is one of Kubernetes itself: nothing in it gets keys.',
    ],
  ])('%s is refused', async (words, code, detail) => {
    const laptop = await laptopWithPods(env)
    const done = await laptop.run(`aws attach ${words}`, yes)
    expect([done.exit, done.problems[0]?.code, changesOf(done)]).toEqual([2, code, []])
    expect(done.problems[0]?.detail).toContain(detail)
  })

  test.each([
    ['api', 'for the role arn:aws:iam::111122223333:role/reader'],
    ['worker', 'for the role writer'],
    ['own', 'for the label devk8s.dev/aws'],
  ])('that the policy serves %s already is said', async (name, why) => {
    const laptop = await laptopWithPods(env)
    const told = notesOf(await laptop.run(`aws attach deploy/${name}`, { answers: { 'aws.attach': false } }))
    expect(told.join()).toContain(`pods of Deployment shop/${name} by itself when they are made, ${why}.`)
    const other = notesOf(await laptop.run('aws attach deploy/web', { answers: { 'aws.attach': false } }))
    expect(other.join()).not.toContain('by itself')
  })

  test('a namespace whose keys are not there yet, and one that a person closed', async () => {
    const laptop = await laptopWithPods(env)
    const detail = async () => (await laptop.run('aws attach deploy/web', yes)).problems[0]?.detail
    await kubectlOn(laptop, 'delete', 'secret', 'aws-credentials', '-n', 'shop')
    expect(await detail()).toBe('Namespace shop is in the profile and has no keys yet.')
    await kubectlOn(laptop, 'label', 'namespace', 'shop', 'devk8s.dev/aws=off')
    expect(await detail()).toContain('Namespace shop gets no keys')
  })
})

describe('aws attach where the agent serves', () => {
  test('there is nothing to attach, and how pods get credentials is said', async () => {
    const laptop = await laptopWithPods()
    const done = await laptop.run('aws attach deploy/web')
    expect([done.exit, changesOf(done)]).toEqual([2, []])
    expect(done.problems).toMatchObject([
      {
        code: nothingToAttach.code,
        next: [
          `devk8s aws whoami shop/${(await podsOn(laptop))['web']?.metadata.name}`,
          'devk8s aws refresh --restart',
        ],
      },
    ])
    expect(done.problems[0]?.detail).toContain('Deployment shop/web')
    const nope = await laptop.run('aws attach deploy/nope')
    expect(nope.problems[0]?.code).toBe(workloadNotFound.code)
    const word = await laptop.run('aws attach web')
    expect(word.problems[0]?.next).toEqual(['devk8s aws attach deploy/web'])
  })

  test('what was attached before is still taken back', async () => {
    const laptop = await laptopWithPods()
    const done = await laptop.run('aws attach deploy/web --remove')
    expect([done.exit, done.answer]).toEqual([
      0,
      { workload: 'Deployment shop/web', changed: false, patch: [] },
    ])
  })
})
