import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Event, Json } from '../../src/ports/event.ts'
import { objectNotFound } from '../../src/problems/kubernetes.ts'
import * as kinds from '../../src/problems/registry-check.ts'
import { type Done, type Laptop, newLaptop, type RunOptions } from '../fakes/session.ts'

const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/shop:1.4'

async function profileFile({ folder }: Laptop, text: string): Promise<string> {
  const path = join(folder, 'team.yaml')
  const head = 'apiVersion: devk8s.dev/v1\nkind: Profile\nmetadata: { name: team }\nextends: default\n'
  await writeFile(path, `${head}${text}\n`)
  return path
}

const ecr = (regions: string) =>
  `aws: { profile: acme-dev, region: eu-west-1, ecr: { mode: secret, registries: [{ account: "123456789012", regions: [${regions}] }] } }`

type Answer = Readonly<Record<string, Json>>
const answerOf = ({ answer }: Done) => answer as Answer
const codes = ({ problems }: Done) => problems.map(({ code }) => code)
const notes = ({ events }: Done) => events.flatMap((event) => (event.type === 'note' ? [event.text] : []))

async function verifying(text: string, line = `verify --image ${image}`, options: RunOptions = {}) {
  const laptop = await newLaptop()
  const path = await profileFile(laptop, text)
  const run = async (words: string, more: RunOptions = {}) => laptop.run(`${words} --profile ${path}`, more)
  return { done: await run(line, options), run }
}

describe('without a cluster', () => {
  test('the pull from this machine is proved, and why no pod was asked is said', async () => {
    const { done } = await verifying(ecr('eu-west-1'))
    expect(done.exit).toBe(0)
    expect(answerOf(done)).toMatchObject({
      image,
      account: '123456789012',
      region: 'eu-west-1',
      repository: 'team/shop',
      tag: '1.4',
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      proved: [{ what: 'token' }, { what: 'manifest' }, { what: 'layers' }],
      missing: [],
      pod: { asked: false, why: 'the cluster is not up; devk8s up brings it up' },
    })
    expect(done.calls.filter(({ changes }) => changes)).toEqual([])
  })

  test('a permission that is missing comes as the statement to paste', async () => {
    const { done } = await verifying(ecr('eu-west-1'), undefined, { faults: ['aws=ecr-denied'] })
    expect([done.exit, codes(done)]).toEqual([4, [kinds.pullNotAllowed.code]])
    expect(answerOf(done)).toMatchObject({
      proved: [],
      missing: [{ where: 'identity', statement: { Action: 'ecr:GetAuthorizationToken', Resource: '*' } }],
      pod: { asked: false },
    })
  })

  test.each([
    ['team/missing:1', kinds.repositoryNotFound.code],
    ['team/shop:missing', kinds.imageNotFound.code],
  ])('%s is not there', async (name, code) => {
    const line = `verify --image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/${name}`
    const { done } = await verifying(ecr('eu-west-1'), line)
    expect([done.exit, codes(done)]).toEqual([4, [code]])
  })

  test('a region that pods get no token for is told of', async () => {
    const { done } = await verifying(ecr('us-east-1'))
    expect(notes(done).join('\n')).toContain('has nothing in eu-west-1: pods get no token for it')
  })

  test('an image that is none of ECR is refused before AWS is asked', async () => {
    const line = 'verify --image 123456789012.dkr.ecr.cn-north-1.amazonaws.com/shop:1'
    const { done } = await verifying(ecr('eu-west-1'), line)
    expect([done.exit, codes(done)]).toEqual([2, [kinds.imageNotEcr.code]])
    expect(done.calls).toEqual([])
  })
})

test('an interruption while it looks for the cluster is no finding about it', async () => {
  const stop = new AbortController()
  const listen = (event: Event) => {
    if (event.type === 'plan.ready') stop.abort('SIGINT')
  }
  const { done } = await verifying(ecr('eu-west-1'), undefined, { signal: stop.signal, listen })
  expect([done.exit, done.text]).toEqual([130, undefined])
})

describe('with the cluster up', () => {
  test('a pod without the pull secret is refused, told of, and removed', async () => {
    const { done: up, run } = await verifying('', 'up --yes --no-input')
    expect(up.exit).toBe(0)
    const done = await run(`verify --image ${image} -n default`)
    expect([done.exit, codes(done)]).toEqual([1, [kinds.podCannotPull.code]])
    expect(answerOf(done)['pod']).toMatchObject({ namespace: 'default', pulled: false, hasSecret: false })
    const deleted = done.calls.filter(({ args }) => args.includes('delete'))
    expect(deleted).toHaveLength(1)
    expect(done.problems[0]?.detail).toContain('there is no pull secret awsecr-cred in default')

    const nowhere = await run(`verify --image ${image} -n nowhere`)
    expect([nowhere.exit, codes(nowhere)]).toEqual([objectNotFound.exit, [objectNotFound.code]])
    expect(answerOf(nowhere)).toMatchObject({
      proved: [{ what: 'token' }, { what: 'manifest' }, { what: 'layers' }],
      pod: { asked: false },
    })
  })

  test('a pod of any namespace of the profile pulls, in the way that all have', async () => {
    const { done: up, run } = await verifying(ecr('eu-west-1'), 'up --yes --no-input')
    expect(up.problems).toEqual([])
    const done = await run(`verify --image ${image}`)
    expect(codes(done)).toEqual([])
    expect(answerOf(done)['pod']).toMatchObject({ asked: true, pulled: true, hasSecret: true })
    const made = done.calls.find(({ args }) => args.includes('apply'))
    expect(String(made?.stdin)).not.toContain('imagePullSecrets')
  })
})
