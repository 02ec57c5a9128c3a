import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { realHashing } from '../../../src/adapters/hash.ts'
import { getArgs } from '../../../src/kube/kubectl.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { stampObjects } from '../../../src/kube/objects.ts'
import type { StepContext } from '../../../src/plan/step.ts'
import type { Exec } from '../../../src/ports/exec.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import { agentObjects } from '../../../src/roles/agent-objects.ts'
import { routedAddresses, ruleFor } from '../../../src/roles/node-facts.ts'
import { endParts, endUpkeep } from '../../../src/upkeep/ending.ts'
import { leavingsNow } from '../../../src/upkeep/leavings.ts'
import { keepFresh } from '../../../src/upkeep/renewal.ts'
import { awsPlaces, fileIn } from '../../../src/upkeep/places.ts'
import { upkeepAt, writeUpkeep } from '../../../src/upkeep/records.ts'
import type { AgentUpkeep, Upkeep } from '../../../src/upkeep/upkeep.ts'
import { runner } from '../../../src/steps/aws-keys-absent.ts'
import { type ImagesLab, imagesLab, simulatedCluster } from '../../fakes/images-lab.ts'
import { namespace } from '../pods/lab.ts'
import { type FakeNode, minikube, nodeExec } from '../roles/node-exec.ts'

const agent: AgentUpkeep = {
  namespaces: ['shop'],
  serviceAccounts: [],
  roles: {},
  minikube,
  nodes: ['devk8s'],
  accountRoles: {},
  associations: [],
  restrictions: { mode: 'refuse', format: 'glob' },
  imdsV1: true,
}
const secret = (name: string, where: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name,
    namespace: where,
    labels: { 'devk8s.dev/upkeep': 'true', 'devk8s.dev/managed': 'true' },
  },
})
const mapping = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'devk8s-aws', namespace: 'devk8s-system', labels: { 'devk8s.dev/upkeep': 'true' } },
}
const forbidden = 'Error from server (Forbidden): secrets is forbidden: no\n'
const inNode = ['Node devk8s: rules for the metadata addresses', 'Node devk8s: 169.254.170.23 on lo']

interface Setup {
  readonly node?: Partial<FakeNode> | string
  /** Not ours, in the agent's namespace or out of it. */
  readonly others?: readonly object[]
}

/** A cluster with the agent in it, and its rules in the node. */
async function agentLab({ node = {}, others = [] }: Setup = {}) {
  const lab = imagesLab(simulatedCluster('v1.36.0'), {
    agent,
    images: { mode: 'secret', why: 'x', registries: [] },
  })
  await lab.apply(namespace('shop'), namespace('kube-system'))
  await lab.apply(...agentObjects('program()', (each) => stampObjects(each, realHashing())))
  await lab.apply(secret('devk8s-aws-sessions', 'devk8s-system'), secret('awsecr-cred', 'shop'), mapping)
  if (others.length > 0) await lab.apply(...others)
  const rules = [...routedAddresses.map(ruleFor), '-j KUBE-SERVICES']
  const found = typeof node === 'string' ? node : { rules, alias: true, ...node }
  const nodes = nodeExec({ devk8s: found })
  const { exec } = lab.context.ports
  const run: Exec['run'] = async (command, how) =>
    command.tool === 'minikube' ? nodes.exec.run(command, how) : exec.run(command, how)
  const ports = { ...lab.context.ports, exec: { ...exec, run }, files: realFiles() }
  const context: StepContext = { ...lab.context, ports }
  const places = awsPlaces({ state: await mkdtemp(join(tmpdir(), 'devk8s-agent-end-')) }, 'linux')
  const file = fileIn(places.upkeeps, 'dev')
  await writeUpkeep(realFiles(), file, lab.upkeep)
  const ending = { cluster: 'dev', target: lab.upkeep.kubectl, places }
  return { lab, context, file, ending, node: found as FakeNode, calls: nodes.calls }
}

