import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseManifests } from '../../../src/kube/manifests.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { keysPolicyObjects, pullPolicyObjects } from '../../../src/pods/policies.ts'
import { ownCredentials, regionVariables } from '../../../src/pods/names.ts'
import { literalText, literalTexts } from '../../../src/pods/policy-state.ts'
import { identityPolicyObjects } from '../../../src/roles/identity-policy.ts'
import { oldSdkExpressions } from '../../../src/roles/known-sdks.ts'
import { identityCorpusFacts } from '../../support/identity-corpus.ts'
import { corpusFacts } from '../../support/pod-corpus.ts'

const v1 = 'admissionregistration.k8s.io/v1'
const nothing = { serviceAccounts: [], deniedServiceAccounts: [], roles: {}, ownSources: [] }
const oldImages = oldSdkExpressions()
const noIdentity = {
  serviceAccounts: [],
  accountRoles: [],
  kopsRoles: [],
  globalStsAccounts: [],
  ownSources: [],
  oldImages,
}
const identity = identityPolicyObjects(v1, { ...identityCorpusFacts, oldImages })
const all = [...keysPolicyObjects(v1, corpusFacts), ...pullPolicyObjects(v1), ...identity]

async function manifest(name: string): Promise<readonly KubeObject[]> {
  const path = resolve(import.meta.dirname, '../../../manifests/aws', name)
  const parsed = parseManifests(await readFile(path, 'utf8'), path)
  if ('problems' in parsed) throw new Error(parsed.problems[0].detail)
  return parsed.objects
}

describe('the manifests that people read are what is applied', () => {
  test.each([
    ['keys.yaml', keysPolicyObjects(v1, nothing)],
    ['pull.yaml', pullPolicyObjects(v1)],
    ['identity.yaml', identityPolicyObjects(v1, noIdentity)],
  ])('%s', async (name, objects) => {
    expect(await manifest(name)).toEqual(objects)
  })
})

describe('the trap list (facts aws, 5)', () => {
  const text = JSON.stringify(all)

  test('no parameters, and no pod is kept out', () => {
    expect(text).not.toMatch(/paramKind|paramRef|params\./)
    const policies = all.filter(({ kind }) => kind === 'MutatingAdmissionPolicy')
    const lenient = expect.objectContaining({ failurePolicy: 'Ignore', reinvocationPolicy: 'IfNeeded' })
    expect(policies.map(({ spec }) => spec)).toEqual([lenient, lenient, lenient])
  })

  test('JSON patches alone, and no value of one is a list with something in it', () => {
    expect(text).not.toContain('applyConfiguration')
    const values = [...text.matchAll(/value: (\[[^\]]*\]|\S+)/g)].map(([, value]) => value ?? '')
    expect(values.filter((value) => value.startsWith('['))).toEqual(values.filter((value) => value === '[]'))
    expect(values.length).toBeGreaterThan(10)
  })

  test('every field that a pod may lack is asked for with has()', () => {
    const optional = [
      'envFrom',
      'env',
      'initContainers',
      'imagePullSecrets',
      'annotations',
      'labels',
      'volumes',
      'volumeMounts',
      'image',
      'serviceAccountName',
    ]
    for (const field of optional) expect(text).toMatch(new RegExp(`has\\((object|c)[^)]*\\.${field}\\)`))
  })

  test('the sources of a projected volume are a field of an object', () => {
    expect(JSON.stringify(identity)).toContain('sources: [Object.spec.volumes.projected.sources{')
    expect(text.match(/\[Object\./g)).toHaveLength(1)
  })

  test('the policy for roles leaves the agent’s own namespace alone', () => {
    const [policy] = identity
    expect(JSON.stringify(policy?.['spec'])).toContain(
      '["kube-node-lease","kube-public","kube-system","devk8s-system"]',
    )
  })

  test('pods are matched when they are made, and in no namespace of Kubernetes itself', () => {
    for (const { spec } of all.filter(({ kind }) => kind === 'MutatingAdmissionPolicy')) {
      expect(spec).toMatchObject({
        matchConstraints: {
          namespaceSelector: {
            matchExpressions: [
              {
                operator: 'NotIn',
                values: expect.arrayContaining(['kube-node-lease', 'kube-public', 'kube-system']) as unknown,
              },
              { key: 'devk8s.dev/aws', operator: 'NotIn', values: ['off'] },
            ],
          },
          resourceRules: [{ apiGroups: [''], operations: ['CREATE'], resources: ['pods'] }],
        },
      })
    }
  })
})

test('what the policies are told stands in them as literals, in an order of its own', () => {
  const [policy] = keysPolicyObjects(v1, {
    serviceAccounts: ['b/b', 'a/a'],
    deniedServiceAccounts: ['c/"quoted"'],
    roles: {},
    ownSources: ['Secret b/mine', 'ConfigMap a/mine'],
  })
  expect(policy && literalTexts(policy, 'serviceAccounts')).toEqual(['a/a', 'b/b'])
  expect(policy && literalTexts(policy, 'deniedServiceAccounts')).toEqual(['c/"quoted"'])
  expect(policy && literalTexts(policy, 'ownSources')).toEqual(['ConfigMap a/mine', 'Secret b/mine'])
  expect(policy && literalTexts(policy, 'own')).toEqual([...ownCredentials])
  expect(policy && literalTexts(policy, 'containers')).toEqual([])
  expect(JSON.stringify(policy)).toContain(regionVariables[1])
})

describe('a list that is too long for one expression', () => {
  const many = Array.from({ length: 5_000 }, (_, at) => `shop/account-with-a-name-of-some-length-${at}`)
  const [policy] = keysPolicyObjects(v1, {
    ...nothing,
    serviceAccounts: many,
    ownSources: ['Secret shop/mine'],
  })
  const { variables = [] } = (policy?.['spec'] ?? {}) as {
    readonly variables?: readonly { readonly name: string; readonly expression: string }[]
  }

  test('stands in several, none of which is refused, and reads as one', () => {
    const parts = variables.filter(({ name }) => /^serviceAccounts\d*$/.test(name))
    expect(parts.map(({ name }) => name)).toEqual(['serviceAccounts', 'serviceAccounts2', 'serviceAccounts3'])
    expect(Math.max(...variables.map(({ expression }) => expression.length))).toBeLessThan(100_000)
    expect(policy && literalTexts(policy, 'serviceAccounts')).toEqual(many.toSorted())
    expect(policy && literalTexts(policy, 'ownSources')).toEqual(['Secret shop/mine'])
  })

  test('is looked through in all of its parts', () => {
    const wanted = variables.find(({ name }) => name === 'wanted')?.expression
    for (const part of ['', '2', '3'])
      expect(wanted).toContain(`variables.serviceAccount in variables.serviceAccounts${part}`)
  })
})

describe('what the policy for roles is told', () => {
  const [policy] = identity

  test('stands in it as literals', () => {
    expect(policy && literalTexts(policy, 'serviceAccounts')).toEqual([
      'shop/api',
      'shop/global',
      'shop/worker',
    ])
    expect(policy && literalTexts(policy, 'kopsRoles')).toEqual([...identityCorpusFacts.kopsRoles])
    expect(policy && literalTexts(policy, 'oldImages')).toEqual([...oldImages])
    expect(policy && literalText(policy, 'region')).toBe('eu-central-1')
    expect(policy && literalText(policy, 'lane')).toBeUndefined()
  })

  test('no region is no text', () => {
    const [without] = identityPolicyObjects(v1, noIdentity)
    expect(without && literalText(without, 'region')).toBeUndefined()
  })
})
