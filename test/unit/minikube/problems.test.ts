import { expect, test } from 'vitest'
import { startProblem } from '../../../src/minikube/start-problems.ts'
import type { Ran } from '../../../src/ports/exec.ts'
import * as kinds from '../../../src/problems/cluster.ts'
import { exited, replay } from '../../steps/cluster-world.ts'

const ref = { program: 'minikube', home: '/home/dev/.minikube', kubeconfig: '/k', profile: 'devk8s' }
const ended = (exitCode: number, name = ''): Ran =>
  exited(exitCode, '', name === '' ? '' : `X Exiting due to ${name}: what happened\n`)

test.each([
  ['081', 'DK3011', 'RSRC_OVER_ALLOC_MEM (exit 10)'],
  ['079', 'DK3011', 'RSRC_INSUFFICIENT_REQ_MEMORY (exit 23)'],
  ['053', 'DK3015', 'exit 14'],
  ['098', 'DK3015', 'MK_USAGE (exit 14)'],
  ['114', 'DK3001', '(exit 80)'],
  ['128', 'DK3010', 'DRV_AS_ROOT (exit 57)'],
  ['129', 'DK3016', 'HOST_HOME_MKDIR'],
  ['137', 'DK3012', 'INET_LOOKUP_HOST (exit 48)'],
  ['running-088', 'DK3017', 'RUNTIME_ENABLE (exit 90)'],
  ['running-136', 'DK3007', 'HOST_CONFIG_LOAD (exit 38)'],
  ['running-k8s-032', 'DK3013', '(exit 106)'],
  ['running-k8s-033', 'DK3014', 'GUEST_DRIVER_MISMATCH (exit 81)'],
  ['running-k8s-067', 'DK3017', 'K8S_INSTALL_FAILED_CONTAINER_RUNTIME_NOT_RUNNING (exit 93)'],
  ['running-k8s-105', 'DK3009', 'PROVIDER_DOCKER_NOT_RUNNING (exit 63)'],
  ['running-k8s-114', 'DK3006', '(exit 80)'],
  ['running-k8s-118', 'DK3005', 'K8S_APISERVER_MISSING (exit 105)'],
  ['running-k8s-125', 'DK3006', '(exit 80)'],
  ['running-k8s-138', 'DK3003', 'SIGKILL'],
  ['running-k8s-141', 'DK3004', 'DRV_CP_ENDPOINT (exit 50)'],
  ['running-k8s-145', 'DK3001', 'GUEST_PROVISION (exit 80)'],
  ['running-k8s-150', 'DK3007', 'HOST_CONFIG_LOAD (exit 38)'],
])('recorded %s: %s', (number, code, words) => {
  const problem = startProblem(replay(number), ref)
  expect(problem).toMatchObject({ code, detail: expect.stringContaining(words) })
  expect(problem.next.length).toBeGreaterThan(0)
  // One sentence about what happened, and where the log is.
  expect(problem.detail).toMatch(/lastStart\.txt\.$/)
  expect(problem.detail).not.toMatch(/certificate-authority|\{\{/)
})

test.each([
  ['a driver that is not installed', ended(65, 'PROVIDER_PODMAN_NOT_FOUND'), 'DK3008'],
  ['a driver for another system', ended(56, 'DRV_UNSUPPORTED_OS'), 'DK3008'],
  ['no group', ended(67, 'PR_KVM_USER_PERMISSION'), 'DK3010'],
  ['a version without patch', ended(14, 'MK_PATCH_NOT_FOUND'), 'DK3013'],
  ['a code and nothing else', ended(105), 'DK3005'],
  ['an unknown code', ended(1), 'DK3001'],
  ['no program', { ...ended(0), outcome: 'not-found', exitCode: null } as const, 'DK3001'],
  ['too slow', { ...ended(0), outcome: 'timed-out', exitCode: null } as const, 'DK3002'],
  ['interrupted', { ...ended(0), outcome: 'aborted', exitCode: null } as const, 'DK3003'],
])('%s', (_name, ran, code) => {
  expect(startProblem(ran, ref).code).toBe(code)
})

test('codes are of the cluster family, used once, and say why it matters', () => {
  const all = Object.values(kinds)
  expect(new Set(all.map(({ code }) => code)).size).toBe(all.length)
  expect(all.every(({ code, hint }) => /^DK3\d{3}$/.test(code) && hint.endsWith('.'))).toBe(true)
})
