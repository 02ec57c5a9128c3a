import { describe, expect, test } from 'vitest'
import { answerIngress } from '../../../src/simulator/ingress.ts'
import type { KubeObject } from '../../../src/simulator/kube-api/object.ts'
import { emptyStore, putObjects } from '../../../src/simulator/kube-api/store.ts'

const deployment = (
  name: string,
  namespace: string,
  available: number,
  args: readonly string[] = [],
): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: { template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, args }] } } },
  status: { availableReplicas: available },
})
const service = (selector: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector },
})
const ingress: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    rules: [{ host: 'web.test', http: { paths: [{ path: '/a', backend: { service: { name: 'web' } } }] } }],
  },
}
const controller = (available: number) => deployment('ingress-nginx-controller', 'ingress-nginx', available)
const web = (available: number) => deployment('web', 'default', available, ['-text=hello'])

describe('answerIngress', () => {
  test.for([
    ['no controller', [], 'web.test', '/a', 'refused'],
    ['a controller that is not ready', [controller(0)], 'web.test', '/a', 'refused'],
    [
      'no rule for the host',
      [controller(1), ingress, service({ app: 'web' }), web(1)],
      'other.test',
      '/a',
      404,
    ],
    [
      'no rule for the path',
      [controller(1), ingress, service({ app: 'web' }), web(1)],
      'web.test',
      '/b',
      404,
    ],
    ['no service', [controller(1), ingress, web(1)], 'web.test', '/a', 503],
    ['a service that selects nothing', [controller(1), ingress, service({}), web(1)], 'web.test', '/a', 503],
    [
      'pods that are not ready',
      [controller(1), ingress, service({ app: 'web' }), web(0)],
      'web.test',
      '/a',
      503,
    ],
    ['all ready', [controller(1), ingress, service({ app: 'web' }), web(1)], 'web.test:80', '/a/b', 200],
  ] as const)('%s', ([, objects, host, path, expected]) => {
    const answer = answerIngress(putObjects(emptyStore(0), objects, 0), host, path)
    expect(answer === 'refused' ? answer : answer.status).toBe(expected)
    expect(answer === 'refused' || answer.status !== 200 || answer.page === 'hello\n').toBe(true)
  })
})
