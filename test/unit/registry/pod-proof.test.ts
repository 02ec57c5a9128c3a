import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../../src/kube/object.ts'
import type { Command } from '../../../src/ports/exec.ts'
import { DevK8sError } from '../../../src/problems/problem.ts'
import { podCannotPull, podProofUndecided } from '../../../src/problems/registry-check.ts'
import { podRefused } from '../../../src/registry/pod-advice.ts'
import { checkPodPull } from '../../../src/registry/pod-proof.ts'
import { ended, kubectl, lab, verbOf } from '../../steps/objects-lab.ts'

const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1.4'

interface Cluster {
  /** The status of the pod at each look; the last one stays. */
  readonly statuses: readonly object[]
  readonly secrets?: readonly string[]
  readonly attaches?: boolean
  readonly events?: readonly KubeObject[]
  /** Other pods of proofs: names with their age in minutes. */
  readonly others?: Readonly<Record<string, number>>
}

/** A cluster with one pod, as kubectl shows it. */
async function cluster({
  statuses,
  secrets = ['awsecr-cred'],
  attaches = true,
  events = [],
  others = {},
}: Cluster) {
  let pod: KubeObject | undefined
  let looks = 0
  const answer = (command: Command) => {
    const [verb, what = ''] = verbOf(command)
    if (verb === 'apply') {
      const { items } = JSON.parse(String(command.stdin)) as { readonly items: readonly KubeObject[] }
      pod = items[0]
      return ended(0, '')
    }
    if (verb === 'delete') {
      pod = undefined
      return ended(0, '')
    }
    if (what === 'Pod') return ended(0, JSON.stringify({ items: othersAt(made.ports.clock.now(), others) }))
    if (what === 'secret') return ended(0, secrets.map((name) => `secret/${name}\n`).join(''))
    if (what === 'Event') return ended(0, JSON.stringify({ items: events }))
    if (pod === undefined) return ended(0, '')
    const status = statuses[Math.min(looks, statuses.length - 1)]
    looks += 1
    const spec = attaches ? { imagePullSecrets: [{ name: 'awsecr-cred' }] } : {}
    return ended(0, JSON.stringify({ ...pod, spec, status }))
  }
  const made = await lab({ kubectl: answer })
  return { ...made, left: () => pod }
}

const othersAt = (now: number, ages: Readonly<Record<string, number>>) =>
  Object.entries(ages).map(([name, minutes]) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, creationTimestamp: new Date(now - minutes * 60_000).toISOString() },
  }))

const waiting = (reason: string, message = '') => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'pull', imageID: '', state: { waiting: { reason, message } } }],
})
const started = {
  phase: 'Failed',
  containerStatuses: [
    { name: 'pull', imageID: 'x@sha256:1', state: { terminated: { reason: 'StartError' } } },
  ],
}

const prove = async (made: Awaited<ReturnType<typeof cluster>>, signal = new AbortController().signal) =>
  checkPodPull(image, { ports: made.ports, signal, kubectl, namespace: 'shop' })

