import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realExec } from '../../../src/adapters/exec.ts'
import { realHashing } from '../../../src/adapters/hash.ts'
import { applyArgs } from '../../../src/kube/apply.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { stampObjects } from '../../../src/kube/objects.ts'
import { agentObjects } from '../../../src/roles/agent-objects.ts'
import { agentPodSpec } from '../../../src/roles/agent-pod.ts'
import { runner } from '../../../src/steps/aws-agent-running.ts'
import { lab } from '../../steps/objects-lab.ts'
import { realKubectl } from '../../support/kubectl.ts'

// Whether the agent's objects are valid, and what its roles allow, only an API server can say.
const kubeconfig = process.env['DEVK8S_TEST_KUBECONFIG']
const kubectl = kubeconfig === undefined ? undefined : await realKubectl()
const program = kubectl !== undefined && 'path' in kubectl ? kubectl.path : undefined
const leftOut = program === undefined ? ' (left out: DEVK8S_TEST_KUBECONFIG names no API server)' : ''

/** Names of this run alone: an API server without controllers never finishes deleting a namespace. */
const suffix = `-${process.pid}`
const here = (objects: readonly KubeObject[]) =>
  JSON.parse(
    JSON.stringify(objects)
      .replaceAll('"devk8s-system"', `"devk8s-system${suffix}"`)
      .replaceAll(/"devk8s-aws"/g, `"devk8s-aws${suffix}"`),
  ) as readonly KubeObject[]
const objects = here(agentObjects('program()', (each) => stampObjects(each, realHashing())))
const namespace = `devk8s-system${suffix}`
const account = `system:serviceaccount:${namespace}:devk8s-aws${suffix}`

async function run(args: readonly string[], input = '') {
  return execa(program ?? 'kubectl', args, { input, reject: false, env: { KUBECONFIG: kubeconfig ?? '' } })
}

const list = (items: readonly unknown[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
const may = async (...words: readonly string[]) =>
  (await run(['auth', 'can-i', ...words, '--as', account])).stdout.trim().split('\n').at(-1)

describe.skipIf(program === undefined)(`the agent’s objects on a real API server${leftOut}`, () => {
  beforeAll(async () => {
    const { exitCode, stderr } = await run(applyArgs(), list(objects))
    if (exitCode !== 0) throw new Error(stderr)
  }, 60_000)
  afterAll(async () => {
    await run(['delete', '--wait=false', '--ignore-not-found', '-f', '-'], list(objects))
  }, 60_000)

  test('applied again, nothing of them changes', async () => {
    const generation = async () =>
      (await run(['get', 'daemonset', '-n', namespace, '-o', 'jsonpath={.items[*].metadata.generation}']))
        .stdout
    expect(await generation()).toBe('1')
    const again = await run(applyArgs(), list(objects))
    expect(again.stderr).toBe('')
    expect(await generation()).toBe('1')
  })

  test.each([
    ['Namespace', {}],
    ['ClusterRole', { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }],
  ])('a %s of its name that somebody else made: nothing is applied', async (kind, fields) => {
    const tag = `${suffix}-${kind.toLowerCase()}`
    const wanted = JSON.parse(
      JSON.stringify(objects)
        .replaceAll(`devk8s-system${suffix}`, `devk8s-system${tag}`)
        .replaceAll(`devk8s-aws${suffix}`, `devk8s-aws${tag}`),
    ) as readonly KubeObject[]
    const theirs = wanted.find((each) => each.kind === kind)
    if (theirs === undefined) throw new Error(`no ${kind}`)
    const { apiVersion, metadata } = theirs
    await run(
      ['create', '-f', '-'],
      JSON.stringify({ apiVersion, kind, metadata: { name: metadata.name }, ...fields }),
    )
    const { context } = await lab()
    const ports = { ...context.ports, exec: realExec({ env: process.env }) }
    const want = {
      kubectl: {
        program: program ?? 'kubectl',
        kubeconfig: kubeconfig ?? '',
        context: (await run(['config', 'current-context'])).stdout,
      },
      objects: wanted,
    }
    const step = { id: 'a', kind: 'aws-agent.running' as const, title: 'a', needs: [], want }
    const found = await runner.check(step, { ...context, ports })
    await run(['delete', '--wait=false', kind, metadata.name])
    expect(found).toMatchObject({ state: 'blocked', problem: { code: 'DK5103' } })
    expect('problem' in found && found.problem?.detail).toContain(`${kind} ${metadata.name}. Nothing`)
  })

  test('a pod of it is admitted, Pod Security and the priority included', async () => {
    const pod = here([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'trial', namespace: 'devk8s-system' },
        spec: agentPodSpec,
      },
    ])[0]
    const made = await run(['create', '--dry-run=server', '-o', 'json', '-f', '-'], JSON.stringify(pod))
    expect(made.stderr).toBe('')
    expect(JSON.parse(made.stdout)).toMatchObject({ spec: { priority: 2_000_001_000, hostNetwork: true } })
  })

  test.each([
    ['list', 'pods', '-A'],
    ['watch', 'serviceaccounts', '-A'],
    ['watch', 'namespaces'],
    ['create', 'events', '-n', 'default'],
    ['list', 'secrets/devk8s-aws-sessions', '-n', namespace],
    ['watch', `configmaps/devk8s-aws${suffix}`, '-n', namespace],
    ['list', 'configmaps/pod-identity-webhook', '-n', 'kube-system'],
    ['get', '/openid/v1/jwks'],
  ])('it may %s %s', async (...words) => {
    expect(await may(...words)).toBe('yes')
  })

  test.each([
    ['list', 'secrets', '-n', namespace],
    ['list', 'secrets', '-A'],
    ['get', 'secrets/devk8s-aws-sessions', '-n', namespace],
    ['list', 'configmaps', '-n', 'kube-system'],
    ['create', 'pods', '-n', namespace],
    ['update', 'secrets/devk8s-aws-sessions', '-n', namespace],
    ['create', 'serviceaccounts/token', '-n', namespace],
    ['list', 'nodes'],
  ])('it may not %s %s', async (...words) => {
    expect(await may(...words)).toBe('no')
  })
})

test.runIf(program === undefined)('the agent’s objects are not tried on a real API server here', () => {
  expect(kubeconfig === undefined || (kubectl !== undefined && 'none' in kubectl)).toBe(true)
})
