import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../../src/kube/object.ts'
import { accountRolesIn, podRolesIn } from '../../../src/roles/manifest-roles.ts'

const annotations = { 'iam.amazonaws.com/role': 'shop', 'iam.amazonaws.com/external-id': 'x', team: 'a' }
const kept = { 'iam.amazonaws.com/role': 'shop', 'iam.amazonaws.com/external-id': 'x' }
const object = (kind: string, fields: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'api', namespace: 'shop', ...metadata },
  ...fields,
})
const template = { metadata: { annotations }, spec: { serviceAccountName: 'api' } }

describe('pods with a role that are yet to be', () => {
  test.each([
    ['a pod', object('Pod', { spec: { serviceAccountName: 'api' } }, { annotations })],
    ['a template', object('Deployment', { spec: { template } })],
    ['the template of a CronJob', object('CronJob', { spec: { jobTemplate: { spec: { template } } } })],
  ])('%s', (_, each) => {
    expect(podRolesIn([each, each])).toEqual([
      { namespace: 'shop', serviceAccount: 'api', annotations: kept },
    ])
  })

  test('without an account of its own it has the default one', () => {
    const bare = object('Deployment', { spec: { template: { metadata: { annotations } } } })
    expect(podRolesIn([bare]).map(({ serviceAccount }) => serviceAccount)).toEqual(['default'])
  })

  test.each([
    ['no annotations', object('Pod', {})],
    ['an empty role', object('Pod', {}, { annotations: { 'iam.amazonaws.com/role': ' ' } })],
    ['no template', object('Deployment', { spec: 'none' })],
    ['annotations on the workload alone', object('Deployment', { spec: {} }, { annotations })],
  ])('%s: none', (_, each) => {
    expect(podRolesIn([each])).toEqual([])
  })
})

test('roles of service accounts: their own annotation wins over the ConfigMap of kOps', () => {
  const account = (name: string, role: string) =>
    object('ServiceAccount', {}, { name, annotations: { 'eks.amazonaws.com/role-arn': role } })
  const config = JSON.stringify({
    'shop/api': { RoleARN: 'arn:kops' },
    'shop/worker': { RoleARN: 'arn:worker' },
    '*/any': { RoleARN: 'arn:any' },
  })
  const kops = object(
    'ConfigMap',
    { data: { config } },
    { name: 'pod-identity-webhook', namespace: 'kube-system' },
  )
  expect(accountRolesIn([account('api', 'arn:own'), kops, account('none', '')])).toEqual({
    'shop/api': 'arn:own',
    'shop/worker': 'arn:worker',
  })
})
