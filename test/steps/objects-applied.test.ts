import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { realHashing } from '../../src/adapters/hash.ts'
import { stampObjects } from '../../src/kube/objects.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Step } from '../../src/plan/step.ts'
import type { Command, Ran } from '../../src/ports/exec.ts'
import { Secret } from '../../src/ports/secret.ts'
import { isDevK8sError } from '../../src/problems/problem.ts'
import { runner } from '../../src/steps/objects-applied.ts'
import { ended, kubectl, lab, verbOf } from './objects-lab.ts'

const object = (kind: string, name: string, extra: object = {}): KubeObject => ({
  apiVersion: kind === 'Gadget' ? 'example.dev/v1' : 'v1',
  kind,
  metadata: { name },
  ...extra,
})

function step(...objects: KubeObject[]): Step<'objects.applied'> {
  return {
    id: 'objects',
    kind: 'objects.applied',
    title: 'Objects',
    needs: [],
    want: { kubectl, objects: stampObjects(objects, realHashing()) },
  }
}

function recorded(name: string): Ran {
  const url = new URL(`../fixtures/transcripts/kubectl/1.33/${name}.json`, import.meta.url)
  const { exitCode, stdout, stderr } = JSON.parse(readFileSync(url, 'utf8'))
  return ended(exitCode, stdout, stderr)
}

const listOf = (objects: readonly KubeObject[]) =>
  ended(
    0,
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects, metadata: { resourceVersion: '' } }),
  )

const applied = ({ stdin }: Command): readonly KubeObject[] => {
  let text = typeof stdin === 'string' ? stdin : ''
  if (stdin instanceof Secret) stdin.map((plain) => (text = plain))
  return JSON.parse(text).items
}

/** A cluster that keeps what is applied; `before` may answer a call in its place. */
function cluster(before: (command: Command, calls: number) => Ran | undefined = () => undefined) {
  const live: KubeObject[] = []
  let calls = 0
  return (command: Command): Ran => {
    calls += 1
    const answer = before(command, calls)
    if (answer !== undefined) return answer
    if (verbOf(command)[0] === 'get') return listOf(live)
    live.push(...applied(command))
    return ended(0, 'serverside-applied\n')
  }
}

async function problemOf(run: Promise<unknown>) {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isDevK8sError(error)) throw error ?? new Error('nothing was thrown')
  return error.problems[0]
}

test('absent, applied in one call, ready; a second run applies nothing', async () => {
  const { context, commands, forget } = await lab({ kubectl: cluster() })
  const wanted = step(object('Namespace', 'shop'), object('ConfigMap', 'a', { data: { a: '1' } }))
  const found = await runner.check(wanted, context)
  expect(found).toEqual({
    state: 'absent',
    changes: [
      { field: 'Namespace shop', effect: 'create' },
      { field: 'ConfigMap a', effect: 'create' },
    ],
  })
  await runner.apply(wanted, found, context)
  forget()
  expect(await runner.check(wanted, context)).toEqual({ state: 'ready', detail: { objects: 2, waiting: [] } })
  expect(commands.map((command) => [verbOf(command)[0], command.changes])).toEqual([
    ['get', false],
    ['apply', true],
    ['get', false],
  ])
  expect(verbOf(commands[1]!)).toEqual([
    'apply',
    '--server-side',
    '--field-manager=devk8s',
    '--force-conflicts=false',
    '-f',
    '-',
  ])
})

test('a changed manifest is drift', async () => {
  const { context } = await lab({ kubectl: cluster() })
  const old = step(object('ConfigMap', 'a', { data: { a: '1' } }))
  await runner.apply(old, { state: 'absent', changes: [] }, context)
  expect(await runner.check(step(object('ConfigMap', 'a', { data: { a: '2' } })), context)).toEqual({
    state: 'drifted',
    changes: [{ field: 'ConfigMap a', effect: 'in-place' }],
  })
})