/** All in the cluster that has a label of ours or a name of the agent, `Kind namespace/name`. */
async function leftIn(lab: ImagesLab): Promise<readonly string[]> {
  const kinds = [
    'Namespace',
    'Secret',
    'ConfigMap',
    'ServiceAccount',
    'DaemonSet.apps',
    'Role',
    'RoleBinding',
    'ClusterRole',
    'ClusterRoleBinding',
  ]
  const { stdout } = await lab.kubectl(...getArgs(kinds))
  const { items } = JSON.parse(stdout) as { readonly items: readonly KubeObject[] }
  // The simulated cluster has no time in which a namespace on its way out would be gone, with what Kubernetes puts in each.
  const stays = ({ metadata }: KubeObject) =>
    !('deletionTimestamp' in metadata) && !['kube-root-ca.crt', 'default'].includes(metadata.name)
  return items
    .filter(
      ({ metadata: { name, namespace } }) => /devk8s|awsecr/.test(name) || namespace === 'devk8s-system',
    )
    .filter(stays)
    .map(({ kind, metadata: { name, namespace } }) =>
      namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`,
    )
}

const isDone = async (attempt: Promise<unknown>) =>
  attempt.then(
    () => [],
    (error: unknown) => (isDevK8sError(error) ? error.problems.map(({ code }) => code) : [String(error)]),
  )

const changesOf = async (upkeep: Upkeep, context: StepContext, parts?: readonly ('agent' | 'images')[]) => {
  const ended = { target: upkeep.kubectl, upkeep, ...(parts === undefined ? {} : { parts }) }
  const found = await leavingsNow(ended, context)
  if ('problem' in found || 'problem' in found.agent) throw new Error('no look')
  return {
    secrets: found.secrets.map(({ name }) => name),
    objects: found.agent.objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`),
    routes: found.agent.routes.map(({ field }) => field),
  }
}

describe('the agent ends while the cluster goes on', () => {
  test('all of it goes, in the cluster and in the nodes; other parts stay, and the record forgets it', async () => {
    const { lab, context, ending, file, node } = await agentLab()
    const removed = await endParts(ending, ['agent'], context)
    expect(removed.secrets).toEqual([{ namespace: 'devk8s-system', name: 'devk8s-aws-sessions' }])
    expect(await leftIn(lab)).toEqual(['Secret shop/awsecr-cred'])
    expect(node).toMatchObject({ rules: ['-j KUBE-SERVICES'], alias: false })
    const record = await upkeepAt(realFiles(), file)
    expect(record).toMatchObject({ images: { mode: 'secret' } })
    expect(record?.agent).toBeUndefined()
  })

  test('what would go is shown first, the namespace last; nothing of it when another part ends', async () => {
    const { lab, context } = await agentLab()
    const shown = await changesOf(lab.upkeep, context, ['agent'])
    expect(shown.secrets).toEqual(['devk8s-aws-sessions'])
    expect(shown.objects).toHaveLength(11)
    expect(shown.objects[0]).toBe('DaemonSet devk8s-system')
    expect(shown.objects.at(-1)).toBe('Namespace ')
    expect(shown.routes).toEqual(inNode)
    expect(await changesOf(lab.upkeep, context, ['images'])).toEqual({
      secrets: ['awsecr-cred'],
      objects: [],
      routes: [],
    })
  })

  test.each([
    ['v1', 'ConfigMap'],
    ['v1', 'Secret'],
    ['v1', 'ServiceAccount'],
    ['rbac.authorization.k8s.io/v1', 'Role'],
  ])('of %s a %s of somebody else keeps the namespace', async (apiVersion, kind) => {
    const theirs = { apiVersion, kind, metadata: { name: 'theirs', namespace: 'devk8s-system' } }
    const { lab, context, ending } = await agentLab({ others: [theirs] })
    await endParts(ending, ['agent'], context)
    expect((await leftIn(lab)).toSorted()).toEqual(
      [`${kind} devk8s-system/theirs`, 'Namespace devk8s-system', 'Secret shop/awsecr-cred'].toSorted(),
    )
  })

  test('an object of the same name that is not ours stays', async () => {
    const theirs = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'devk8s-aws-theirs', labels: { 'app.kubernetes.io/name': 'devk8s-aws' } },
      rules: [],
    }
    const { lab, context, ending } = await agentLab({ others: [theirs] })
    await endParts(ending, ['agent'], context)
    expect(await leftIn(lab)).toContain('ClusterRole devk8s-aws-theirs')
  })

  test('a node that is stopped hinders nothing', async () => {
    const { lab, context, ending, file } = await agentLab({ node: 'state=Stopped' })
    await endParts(ending, ['agent'], context)
    expect(await leftIn(lab)).toEqual(['Secret shop/awsecr-cred'])
    expect((await upkeepAt(realFiles(), file))?.agent).toBeUndefined()
  })

  test('a mapping of that name that is not ours stays, and with it the namespace', async () => {
    const theirs = { ...mapping, metadata: { ...mapping.metadata, labels: {} } }
    const { lab, context, ending } = await agentLab()
    await lab.kubectl('delete', 'configmap', 'devk8s-aws', '-n', 'devk8s-system')
    await lab.apply(theirs)
    await endParts(ending, ['agent'], context)
    expect(await leftIn(lab)).toEqual(
      expect.arrayContaining(['ConfigMap devk8s-system/devk8s-aws', 'Namespace devk8s-system']),
    )
  })

  test('a node that runs and does not answer is told of, and is found again: DK5113', async () => {
    const { lab, context, ending, file } = await agentLab({ node: 'no route to host' })
    const unknown = ['Node devk8s: rules for the metadata addresses']
    expect((await changesOf(lab.upkeep, context, ['agent'])).routes).toEqual(unknown)
    expect(await isDone(endParts(ending, ['agent'], context))).toEqual(['DK5113'])
    expect((await changesOf(lab.upkeep, context, ['agent'])).routes).toEqual(unknown)
    expect((await upkeepAt(realFiles(), file))?.agent).toBeDefined()
  })

  test('a node that keeps its rules is told of, after all else is gone, and tried again: DK5113', async () => {
    const { lab, context, ending, file } = await agentLab({ node: { refuses: 'xtables lock' } })
    expect(await isDone(endParts(ending, ['agent'], context))).toEqual(['DK5113'])
    expect(await leftIn(lab)).toEqual(['Secret shop/awsecr-cred'])
    expect((await upkeepAt(realFiles(), file))?.agent).toBeDefined()
  })
})

