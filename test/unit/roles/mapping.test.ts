import { describe, expect, test } from 'vitest'
import { realHashing } from '../../../src/adapters/hash.ts'
import { kopsMappingIn } from '../../../src/roles/kops-mapping.ts'
import {
  isMapping,
  liveMapping,
  type MappingFacts,
  mappingOf,
  renderMapping,
} from '../../../src/roles/mapping.ts'
import type { AgentUpkeep } from '../../../src/upkeep/upkeep.ts'
import { agentUpkeep } from './keeper-lab.ts'

const mapped = (agent: AgentUpkeep, facts: MappingFacts) => mappingOf(agent, facts, realHashing())

describe('the mapping', () => {
  test.each([
    [
      'that of the person’s session',
      { developerArn: 'arn:aws:sts::123456789012:assumed-role/dev/anna' },
      'aws',
    ],
    ['in another partition', { developerArn: 'arn:aws-cn:iam::123456789012:user/anna' }, 'aws-cn'],
  ])('names are completed with the account: %s', (_, facts, partition) => {
    expect(mapped(agentUpkeep, facts).baseRoleArn).toBe(`arn:${partition}:iam::123456789012:role/`)
  })

  test('the profile’s own goes before, and what was there bridges the time without a session', () => {
    const own = { ...agentUpkeep, baseRoleArn: 'arn:aws:iam::210987654321:role/team/' }
    const developerArn = 'arn:aws:sts::123456789012:assumed-role/dev/anna'
    expect(mapped(own, { developerArn }).baseRoleArn).toBe(own.baseRoleArn)
    expect(mapped(agentUpkeep, { baseBefore: 'before' }).baseRoleArn).toBe('before')
    expect(mapped(agentUpkeep, {})).not.toHaveProperty('baseRoleArn')
  })

  test('rules in the order in which they are tried, with what each gives', () => {
    const roles = {
      '*': 'developer',
      'shop-*': { assume: 'twin' },
      'shop-web': 'assume',
      billing: 'profile:acme-billing',
      admin: 'deny',
      odd: 'whatever',
    } as const
    expect(mapped({ ...agentUpkeep, roles }, {}).rules.map(({ pattern, gives }) => [pattern, gives])).toEqual(
      [
        ['shop-web', { is: 'assume', twin: false }],
        ['billing', { is: 'profile', profile: 'acme-billing' }],
        ['admin', { is: 'deny' }],
        ['odd', { is: 'deny' }],
        ['shop-*', { is: 'assume', twin: true }],
        ['*', { is: 'developer' }],
      ],
    )
  })

  test('rules that say different things of one role lead to different sessions, equal ones to one', () => {
    const policy = [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }]
    const roles = {
      'a-1': { assume: 'self', policy },
      'a-2': { assume: 'self', policy },
      'a-3': { assume: 'self', fallback: 'developer' },
      'a-4': { assume: 'self', fallback: 'deny' },
    } as const
    const keys = mapped({ ...agentUpkeep, roles }, {}).rules.map(({ gives }) =>
      gives.is === 'assume' ? gives.key : 'none',
    )
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/), keys[0], keys[2], undefined])
    expect(keys[2]).not.toBe(keys[0])
  })

  test('known again in the cluster, unless somebody has edited it', () => {
    const mapping = mapped(agentUpkeep, { region: 'eu-west-1' })
    const object = renderMapping(mapping, realHashing())
    const live = liveMapping([object], realHashing())
    expect(live?.mapping).toEqual(mapping)
    expect(isMapping(live, mapping)).toBe(true)
    expect(isMapping(live, mapped(agentUpkeep, { region: 'eu-west-2' }))).toBe(false)
    for (const data of [{ 'mapping.json': '[]' }, { 'mapping.json': 'no JSON' }, undefined]) {
      const edited = liveMapping([{ ...object, data }], realHashing())
      expect(edited).toMatchObject({ isEdited: true, mapping: undefined })
      expect(isMapping(edited, mapping)).toBe(false)
    }
    expect(liveMapping([], realHashing())).toBeUndefined()
    expect(isMapping(undefined, mapping)).toBe(false)
  })
})

describe('kOps’ ConfigMap', () => {
  const configMap = (config: unknown) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'pod-identity-webhook', namespace: 'kube-system' },
    data: { config },
  })
  test.each([
    ['{"shop/api":{"RoleARN":"arn:x","Audience":"a"},"*/job":{"RoleARN":"arn:y"},"bad":{"RoleARN":1}}'],
  ])('%s', (config) => {
    expect(kopsMappingIn([configMap(config)])).toEqual({
      'shop/api': { roleArn: 'arn:x' },
      '*/job': { roleArn: 'arn:y' },
    })
  })
  test.each(['', '[]', 'null', 'no JSON', 7])('%j is none', (config) => {
    expect(kopsMappingIn([configMap(config)])).toBeUndefined()
  })
  test('not there', () => {
    expect(kopsMappingIn([])).toBeUndefined()
  })
})
