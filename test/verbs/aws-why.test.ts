import { describe, expect, test } from 'vitest'
import { podNotFound } from '../../src/problems/pods.ts'
import { noRoleName, roleNotAsked, rolesNotWanted } from '../../src/problems/roles.ts'
import { laptopWithPods, podsOn } from './pods-lab.ts'

const reader = 'arn:aws:iam::111122223333:role/reader'
const roles = `  roles: { admin: deny, writer: { assume: twin }, '${reader}': 'profile:acme-billing', unused: deny }`

describe('with the agent', () => {
  test('aws why: the rule, the session, and all who ask', async () => {
    const laptop = await laptopWithPods(roles)
    const { api } = await podsOn(laptop)
    const done = await laptop.run(`aws why ${reader}`)
    expect(done.calls.filter(({ changes }) => changes)).toEqual([])
    expect(done.answer).toMatchObject({
      role: reader,
      rule: reader,
      gives: 'profile',
      session: { id: 'profile:acme-billing', is: 'good', account: '210987654321' },
      asking: [
        { kind: 'pod', namespace: 'shop', name: api?.metadata.name, from: 'service-account', given: true },
      ],
    })
    expect(done.text).toContain(`rule   ${reader}: profile:acme-billing\n`)
    expect(done.text).toMatch(/\nWHO +BY +LANE +GETS\nshop\/api-\S+ +account +A +it\n$/)

    const admin = await laptop.run('aws why admin')
    expect(admin.answer).toMatchObject({
      gives: null,
      refused: { why: 'role-denied' },
      asking: [{ from: 'pod', lane: 'B', given: false, refused: { why: 'role-denied' } }],
    })
    const unused = await laptop.run('aws why unused')
    expect(unused.text).toContain('Nobody in the cluster asks for it.')

    const typo = await laptop.run('aws why readr')
    expect([typo.exit, typo.problems[0]?.code]).toEqual([2, roleNotAsked.code])
    expect(typo.problems[0]?.next).toEqual(['devk8s aws why reader'])
    expect(typo.problems[0]?.detail).toBe(
      `No pod and no service account asks for readr; your own session would be given for it. There they ask for admin, ${reader}, writer.`,
    )
    const odd = await laptop.run('aws why arn:aws:iam::1:user/x')
    expect([odd.exit, odd.problems[0]?.code]).toEqual([2, noRoleName.code])
  })

  test('aws whoami POD: role, rule, session, lane', async () => {
    const laptop = await laptopWithPods(roles)
    const pods = await podsOn(laptop)
    const whoami = async (app: string) => (await laptop.run(`aws whoami ${pods[app]?.metadata.name}`)).answer
    expect(await whoami('api')).toMatchObject({
      namespace: 'shop',
      role: reader,
      roleFrom: 'service-account',
      rule: reader,
      given: true,
      lane: 'A',
      account: '210987654321',
      region: 'eu-west-1',
    })
    expect(await whoami('worker')).toMatchObject({
      role: 'writer',
      roleArn: 'arn:aws:iam::123456789012:role/writer',
      gives: 'assume',
      lane: 'B',
    })
    expect(await whoami('root')).toMatchObject({ given: false, refused: { why: 'role-denied' } })
    expect(await whoami('web')).toMatchObject({ given: false, role: null, refused: { why: 'unmapped' } })
    // Others under its service account ask for roles; that gives it nothing, and nothing is put into it.
    expect(pods['web']?.spec.containers[0]).not.toHaveProperty('env')
    expect(await whoami('own')).toMatchObject({ given: true, session: { id: 'developer' } })
    const missing = await laptop.run('aws whoami shop/api-00000-zzzzz')
    expect([missing.exit, missing.problems[0]?.code]).toEqual([2, podNotFound.code])
    expect(missing.problems[0]?.next).toEqual([`devk8s aws whoami shop/${pods['api']?.metadata.name}`])
  })

  test('a pod whose lane does not work gets nothing now', async () => {
    const laptop = await laptopWithPods(roles)
    const { worker } = await podsOn(laptop)
    const lost = { faults: ['node=routes-lost'] }
    const done = await laptop.run(`aws whoami ${worker?.metadata.name}`, lost)
    expect(done.answer).toMatchObject({ lane: 'B', given: false, refused: { why: 'lane' }, gives: 'assume' })
    expect(done.text).toContain('gets    nothing now: it asks by lane B, which does not work')
    const why = await laptop.run('aws why writer', lost)
    expect(why.answer).toMatchObject({ asking: [{ lane: 'B', given: false, refused: { why: 'lane' } }] })
    const other = await laptop.run('aws why nothing-like-it')
    expect(other.problems[0]?.next).toContain('devk8s aws why writer')
  })

  test('without it roles are not told apart', async () => {
    const env = await laptopWithPods('  lane: env\n  roles: {}')
    const none = await laptopWithPods('  ecr: { mode: secret }')
    const done = [await env.run('aws why reader'), await none.run('aws why reader')]
    expect(done.map(({ problems }) => problems[0]?.code)).toEqual([rolesNotWanted.code, rolesNotWanted.code])
    expect(done.map(({ problems }) => problems[0]?.detail)).toEqual([
      expect.stringContaining('`aws.lane: env`'),
      expect.stringContaining('no `aws.roles`'),
    ])
  })
})
