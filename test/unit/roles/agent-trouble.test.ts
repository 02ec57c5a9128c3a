import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../../src/kube/object.ts'
import { agentProblem, stuckPods } from '../../../src/roles/agent-trouble.ts'

const target = { program: '/opt/kubectl', kubeconfig: '/data/kubeconfig', context: 'acme' }
const madeMs = Date.parse('2026-01-01T10:00:00Z')

const pod = (status: object, labels: Record<string, string> = { 'app.kubernetes.io/name': 'devk8s-aws' }) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'devk8s-aws-x', labels, creationTimestamp: '2026-01-01T10:00:00Z' },
    status: { containerStatuses: [{ name: 'agent', image: 'node:24', ...status }] },
  }) as unknown as KubeObject

const pulling = (reason: string) =>
  pod({ state: { waiting: { reason, message: 'dial tcp: lookup registry-1.docker.io: no such host' } } })
const crashing = (restartCount: number) =>
  pod({
    restartCount,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s' } },
    lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
  })

const problemAfter = (afterMs: number, ...pods: readonly KubeObject[]) =>
  agentProblem(['0 of 1 pods are ready'], pods, target, madeMs + afterMs)

describe('why the agent does not start', () => {
  test.each([
    [
      'nothing is wrong yet',
      5_000,
      pod({ state: { waiting: { reason: 'ContainerCreating' } } }),
      'DK5114',
      1,
    ],
    ['a pull has failed once', 30_000, pulling('ErrImagePull'), 'DK5114', 1],
    ['a pull fails for over a minute', 61_000, pulling('ErrImagePull'), 'DK5117', 4],
    ['the kubelet waits before the next pull', 61_000, pulling('ImagePullBackOff'), 'DK5117', 4],
    ['it has ended once', 12_000, crashing(1), 'DK5114', 1],
    ['it ends again and again', 40_000, crashing(2), 'DK5118', 4],
  ] as const)('%s', (_name, afterMs, found, code, exit) => {
    expect(problemAfter(afterMs, found)).toMatchObject({ code, exit })
    expect(stuckPods([found], madeMs + afterMs)).toEqual(exit === 4 ? ['devk8s-aws-x'] : [])
  })

  test('an image: its name, the words of the kubelet, the ways by mirror and proxy, and what shows more', () => {
    const { detail, evidence, hint, next } = problemAfter(61_000, pulling('ErrImagePull'))
    expect(detail).toContain('node:24')
    expect(evidence).toEqual([expect.stringContaining('no such host')])
    expect(hint).toMatch(/registryMirrors.*HTTPS_PROXY/)
    expect(next[0]).toMatch(/kubectl .* -n devk8s-system describe pod devk8s-aws-x$/)
  })

  test('a crash: how it ended, and its log', () => {
    const { detail, next } = problemAfter(40_000, crashing(3))
    expect(detail).toBe(
      'Container agent of pod devk8s-aws-x has ended 3 times, last with exit code 137 (OOMKilled).',
    )
    expect(next[0]).toMatch(/ logs devk8s-aws-x -c agent --previous --tail 20$/)
  })

  test('a pod of somebody else in the namespace is not its', () => {
    const other = pod({ state: { waiting: { reason: 'ErrImagePull' } } }, {})
    expect(problemAfter(999_000, other).code).toBe('DK5114')
    expect(stuckPods([other], madeMs + 999_000)).toEqual([])
  })
})