describe('a pod', () => {
  test('that has pulled proves it, and is removed', async () => {
    const made = await cluster({ statuses: [{ phase: 'Pending' }, waiting('ContainerCreating'), started] })
    expect(await prove(made)).toEqual({ hasSecret: true, durationMs: 2_000 })
    expect(made.left()).toBeUndefined()
    expect(made.commands.map((command) => verbOf(command)[0])).toEqual([
      'apply',
      'get',
      'get',
      'get',
      'get',
      'delete',
    ])
    expect(made.commands.map(({ changes }) => changes)).toEqual([true, false, false, false, false, true])
  })

  test('takes along what a killed run has left, and nothing of a run beside it', async () => {
    const made = await cluster({
      statuses: [started],
      others: { 'devk8s-pull-left': 30, 'devk8s-pull-beside': 2 },
    })
    await prove(made)
    const deleted = verbOf(made.commands.at(-1) as Command)
    expect(deleted).toContain('devk8s-pull-left')
    expect(deleted).not.toContain('devk8s-pull-beside')
  })

  test('that is refused is told with the node’s words, and is removed', async () => {
    const words = 'rpc error: code = Unknown desc = failed to authorize: 401 Unauthorized'
    const made = await cluster({ statuses: [waiting('ErrImagePull', words)] })
    const { problem } = await prove(made)
    expect(problem).toMatchObject({
      code: podCannotPull.code,
      evidence: ['failed to authorize: 401 Unauthorized'],
      next: ['devk8s aws refresh', 'devk8s aws status'],
    })
    expect(made.left()).toBeUndefined()
  })

  test('without the pull secret, in a namespace without it', async () => {
    const status = waiting('ErrImagePull', 'no basic auth credentials')
    const made = await cluster({ statuses: [status], secrets: [], attaches: false })
    const { problem, hasSecret } = await prove(made)
    expect(hasSecret).toBe(false)
    expect(problem?.detail).toContain('there is no pull secret awsecr-cred in shop')
  })

  test('that never comes to it is waited for five minutes, and is removed', async () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available.' }]
    const made = await cluster({ statuses: [{ phase: 'Pending', conditions }] })
    const { problem, durationMs } = await prove(made)
    expect(problem).toMatchObject({
      code: podProofUndecided.code,
      detail: 'In the namespace shop, within 5 minutes: 0/1 nodes are available.',
    })
    expect(durationMs).toBe(300_000)
    expect(made.left()).toBeUndefined()
  })

  test('is removed after an interruption, with a call that is not interrupted', async () => {
    const stop = new AbortController()
    const made = await cluster({ statuses: [waiting('ContainerCreating')] })
    const { exec } = made.ports
    const ports = {
      ...made.ports,
      exec: {
        ...exec,
        run: async (...[command, how]: Parameters<typeof exec.run>) => {
          how.signal.throwIfAborted()
          const ran = await exec.run(command, how)
          if (verbOf(command)[0] === 'get') stop.abort(new Error('Ctrl-C'))
          return ran
        },
      },
    }
    const asked = checkPodPull(image, { ports, signal: stop.signal, kubectl, namespace: 'shop' })
    await expect(asked).rejects.toThrow('Ctrl-C')
    expect(made.left()).toBeUndefined()
  })

  test('that may not be made is the API’s problem', async () => {
    const stderr = 'Error from server (Forbidden): pods "devk8s-pull-1" is forbidden: exceeded quota'
    const made = await lab({
      kubectl: (command) => (verbOf(command)[0] === 'apply' ? ended(1, '', stderr) : ended(0, '')),
    })
    const asked = checkPodPull(image, {
      ports: made.ports,
      signal: new AbortController().signal,
      kubectl,
      namespace: 'shop',
    })
    await expect(asked).rejects.toBeInstanceOf(DevK8sError)
    expect(verbOf(made.commands.at(-1) as Command)[0]).toBe('delete')
  })

  test('has a name of its own each time', async () => {
    const names = new Set<string>()
    for (const statuses of [[started], [waiting('ContainerCreating'), started]]) {
      const made = await cluster({ statuses })
      await prove(made)
      await prove(made)
      for (const command of made.commands) {
        if (verbOf(command)[0] === 'delete') names.add(verbOf(command)[2] ?? '')
      }
    }
    expect(names.size).toBeGreaterThan(1)
    expect([...names].every((name) => /^devk8s-pull-[0-9a-f]{10}$/.test(name))).toBe(true)
  })
})

test('a refusal is told by its last cause, and where no secret is meant to be', () => {
  const told = podRefused(
    image,
    `failed to pull and unpack image "${image}": failed to resolve reference "${image}": authorization failed: no basic auth credentials`,
    { kubectl, namespace: 'kube-system', hasSecret: false, isSecretThere: false },
  )
  expect(told.evidence).toEqual(['authorization failed: no basic auth credentials'])
  expect(told.detail).toContain('namespaces kube-* get no pull secret')
})

describe('a refusal on the node means', () => {
  const where = { kubectl, namespace: 'shop', hasSecret: true, isSecretThere: true }
  test.each([
    [
      'failed to resolve reference: pull access denied, repository does not exist or may require authorization',
      {},
      'which was made with an identity that may not',
    ],
    [
      'unexpected status code [manifests 1.4]: 403 Forbidden',
      {},
      'which was made with an identity that may not',
    ],
    ['no basic auth credentials', { hasSecret: false }, 'but the pod was not given it'],
    ['no match for platform in manifest: not found', {}, 'no part for the architecture'],
    ['dial tcp: lookup 123456789012.dkr.ecr: no such host', {}, 'the node cannot reach the registry'],
    [
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
      {},
      'the node cannot reach',
    ],
    ['write /var/lib/containerd/x: no space left on device', {}, 'the disk of the node is full'],
    ['something new', {}, 'the node says why below'],
  ])('%s %j', (message, sight, told) => {
    const problem = podRefused(image, message, { ...where, ...sight })
    expect(problem.code).toBe(podCannotPull.code)
    expect(problem.detail).toContain(told)
    expect(problem.evidence).toEqual([message])
    expect(problem.next.length).toBeGreaterThan(0)
  })
})

test('a registry that the profile asks no token for is the cause, and the line that adds it is given', () => {
  const unserved = { account: '123456789012', region: 'eu-central-1' }
  const where = { kubectl, namespace: 'shop', hasSecret: true, isSecretThere: true, unserved }
  const told = podRefused(image, 'no basic auth credentials', where)
  expect(told.code).toBe(podCannotPull.code)
  expect(told.detail).toContain(
    "Add { account: '123456789012', regions: [eu-central-1] } to it, then run devk8s up.",
  )
  expect([told.next, told.hint]).toEqual([
    ['devk8s up'],
    expect.not.stringContaining('What differs is the node'),
  ])
  expect(podRefused(image, 'no space left on device', where).detail).toContain('the disk of the node is full')
})
