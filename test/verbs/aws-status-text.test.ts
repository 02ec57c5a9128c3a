import { describe, expect, test } from 'vitest'
import { awsSsoSignInNeeded } from '../../src/problems/aws.ts'
import { apiForbidden, apiUnreachable } from '../../src/problems/kubernetes.ts'
import { problem } from '../../src/problems/problem.ts'
import { awsPlaces } from '../../src/upkeep/places.ts'
import type { Json } from '../../src/ports/event.ts'
import type { SeenAws, SeenPart } from '../../src/verbs/aws-status.ts'
import { statusText, statusValue } from '../../src/verbs/aws-status-text.ts'
import { upkeepOf } from '../unit/upkeep/keeping-lab.ts'

const now = new Date(2026, 10, 24, 12).getTime()
const hour = 3_600_000
const noBroker = { running: undefined, record: undefined, state: undefined, held: [] }
const seen: SeenAws = {
  upkeep: {
    ...upkeepOf(),
    source: { profile: 'acme-dev', region: 'eu-west-1', roleArn: 'arn:aws:iam::111122223333:role/dev' },
    images: { mode: 'secret', why: 'registry-creds has no image for arm64', registries: [] },
  },
  identity: {
    account: '111122223333',
    arn: 'arn:aws:sts::111122223333:assumed-role/dev/ann',
    userId: 'AROA:ann',
  },
  parts: [
    { part: 'policies', standing: { changes: [], detail: { missing: ['shop/api'] } } },
    {
      part: 'images',
      standing: { changes: [], detail: {}, goodUntilMs: now + 9 * hour, dueAtMs: now + 3 * hour },
    },
    {
      part: 'pods',
      standing: {
        changes: [{ field: 'Secret shop/aws-credentials', effect: 'in-place' }],
        detail: {},
        goodUntilMs: now - hour,
      },
    },
  ],
  pods: {
    ending: [
      {
        namespace: 'shop',
        name: 'api-1',
        owner: { kind: 'Deployment', name: 'api' },
        keys: { is: 'over', endsAtMs: now - hour },
      },
    ],
    older: [
      { namespace: 'shop', name: 'web-1', keys: { is: 'replaced', endsAtMs: now + hour, isSoon: false } },
      { namespace: 'shop', name: 'web-2', keys: { is: 'replaced', endsAtMs: now + 2 * hour, isSoon: false } },
    ],
  },
  broker: noBroker,
}

describe('aws status', () => {
  test('as people read it', () => {
    expect(statusText(seen, now, 100)).toBe(`You       arn:aws:sts::111122223333:assumed-role/dev/ann
Account   111122223333
Profile   acme-dev
As role   arn:aws:iam::111122223333:role/dev
Region    eu-west-1
Cluster   devk8s
Policies  service accounts that they do not know yet: shop/api
Images    secret, as registry-creds has no image for arm64; good until 21:00 (9 h)
Pods      over since 11:00; not fresh: Secret shop/aws-credentials
Restart   Pod shop/api-1 (Deployment api) has keys that are over since 11:00
Older     2 pods have older keys, good until 13:00 (1 h)
Broker    No broker runs.
`)
  })

  test('in a narrow terminal no word is broken', () => {
    const text = statusText(seen, now, 50)
    const isArn = (line: string) => /^(\w+ ?\w*)? +arn:\S+$/.test(line)
    expect(text.split('\n').filter((line) => line.length > 50 && !isArn(line))).toEqual([])
    const words = (of: string) => of.split(/\s+/)
    expect(words(text)).toEqual(words(statusText(seen, now, 100)))
  })

  test('registries are named, with how many namespaces have their pull secret; policies that cannot be are told', () => {
    const registries = [
      { account: '111122223333', regions: ['eu-west-1', 'eu-west-2'] },
      { account: '444455556666', regions: ['eu-west-1'] },
    ]
    const images = (detail: Json) => ({ part: 'images', standing: { changes: [], detail } }) as SeenPart
    const policies = (detail: Json) => ({ part: 'policies', standing: { changes: [], detail } }) as SeenPart
    const textOf = (parts: readonly SeenPart[], of = registries) =>
      statusText(
        {
          ...seen,
          parts,
          upkeep: { ...seen.upkeep, images: { mode: 'secret', why: 'told', registries: of } },
        },
        now,
        200,
      )
    const served = images({ regions: ['eu-west-1', 'eu-west-2'], served: 3, namespaces: 4 })
    expect(textOf([served])).toContain(
      'ECR      111122223333 in eu-west-1, eu-west-2; 444455556666 in eu-west-1; pull secrets in 3 of 4 namespaces\n',
    )
    expect(textOf([served], [])).toContain(
      'ECR      eu-west-1, eu-west-2; pull secrets in 3 of 4 namespaces\n',
    )
    const none = policies({ served: false, isOff: false })
    expect(textOf([none])).toContain(`Policies  none: Kubernetes ${seen.upkeep.kubernetes} has none\n`)
    expect(textOf([policies({ served: false, isOff: true })])).toContain(
      'Policies  none: the API server has them off\n',
    )
  })

  test('somebody who is not signed in, and a part that cannot be looked at, are told', () => {
    const identity = { problem: problem(awsSsoSignInNeeded, { detail: 'The session is over.' }) }
    const forbidden = { part: 'pods', problem: problem(apiForbidden, { detail: 'No.' }) } as const
    const text = statusText({ ...seen, identity, parts: [forbidden] }, now, 100)
    expect(text).toMatch(/^You +You are not signed in to AWS \(DK5004\)\n +The session is over\.\n/)
    expect(text).toContain(`Pods     ${apiForbidden.title} (DK4005): No.\n`)
  })

  test('of a cluster that does not run nothing else is told', () => {
    const down = { part: 'pods', problem: problem(apiUnreachable, { detail: 'Refused.' }) } as const
    const { pods: _pods, ...rest } = seen
    const text = statusText({ ...rest, parts: [down] }, now, 100)
    expect(text).toContain('devk8s does not run\n')
    expect(text).not.toContain('Refused')
  })

  test('for programs all of it, times as ISO', () => {
    const value = statusValue(seen, awsPlaces({ state: '/state' }, 'linux'), now)
    expect(value).toMatchObject({
      images: { mode: 'secret' },
      parts: [
        { part: 'policies', fresh: true, good: null, goodUntil: null },
        { part: 'images', fresh: true, good: true, goodUntil: new Date(now + 9 * hour).toISOString() },
        { part: 'pods', fresh: false, good: false },
      ],
      restart: [{ namespace: 'shop', name: 'api-1', owner: 'Deployment/api', keys: 'over' }],
      olderKeys: [{ name: 'web-1' }, { name: 'web-2' }],
      broker: { running: false, log: '/state/aws/broker.log' },
    })
  })
})
