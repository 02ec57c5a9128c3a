import { describe, expect, test } from 'vitest'
import { verdictOf } from '../../../src/pods/verdict.ts'
import { accountOf } from '../../../src/pods/pod.ts'
import {
  corpusFacts,
  corpusNamespaces,
  corpusObject,
  type CorpusPod,
  podCorpus,
} from '../../support/pod-corpus.ts'
import { account } from './lab.ts'

// What `aws whoami` says must be what the policies do: the corpus is measured on real API servers.
const accounts = [account('api', 'shop', 'reader'), account('root', 'shop', 'admin')]

function verdictFor(pod: CorpusPod) {
  const object = corpusObject(pod)
  const own = accounts.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === accountOf(object))
  return verdictOf(object, {
    namespaceLabels: corpusNamespaces[object.metadata.namespace] ?? {},
    ...(own === undefined ? {} : { account: own }),
    serviceAccounts: corpusFacts.serviceAccounts,
    roles: corpusFacts.roles,
    ownSources: new Map(corpusFacts.ownSources.map((source) => [source, 'AWS_ACCESS_KEY_ID'])),
  })
}

describe('the verdict on each pod is what the policies do with it', () => {
  test.each(podCorpus.map((pod) => [pod.name, pod] as const))('%s', (_name, pod) => {
    const { containers } = verdictFor(pod)
    const given = containers.filter(({ is }) => is === 'given').map(({ name }) => name)
    expect(given.toSorted()).toEqual([...(pod.keys ?? [])].toSorted())
  })
})

describe('why', () => {
  test.each([
    ['system-namespace', { refuses: 'system-namespace' }],
    ['namespace-off', { refuses: 'namespace-off' }],
    ['label-off', { refuses: 'label-off' }],
    ['eks-skip-label', { refuses: 'eks-skip' }],
    ['windows', { refuses: 'windows' }],
    ['static-pod', { refuses: 'of-the-node' }],
    ['role-denied', { refuses: 'role-denied' }],
    ['account-denied-label-on', { refuses: 'role-denied' }],
    ['nothing-asks', { refuses: 'nothing-asks' }],
    ['role-on-the-pod', { grants: 'pod-role' }],
    ['account-listed', { grants: 'account-role' }],
    ['label-on', { grants: 'label' }],
  ])('%s', (name, pod) => {
    const found = podCorpus.find((each) => each.name === name)
    expect(found && verdictFor(found).pod).toEqual(pod)
  })

  test.each([
    [
      'own-keys-in-one-of-two',
      [
        { name: 'app', is: 'given' },
        { name: 'b', is: 'own-credentials', variable: 'AWS_PROFILE' },
      ],
    ],
    [
      'keys-from-a-secret-behind-others',
      [{ name: 'app', is: 'own-credentials', variable: 'AWS_ACCESS_KEY_ID', from: 'Secret mine' }],
    ],
    ['file-in-the-home', [{ name: 'app', is: 'own-files', path: '/root/.aws/credentials' }]],
  ])('a container that is left alone is told with what it has itself: %s', (name, containers) => {
    const found = podCorpus.find((pod) => pod.name === name)
    expect(found && verdictFor(found).containers).toEqual(containers)
  })
})