test('steps share one read', async () => {
  const { context, commands } = await lab({ kubectl: cluster() })
  await Promise.all([
    runner.check(step(object('Namespace', 'a')), context),
    runner.check(step(object('Secret', 'b')), context),
  ])
  expect(commands).toHaveLength(1)
  expect(verbOf(commands[0]!)).toEqual(
    expect.arrayContaining(['-A', '-l', 'devk8s.dev/managed=true,!devk8s.dev/upkeep']),
  )
})

test('an object with a Secret goes to kubectl as a secret', async () => {
  const { context, commands } = await lab({ kubectl: cluster() })
  await runner.apply(
    step(object('Secret', 'a', { stringData: { a: 'hush' } })),
    { state: 'absent', changes: [] },
    context,
  )
  expect(commands[0]?.stdin).toBeInstanceOf(Secret)
  expect(JSON.stringify(commands)).not.toContain('hush')
})

test('workloads that are applied and not ready are told, and do not count as absent', async () => {
  const { context } = await lab({ kubectl: cluster() })
  const deployment = {
    ...object('Deployment', 'web', { spec: { replicas: 1 }, status: {} }),
    apiVersion: 'apps/v1',
  }
  await runner.apply(step(deployment), { state: 'absent', changes: [] }, context)
  expect(await runner.check(step(deployment), context)).toEqual({
    state: 'ready',
    detail: { objects: 1, waiting: ['Deployment web: 0 of 1 pods are of the present version'] },
  })
})

test('a namespace that is on its way out is waited for', async () => {
  const leaving = ended(
    1,
    '',
    'Error from server (Forbidden): configmaps "a" is forbidden: unable to create new content in namespace shop because it is being terminated\n',
  )
  const { context, commands } = await lab({
    kubectl: cluster((_command, calls) => (calls < 3 ? leaving : undefined)),
  })
  await runner.apply(step(object('ConfigMap', 'a')), { state: 'absent', changes: [] }, context)
  expect(commands.map((command) => verbOf(command)[0])).toEqual(['apply', 'apply', 'apply'])
})

describe('kinds the server does not know yet', () => {
  const unknown = ended(1, '', `error: the server doesn't have a resource type "Gadget"\n`)
  const noMatch = recorded('044-ssa-unknown-kind')
  const definition = {
    ...object('CustomResourceDefinition', 'gadgets.example.dev'),
    apiVersion: 'apiextensions.k8s.io/v1',
  }

  test('have no objects; the others are read all the same', async () => {
    const kube = cluster((command) => (verbOf(command)[1]?.includes('Gadget') ? unknown : undefined))
    const { context, commands } = await lab({ kubectl: kube })
    expect(await runner.check(step(object('Gadget', 'g'), object('ConfigMap', 'a')), context)).toMatchObject({
      state: 'absent',
    })
    expect(commands).toHaveLength(2)
  })

  test('are waited for behind their definition, which is applied first', async () => {
    const kube = cluster((_, calls) => (calls > 1 && calls < 4 ? noMatch : undefined))
    const { context, commands } = await lab({ kubectl: kube })
    await runner.apply(step(object('Gadget', 'g'), definition), { state: 'absent', changes: [] }, context)
    expect(commands.map((command) => applied(command).map(({ kind }) => kind))).toEqual([
      ['CustomResourceDefinition'],
      ['Gadget'],
      ['Gadget'],
      ['Gadget'],
    ])
  })

  test('without a definition are DK4009 at once', async () => {
    const { context, commands } = await lab({ kubectl: () => noMatch })
    expect(
      await problemOf(runner.apply(step(object('Gadget', 'g')), { state: 'absent', changes: [] }, context)),
    ).toMatchObject({
      code: 'DK4009',
    })
    expect(commands).toHaveLength(1)
  })
})

