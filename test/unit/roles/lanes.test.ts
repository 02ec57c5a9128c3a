import { describe, expect, test } from 'vitest'
import { type LaneFacts, laneOf } from '../../../src/roles/lanes.ts'
import { oldSdkExpressions } from '../../../src/roles/known-sdks.ts'
import { identityPolicyObjects } from '../../../src/roles/identity-policy.ts'
import type { KubeObject as SimulatedObject } from '../../../src/simulator/kube-api/object.ts'
import { mutatedPod } from '../../../src/simulator/kube-api/pod-policies.ts'
import { emptyStore, putObjects } from '../../../src/simulator/kube-api/store.ts'
import { contractNow } from '../../fakes/kube-subject.ts'
import {
  identityCorpusFacts,
  identityObject,
  type IdentityPod,
  podIdentityCorpus,
  webIdentityCorpus,
} from '../../support/identity-corpus.ts'
import { lanePods } from '../../support/lane-corpus.ts'

const asks: LaneFacts = {
  origin: 'service-account',
  roleArn: 'arn:aws:iam::111122223333:role/api',
  namespaceLabels: {},
  hasPolicies: true,
}
const nothing: LaneFacts = { origin: undefined, namespaceLabels: {}, hasPolicies: true }
const pod = (more: Partial<IdentityPod> = {}) =>
  identityObject({
    name: 'api',
    spec: { serviceAccountName: 'api', containers: [{ name: 'app', image: 'nginx' }] },
    ...more,
  })
const label = (value: string) => ({ labels: { 'devk8s.dev/aws': value } })
const image = (name: string): Partial<IdentityPod> => ({
  spec: { containers: [{ name: 'app', image: name }] },
})

describe('the lane of a pod, and why', () => {
  test.each([
    ['a service account with a role', pod(), asks, 'A', /annotation of its service account/],
    ['an association', pod(), { ...asks, origin: 'association' }, 'A', /EKS Pod Identity association/],
    ['kOps', pod(), { ...asks, origin: 'kops' }, 'A', /kOps/],
    ['its own annotation', pod(), { ...asks, origin: 'pod' }, 'B', /as with kube2iam/],
    ['nothing', pod(), nothing, 'none', /Nothing asks/],
    ['the label alone', pod(label('on')), nothing, 'A', /label devk8s.dev\/aws: "on"/],
    ['the label for ECS', pod(label('relative')), nothing, 'R', /relative/],
    ['the label for web identity', pod(label('sts')), asks, 'S', /web identity/],
    ['the same without a role', pod(label('sts')), nothing, 'none', /it has none/],
    ['the label for nothing injected', pod(label('imds')), asks, 'B', /nothing is injected/],
    ['an old AWS CLI', pod(image('amazon/aws-cli:2.9.0')), asks, 'R', /AWS CLI 2\.9\.0.*2\.15\.0/],
    ['a new AWS CLI', pod(image('amazon/aws-cli:2.15.0')), asks, 'A', /service account/],
    ['no policies', pod(), { ...asks, hasPolicies: false, kubernetes: 'v1.30.0' }, 'B', /v1\.30\.0/],
    [
      'no policies and no version',
      pod(label('on')),
      { ...nothing, hasPolicies: false },
      'B',
      /The cluster has no/,
    ],
    ['a static pod', pod({ annotations: { 'kubernetes.io/config.mirror': 'x' } }), asks, 'B', /static pod/],
    ['the label off', pod(label('off')), asks, 'none', /label devk8s.dev\/aws: "off"/],
    [
      'its namespace off',
      pod(),
      { ...asks, namespaceLabels: { 'devk8s.dev/aws': 'off' } },
      'none',
      /Its namespace/,
    ],
    [
      'EKS’s skip label',
      pod({ labels: { 'eks.amazonaws.com/skip-pod-identity-webhook': '' } }),
      asks,
      'none',
      /skip/,
    ],
    [
      'the node’s network',
      pod({ spec: { containers: [], hostNetwork: true } }),
      asks,
      'none',
      /network of its node/,
    ],
  ] as const)('%s', (_, object, facts, lane, why) => {
    const verdict = laneOf(object, facts)
    expect(verdict.lane).toBe(lane)
    expect(verdict.why).toMatch(why)
  })

  test('a pod for Windows, and one of the system', () => {
    const windows = { ...pod(), spec: { os: { name: 'windows' }, containers: [] } }
    expect(laneOf(windows, asks)).toMatchObject({ lane: 'none', why: 'It is for Windows.' })
    const system = { ...pod(), metadata: { name: 'x', namespace: 'devk8s-system' } }
    expect(laneOf(system, asks)).toMatchObject({ lane: 'none', injection: { is: 'not-needed' } })
  })
})

const policies = identityPolicyObjects('admissionregistration.k8s.io/v1', {
  ...identityCorpusFacts,
  oldImages: oldSdkExpressions(),
})
const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop' } },
}
const store = putObjects(
  emptyStore(contractNow, 'v1.36.2'),
  [namespace, ...policies] as readonly SimulatedObject[],
  contractNow,
)
const admitted = (object: object) => mutatedPod(object as SimulatedObject, store)

