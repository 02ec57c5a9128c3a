import { expect, test } from 'vitest'
import { realHashing } from '../../src/adapters/hash.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { stampObjects } from '../../src/kube/objects.ts'
import type { Step } from '../../src/plan/step.ts'
import { agentObjects } from '../../src/roles/agent-objects.ts'
import { runner } from '../../src/steps/aws-agent-running.ts'
import { ended, kubectl, lab, verbOf } from './objects-lab.ts'

const stamp = (objects: readonly KubeObject[]) => stampObjects(objects, realHashing())
const objects = agentObjects('program()', stamp)
const step: Step<'aws-agent.running'> = {
  id: 'aws-agent',
  kind: 'aws-agent.running',
  title: 'AWS agent in the cluster',
  needs: [],
  want: { kubectl, objects },
}
const statusOf = (ready: number) => ({
  desiredNumberScheduled: 1,
  updatedNumberScheduled: 1,
  numberReady: ready,
  numberAvailable: ready,
})
const backOff = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'devk8s-aws-x',
    namespace: 'devk8s-system',
    labels: { 'app.kubernetes.io/name': 'devk8s-aws' },
  },
  status: {
    phase: 'Pending',
    containerStatuses: [
      {
        name: 'agent',
        state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } },
      },
    ],
  },
}

/** A cluster with the agent's objects, its DaemonSet in this state. */
const clusterWith = (ready: number, live: readonly KubeObject[] = objects) =>
  lab({
    kubectl: (command) => {
      const items = live.map((each) =>
        each.kind === 'DaemonSet' ? { ...each, status: statusOf(ready) } : each,
      )
      const isOfPods = verbOf(command).some((arg) => arg.includes('Pod'))
      const list = { apiVersion: 'v1', kind: 'List', items: isOfPods ? [...items, backOff] : items }
      return ended(0, JSON.stringify(list))
    },
  })

test('on every node and ready: one call of kubectl', async () => {
  const { context, commands } = await clusterWith(1)
  expect((await runner.check(step, context)).state).toBe('ready')
  expect(commands).toHaveLength(1)
})

test('not ready: differs, and says why', async () => {
  const { context } = await clusterWith(0)
  const found = await runner.check(step, context)
  expect(found.state).toBe('drifted')
  expect('changes' in found && found.changes).toEqual([
    {
      field: 'DaemonSet devk8s-system/devk8s-aws',
      to: 'ready (now: devk8s-aws-x, container agent: image ? cannot be pulled (ImagePullBackOff))',
      effect: 'in-place',
    },
  ])
})

test('not there: all of it is to be made, and no pod is asked about', async () => {
  const { context, commands } = await clusterWith(0, [])
  const found = await runner.check(step, context)
  expect(found.state).toBe('absent')
  expect('changes' in found && found.changes).toHaveLength(objects.length)
  // Whether others have one of these names: a call for each namespace.
  expect(commands).toHaveLength(3)
})

test('another program is another DaemonSet, so that its pods are made anew', async () => {
  const { context } = await clusterWith(1, agentObjects('other()', stamp))
  const found = await runner.check(step, context)
  expect('changes' in found && found.changes.map(({ field }) => field)).toEqual([
    'ConfigMap devk8s-system/devk8s-aws-program',
    'DaemonSet devk8s-system/devk8s-aws',
  ])
})

test.each<readonly [string, (object: KubeObject) => boolean, string]>([
  ['namespace', ({ kind }) => kind === 'Namespace', 'Namespace devk8s-system'],
  ['role', ({ kind }) => kind === 'ClusterRole', 'ClusterRole devk8s-aws'],
])('a %s of its name that somebody else made: nothing is applied', async (_, isTheirs, title) => {
  const theirs = objects.filter(isTheirs).map((each) => ({ ...each, metadata: { name: each.metadata.name } }))
  const { context } = await lab({
    kubectl: (command) => {
      const words = verbOf(command)
      const isByName =
        words.includes('--ignore-not-found') && words.some((word) => /^(Namesp|ClusterR)/.test(word))
      return ended(0, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: isByName ? theirs : [] }))
    },
  })
  const found = await runner.check(step, context)
  expect(found).toMatchObject({ state: 'blocked', problem: { code: 'DK5103' } })
  expect('problem' in found && found.problem?.detail).toContain(title)
})