describe('placeholders', () => {
  const secret = (name: string, extra: object = {}) => ({
    ...object('Secret', name, { data: {} }),
    metadata: { name, namespace: 'kube-system', annotations: { 'devk8s.dev/placeholder': 'true' }, ...extra },
  })

  test('are applied where nothing is, and only there: a Secret of somebody else serves', async () => {
    const theirs = { ...object('Secret', 'ecr'), metadata: { name: 'ecr', namespace: 'kube-system' } }
    const kube = cluster((command) =>
      verbOf(command).includes('--ignore-not-found') ? ended(0, JSON.stringify(theirs)) : undefined,
    )
    const { context, commands, forget } = await lab({ kubectl: kube })
    const wanted = step(secret('ecr'), secret('gcr'))
    const found = await runner.check(wanted, context)
    expect(found).toMatchObject({ state: 'absent', changes: [{ field: 'Secret kube-system/gcr' }] })
    expect(verbOf(commands[1]!).slice(0, 5)).toEqual(['get', 'Secret/ecr', 'Secret/gcr', '-n', 'kube-system'])
    await runner.apply(wanted, found, context)
    expect(applied(commands[2]!).map(({ metadata }) => metadata.name)).toEqual(['gcr'])
    forget()
    expect(await runner.check(wanted, context)).toMatchObject({ state: 'ready' })
  })

  test('of ours cost no further call, and may hold something else by now', async () => {
    const { context, commands } = await lab({ kubectl: cluster() })
    await runner.apply(
      step(secret('ecr')),
      { state: 'absent', changes: [{ field: 'Secret kube-system/ecr', effect: 'create' }] },
      context,
    )
    const next = step({ ...secret('ecr'), data: { real: 'x' } })
    expect(await runner.check(next, context)).toMatchObject({ state: 'ready' })
    expect(commands).toHaveLength(2)
  })

  test('that cannot be looked for block', async () => {
    const kube = cluster((command) =>
      verbOf(command).includes('--ignore-not-found') ? recorded('205-forbidden-get') : undefined,
    )
    const { context } = await lab({ kubectl: kube })
    expect(await runner.check(step(secret('ecr')), context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK4005' },
    })
  })
})

describe('failures', () => {
  test('a check that gets no answer is blocked (recorded 220)', async () => {
    const { context } = await lab({ kubectl: () => recorded('220-refused-get') })
    expect(await runner.check(step(object('ConfigMap', 'a')), context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK4001', next: ['devk8s up', 'devk8s status'] },
    })
  })

  test('a conflict names field and manager, and is never forced (recorded 034)', async () => {
    const { context, commands } = await lab({ kubectl: () => recorded('034-ssa-conflict') })
    const found = await problemOf(
      runner.apply(step(object('ConfigMap', 'settings')), { state: 'absent', changes: [] }, context),
    )
    expect(found).toMatchObject({ code: 'DK4007', exit: 4 })
    expect(found.detail).toBe(
      '.data.a of an object in the cluster is managed by "devk8s". Applied were: ConfigMap settings.',
    )
    expect(found.next[0]).toContain('get configmap settings --show-managed-fields')
    expect(commands.flatMap(verbOf).filter((arg) => arg.includes('force'))).toEqual([
      '--force-conflicts=false',
    ])
  })

  test('a server in trouble is tried again for a minute, then DK4010 (recorded 264)', async () => {
    const { context, ports, commands } = await lab({ kubectl: () => recorded('260-503-all') })
    expect(
      await problemOf(
        runner.apply(step(object('ConfigMap', 'a')), { state: 'absent', changes: [] }, context),
      ),
    ).toMatchObject({
      code: 'DK4010',
    })
    expect(ports.clock.monotonic()).toBeGreaterThanOrEqual(60_000)
    expect(commands.length).toBeGreaterThan(20)
  })

  test('a webhook that starts up is waited for', async () => {
    const refused = ended(
      1,
      '',
      'Error from server (InternalError): Internal error occurred: failed calling webhook "validate.nginx.ingress.kubernetes.io": connection refused\n',
    )
    const { context, commands } = await lab({
      kubectl: cluster((_, calls) => (calls < 3 ? refused : undefined)),
    })
    await runner.apply(step(object('ConfigMap', 'a')), { state: 'absent', changes: [] }, context)
    expect(commands).toHaveLength(3)
  })
})