describe('the cluster stops', () => {
  const step = (lab: ImagesLab, file: string) => ({
    id: 'aws-keys' as const,
    kind: 'aws-keys.absent' as const,
    title: 'No AWS keys in the cluster',
    want: { kubectl: lab.upkeep.kubectl, minikube: { ...minikube, profile: 'dev' }, upkeep: file },
    needs: [],
  })

  test('nothing of ours is left', async () => {
    const { lab, context, ending, node } = await agentLab()
    await endUpkeep(ending, context)
    expect(await leftIn(lab)).toEqual([])
    expect(node).toMatchObject({ rules: ['-j KUBE-SERVICES'], alias: false })
  })

  test('what is not done is in the record, of which nothing is renewed, and the second attempt does it', async () => {
    const { lab, context, ending, file, node } = await agentLab({ node: { refuses: 'xtables lock' } })
    expect(await isDone(endUpkeep(ending, context))).toEqual(['DK5113'])
    expect(await leftIn(lab)).toEqual([])
    expect(await upkeepAt(realFiles(), file)).toMatchObject({ isEnding: true, agent })
    const how = { places: ending.places, recordedIn: file }
    const marked = await upkeepAt(realFiles(), file)
    expect(marked === undefined ? 'no record' : await keepFresh(marked, context, how)).toEqual([])
    // Whoever read the record before it was marked looks, and finds nothing to do once it is their turn.
    await keepFresh(lab.upkeep, context, how)
    expect(await leftIn(lab)).toEqual([])
    Object.assign(node, { refuses: undefined })
    await endUpkeep(ending, context)
    expect(node).toMatchObject({ rules: ['-j KUBE-SERVICES'], alias: false })
    expect(await realFiles().stat(file)).toBeUndefined()
  })

  test('objects that cannot be deleted keep no rule in a node, and the record', async () => {
    const { context, ending, file, node } = await agentLab()
    const { exec } = context.ports
    const run: Exec['run'] = async (command, how) =>
      command.args.includes('delete')
        ? { outcome: 'exited', exitCode: 1, signal: null, stdout: '', stderr: forbidden, durationMs: 1 }
        : exec.run(command, how)
    const refused = { ...context, ports: { ...context.ports, exec: { ...exec, run } } }
    expect(await isDone(endUpkeep(ending, refused))).toHaveLength(2)
    expect(node).toMatchObject({ rules: ['-j KUBE-SERVICES'], alias: false })
    expect(await upkeepAt(realFiles(), file)).toMatchObject({ isEnding: true })
  })

  test('an unreadable record: what is in the cluster goes all the same', async () => {
    const { lab, context, ending, file } = await agentLab()
    await realFiles().write(file, '{"version":99}', { mode: 0o600 })
    await endUpkeep(ending, context)
    expect(await leftIn(lab)).toEqual([])
  })

  test('in a cluster that somebody else made nothing is touched but the record', async () => {
    const { lab, context, file, node } = await agentLab()
    const found = await runner.check(step(lab, file), context)
    expect(found).toMatchObject({ state: 'drifted', changes: [{ field: file }] })
    await runner.apply(step(lab, file), found, context)
    expect(await leftIn(lab)).toContain('DaemonSet devk8s-system/devk8s-aws')
    expect(node.alias).toBe(true)
  })
})
