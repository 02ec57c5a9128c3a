import { describe, expect, test } from 'vitest'
import { keysNotWanted, podNotFound } from '../../src/problems/pods.ts'
import { isDevK8sError } from '../../src/problems/problem.ts'
import { valueNotAllowed } from '../../src/problems/usage.ts'
import { podPlace } from '../../src/verbs/aws-whoami.ts'
import { laptopWithPods, podsOn } from './pods-lab.ts'

const env = '  lane: env\n  roles: { admin: deny }'

describe('aws whoami POD', () => {
  test.each([
    ['api-1', undefined, { name: 'api-1' }],
    ['api-1', 'shop', { namespace: 'shop', name: 'api-1' }],
    ['pod/api-1', 'shop', { namespace: 'shop', name: 'api-1' }],
    ['pods/api-1', undefined, { name: 'api-1' }],
    ['other/api-1', undefined, { namespace: 'other', name: 'api-1' }],
    ['other/api-1', 'other', { namespace: 'other', name: 'api-1' }],
  ])('%s -n %s', (typed, flag, place) => {
    expect(podPlace(typed, flag)).toEqual(place)
  })

  test.each([
    ['a/b/c', undefined, 'is no pod'],
    ['/b', undefined, 'is no pod'],
    ['shop/', undefined, 'is no pod'],
    ['pay/x', 'shop', 'is a pod of the namespace pay, and --namespace says shop'],
  ])('%s -n %s is refused', (typed, flag, why) => {
    let error: unknown
    try {
      podPlace(typed, flag)
    } catch (caught) {
      error = caught
    }
    const [problem] = isDevK8sError(error) ? error.problems : []
    expect([problem?.code, problem?.detail]).toEqual([valueNotAllowed.code, expect.stringContaining(why)])
  })

  test('each pod of a running cluster: what it asks for, what it gets and why', async () => {
    const laptop = await laptopWithPods(env)
    const pods = await podsOn(laptop)
    const answers = new Map<string, unknown>()
    for (const [app, { metadata }] of Object.entries(pods)) {
      const done = await laptop.run(`aws whoami ${metadata.name}`)
      answers.set(app, done.answer)
      expect(done.calls.filter(({ changes }) => changes)).toEqual([])
    }
    expect(answers.get('api')).toMatchObject({
      namespace: 'shop',
      role: 'arn:aws:iam::111122223333:role/reader',
      roleFrom: 'service-account',
      given: true,
      by: 'account-role',
      session: 'developer',
      keys: 'good',
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
      region: 'eu-west-1',
      warnings: [],
    })
    expect(answers.get('worker')).toMatchObject({
      role: 'writer',
      roleFrom: 'pod',
      given: true,
      by: 'pod-role',
    })
    expect(answers.get('web')).toMatchObject({
      role: null,
      given: false,
      refusedBy: 'nothing-asks',
      expiresAt: null,
    })
    expect(answers.get('root')).toMatchObject({
      role: 'admin',
      rule: 'deny',
      given: false,
      refusedBy: 'role-denied',
    })
    expect(answers.get('own')).toMatchObject({
      given: true,
      by: 'label',
      containers: [
        { name: 'app', is: 'own-credentials', variable: 'AWS_PROFILE' },
        { name: 'side', is: 'has-them' },
      ],
    })
  })

  test('keys that have been replaced since it started, and what to run', async () => {
    const laptop = await laptopWithPods(env)
    const pods = await podsOn(laptop)
    await laptop.clock.sleep(40 * 60_000)
    await laptop.run('up --yes')
    const before = await laptop.run(`aws whoami shop/${pods['api']?.metadata.name}`)
    expect(before.answer).toMatchObject({ given: true, keys: 'replaced' })
    const restarted = await laptop.run('aws refresh --restart', { answers: { 'aws.restart': true } })
    expect(restarted.answer).toMatchObject({
      restart: {
        restarted: ['deployment/api -n shop', 'deployment/own -n shop', 'deployment/worker -n shop'],
      },
    })
    await laptop.clock.sleep(5 * 60_000)
    const now = await podsOn(laptop)
    const after = await laptop.run(`aws whoami shop/${now['api']?.metadata.name}`)
    expect(after.answer).toMatchObject({ given: true, keys: 'good' })
  })

  test('one that is not there', async () => {
    const laptop = await laptopWithPods(env)
    const done = await laptop.run('aws whoami shop/nope')
    expect([done.exit, done.problems[0]?.code]).toEqual([2, podNotFound.code])
    expect(done.problems[0]?.detail).toMatch(
      /^Namespace shop of the local cluster has no pod nope\. It has api-\S+, own-\S+, root-\S+, /,
    )
    expect(done.problems[0]?.next).toEqual(
      [0, 1, 2].map(() => expect.stringMatching(/^devk8s aws whoami shop\//)),
    )
    const old = await laptop.run('aws whoami shop/api-00000-zzzzz')
    const { api } = await podsOn(laptop)
    expect(old.problems[0]?.next).toEqual([`devk8s aws whoami shop/${api?.metadata.name}`])
    const typo = await laptop.run('aws whoami shp/api')
    expect(typo.problems[0]?.detail).toMatch(/^The local cluster has no namespace shp\. It has default, /)
    expect(typo.problems[0]?.next[0]).toBe(`devk8s aws whoami shop/${api?.metadata.name}`)
    const workload = await laptop.run('aws whoami deploy/api')
    expect(workload.problems[0]?.next[0]).toBe(`devk8s aws whoami shop/${api?.metadata.name}`)
    const empty = await laptop.run('aws whoami default/nope')
    expect(empty.problems[0]?.detail).toContain('It has no pods.')
  })

  test('a profile without roles gives pods no keys', async () => {
    const laptop = await laptopWithPods('  ecr: { mode: secret }')
    const whoami = await laptop.run('aws whoami shop/api')
    const attach = await laptop.run('aws attach deploy/web')
    expect([whoami, attach].map(({ problems }) => problems[0]?.code)).toEqual([
      keysNotWanted.code,
      keysNotWanted.code,
    ])
  })
})
