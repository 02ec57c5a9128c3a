import { afterAll, describe, expect, test } from 'vitest'
import { realExec } from '../../../src/adapters/exec.ts'
import { realHashing } from '../../../src/adapters/hash.ts'
import type { Exec } from '../../../src/ports/exec.ts'
import { podCannotPull } from '../../../src/problems/registry-check.ts'
import { checkPodPull } from '../../../src/registry/pod-proof.ts'
import { manualClock } from '../../engine/manual-clock.ts'

// The pod of `verify --image` before a real API server: that it takes the pod in a namespace of the strictest level, and
// that all that is asked of it is answered. There is no kubelet: the test writes the status that one would write.
const kubeconfig = process.env['DEVK8S_TEST_KUBECONFIG']
const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1.4'
const signal = new AbortController().signal

afterAll(() => {
  if (kubeconfig === undefined) {
    process.stdout.write('pod of verify --image: no real API server (DEVK8S_TEST_KUBECONFIG)\n')
  }
})

const real = realExec({ env: process.env })
const target = { program: 'kubectl', kubeconfig: kubeconfig ?? '' }

async function kubectl(args: readonly string[], stdin?: object): Promise<string> {
  const { exitCode, stdout, stderr } = await real.run(
    {
      tool: 'kubectl',
      program: 'kubectl',
      args: ['--kubeconfig', target.kubeconfig, ...args],
      ...(stdin !== undefined && { stdin: JSON.stringify(stdin) }),
      changes: true,
    },
    { timeoutMs: 30_000, signal },
  )
  if (exitCode !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** A namespace of the level `restricted`, with the service account that a controller would make. */
async function namespaceOf(level: string): Promise<string> {
  const name = `pulls-${level}-${Date.now().toString(36)}`
  const labels = { 'pod-security.kubernetes.io/enforce': level }
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } },
  ]
  for (const item of items) await kubectl(['create', '-f', '-'], item)
  return name
}

/** kubectl, and before each look at the pod the status that a kubelet would have written by then. */
function withKubelet(namespace: string, statuses: readonly object[]): Exec {
  let looks = 0
  return {
    find: real.find,
    run: async (command, how) => {
      const pod = command.args.find((word) => word.startsWith('Pod/'))?.slice('Pod/'.length)
      if (pod !== undefined) {
        const status = statuses[Math.min(looks, statuses.length - 1)] ?? {}
        looks += 1
        const patch = ['patch', 'pod', pod, '-n', namespace, '--subresource=status', '--type=merge', '-p']
        await kubectl([...patch, JSON.stringify({ status })])
      }
      return real.run(command, how)
    },
  }
}

const waiting = (reason: string, message: string) => ({
  phase: 'Pending',
  containerStatuses: [
    {
      name: 'pull',
      image,
      imageID: '',
      ready: false,
      restartCount: 0,
      state: { waiting: { reason, message } },
    },
  ],
})
const started = {
  phase: 'Failed',
  containerStatuses: [
    {
      name: 'pull',
      image,
      imageID: `${image}@sha256:${'ab'.repeat(32)}`,
      ready: false,
      restartCount: 0,
      state: { terminated: { reason: 'StartError', exitCode: 128 } },
    },
  ],
}

async function prove(statuses: readonly object[]) {
  const namespace = await namespaceOf('restricted')
  const context = await kubectl(['config', 'current-context'])
  const exec = withKubelet(namespace, statuses)
  const ports = { exec, clock: manualClock({ auto: true, startMs: Date.now() }), hashing: realHashing() }
  const outcome = await checkPodPull(image, { ports, signal, kubectl: { ...target, context }, namespace })
  const left = await kubectl(['get', 'pods', '-n', namespace, '-o', 'name'])
  await kubectl(['delete', 'namespace', namespace, '--wait=false'])
  return { outcome, left }
}

describe.skipIf(kubeconfig === undefined)('on a real API server', () => {
  test('a pod that pulls is taken in a restricted namespace, and goes', async () => {
    const { outcome, left } = await prove([waiting('ContainerCreating', ''), started])
    expect(outcome.problem).toBeUndefined()
    expect(left).toBe('')
  })

  test('a pod that is refused is told of, and goes', async () => {
    const { outcome, left } = await prove([waiting('ErrImagePull', 'no basic auth credentials')])
    expect(outcome).toMatchObject({ hasSecret: false, problem: { code: podCannotPull.code } })
    expect(left).toBe('')
  })
})