/** As the policy of the corpus knows it. */
function factsOf({ annotations, spec }: IdentityPod): LaneFacts {
  const account = spec.serviceAccountName ?? 'default'
  const own = annotations?.['iam.amazonaws.com/role']?.trim() ?? ''
  const roleArn = [...identityCorpusFacts.accountRoles, ...identityCorpusFacts.kopsRoles]
    .map((each) => each.split(' '))
    .find(([name]) => name === `shop/${account}` || name === `*/${account}`)?.[1]
  const origin = own !== '' ? 'pod' : roleArn === undefined ? undefined : 'service-account'
  return {
    ...nothing,
    origin,
    roleArn: own === '' ? roleArn : own,
    ownSources: new Map([
      ['Secret shop/mine', 'AWS_SECRET_ACCESS_KEY'],
      ['ConfigMap shop/choice', 'AWS_PROFILE'],
    ]),
  }
}

/** Those whose container sets a variable of the lane itself. */
const keepsItsOwn = [
  'own-aws-container-credentials-full-uri',
  'own-aws-container-authorization-token-file',
  'own-aws-role-arn',
  'own-aws-web-identity-token-file',
]

const isOnTheNode = ({ spec }: IdentityPod) => spec.hostNetwork === true
const keepsOne = ({ name, leftAlone }: IdentityPod) => leftAlone === undefined && keepsItsOwn.includes(name)

/** A pod, what is said of it before and after the policy, and whether that changed it. */
function seenOf(each: IdentityPod) {
  const facts = factsOf(each)
  const object = identityObject(each)
  const given = admitted(object)
  const isChanged = JSON.stringify(given) !== JSON.stringify(object)
  return { isChanged, before: laneOf(object, facts), after: laneOf(given, facts) }
}

describe('what is said of a pod is what the policy does', () => {
  const every: readonly IdentityPod[] = [...podIdentityCorpus, ...webIdentityCorpus, ...lanePods]
  const all = every.map((each, at) => [`${at} ${each.name}`, each] as const)
  const most = all.filter(([, each]) => !isOnTheNode(each) && !keepsOne(each))

  test.each(most)('%s', (_, each) => {
    const { isChanged, before, after } = seenOf(each)
    expect(before.injection.is === 'lacks-it').toBe(isChanged)
    expect(after.injection.is === 'has-it').toBe(isChanged)
    expect(after.injected).toBe(isChanged ? before.lane : undefined)
  })

  test.each(all.filter(([, each]) => isOnTheNode(each)))(
    '%s is told of the agent, which refuses it',
    (_, each) => {
      expect(seenOf(each)).toMatchObject({ isChanged: true, before: { lane: 'none' } })
    },
  )

  test.each(all.filter(([, each]) => keepsOne(each)))('%s goes where it says itself', (_, each) => {
    const { isChanged, before } = seenOf(each)
    // A token is mounted all the same, as EKS does it.
    expect(isChanged).toBe(true)
    expect(before.injection.is).toMatch(/^(?:left-alone|lacks-it)$/)
  })
})

describe('a pod that lacks what its lane puts in', () => {
  test.each([
    ['the policy is not there', { isPolicyThere: false }, /not in the cluster/],
    [
      'the policy does not know the account',
      { known: ['shop/other'] },
      /does not know yet that service account shop\/api/,
    ],
    [
      'the policy came to know later',
      { known: ['shop/api'] },
      /before the policy knew that service account shop\/api/,
    ],
    [
      'its association was imported later',
      { known: ['shop/api'], origin: 'association' },
      /older than the import/,
    ],
    ['it is older', { policySince: '2026-11-25T10:00:01Z' }, /older than the policy/],
    ['it was labelled later', { origin: undefined }, /before it had this label/],
    ['kOps’ accounts are listed elsewhere', { known: [], origin: 'kops' }, /before the policy knew/],
  ] as const)('%s', (_, more, why) => {
    const made = pod(label('on'))
    const metadata = { ...made.metadata, creationTimestamp: '2026-11-25T10:00:00Z' }
    const { injection } = laneOf({ ...made, metadata }, { ...asks, ...more })
    expect(injection).toMatchObject({ is: 'lacks-it', containers: ['app'] })
    expect('why' in injection ? injection.why : '').toMatch(why)
  })

  test('one whose containers have keys of their own is left alone', () => {
    const env = [{ name: 'AWS_PROFILE', value: 'x' }]
    const own = pod({ spec: { containers: [{ name: 'app', env }] } })
    expect(laneOf(own, asks)).toMatchObject({
      injection: { is: 'left-alone' },
      now: 'own',
      left: [{ name: 'app', is: 'own-credentials', variable: 'AWS_PROFILE' }],
    })
  })

  test('one that was told otherwise before says by which lane', () => {
    const old = admitted(pod(label('relative')))
    const { labels: _, ...metadata } = old.metadata
    expect(laneOf({ ...old, metadata }, asks)).toMatchObject({ lane: 'A', injected: 'R', now: 'R' })
  })

  test.each([
    ['nothing was put into it', pod(), asks, 'B'],
    [
      'keys of before',
      pod({ annotations: { 'devk8s.dev/aws-keys': 'env' }, spec: { containers: [{ name: 'app' }] } }),
      asks,
      'keys',
    ],
    [
      'skipped in a lane',
      pod({
        annotations: { 'eks.amazonaws.com/skip-containers': 'app' },
        spec: { containers: [{ name: 'app' }] },
      }),
      asks,
      'B',
    ],
    ['nothing asks', pod(), nothing, 'none'],
  ] as const)('as it stands: %s', (_, object, facts, now) => {
    expect(laneOf(object, facts).now).toBe(now)
  })
})
