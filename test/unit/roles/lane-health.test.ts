import { describe, expect, test } from 'vitest'
import {
  type AgentHealth,
  agentText,
  type Grounds,
  healthValue,
  laneHealth,
  lookAtLanes,
  routesProblem,
} from '../../../src/roles/lane-health.ts'
import type { AgentUpkeep } from '../../../src/upkeep/upkeep.ts'
import { imagesLab, simulatedCluster } from '../../fakes/images-lab.ts'
import { minikube } from './node-exec.ts'

const ready: AgentHealth = { nodes: { ready: 1, wanted: 1 }, reasons: [] }
const unready: AgentHealth = { nodes: { ready: 0, wanted: 1 }, reasons: ['ImagePullBackOff'] }
const first = [{ node: 'devk8s', routes: 'first', lacksAddress: false, before: [] }] as const
const good: Grounds = { agent: ready, policy: 'there', routes: first }
const routes = (state: Grounds['routes'][number]['routes'], before: readonly string[] = []) => ({
  routes: [...first, { node: 'devk8s-m02', routes: state, lacksAddress: false, before }],
})
const noAddress = { routes: [{ ...first[0], lacksAddress: true }] }

describe('what lanes rest on', () => {
  test.each([
    ['all is there', {}, 'A works, B works, R works, S works', []],
    ['no policy', { policy: 'missing' }, 'A broken, B works, R broken, S broken', ['devk8s aws refresh']],
    [
      'a policy without effect',
      { policy: 'without effect' },
      'A broken, B works, R broken, S broken',
      ['devk8s aws refresh'],
    ],
    ['policies are off', { policy: 'off' }, 'A broken, B works, R broken, S broken', ['devk8s up']],
    ['an older Kubernetes', { policy: 'none' }, 'A none, B works, R none, S none', []],
    [
      'rules lack on a node',
      routes('missing'),
      'A works, B broken, R broken, S works',
      ['devk8s doctor --fix'],
    ],
    [
      'rules behind others',
      routes('behind'),
      'A works, B broken, R broken, S works',
      ['devk8s doctor --fix'],
    ],
    [
      'the address lacks on a node',
      noAddress,
      'A broken, B broken, R broken, S broken',
      ['devk8s doctor --fix'],
    ],
    [
      'a node that does not answer',
      routes('unreachable'),
      'A works, B unknown, R unknown, S works',
      ['devk8s up'],
    ],
    [
      'the agent is not ready',
      { agent: unready },
      'A broken, B broken, R broken, S broken',
      ['devk8s doctor'],
    ],
    ['no agent', { agent: { reasons: ['gone'] } }, 'A broken, B broken, R broken, S broken', ['devk8s up']],
  ] as const)('%s', (_name, change, states, next) => {
    const health = laneHealth({ ...good, ...(change as Partial<Grounds>) })
    expect(health.map(({ lane, state }) => `${lane} ${state}`).join(', ')).toBe(states)
    expect([...new Set(health.flatMap((each) => each.next ?? []))]).toEqual(next)
    expect(health.every(({ words }) => words.length > 20)).toBe(true)
  })

  test('a node that devk8s does not know of is told of, and is nothing to pods on the others', () => {
    const grounds: Grounds = { ...good, agent: { nodes: { ready: 2, wanted: 2 }, reasons: [] } }
    const [a, b, r] = laneHealth(grounds)
    expect([a?.state, b?.state, r?.state]).toEqual(['works', 'unknown', 'unknown'])
    expect(b?.words).toContain('the cluster has 2 nodes and the profile 1 (cluster.nodes)')
    expect(laneHealth({ ...grounds, node: 'devk8s' }).every(({ state }) => state === 'works')).toBe(true)
    expect(laneHealth({ ...grounds, node: 'devk8s-m02' })[1]).toMatchObject({
      state: 'unknown',
      words: expect.stringContaining('node devk8s-m02 is not of the profile'),
    })
    expect(laneHealth({ ...grounds, ...routes('missing') })[1]?.state).toBe('broken')
    expect(laneHealth({ ...grounds, ...routes('missing'), node: 'devk8s' })[1]?.state).toBe('works')
  })

  test('what is broken inside the nodes is one problem, with who takes the requests', () => {
    expect(routesProblem(first)).toBeUndefined()
    expect(routesProblem(routes('unreachable').routes)).toBeUndefined()
    expect(routesProblem(routes('behind', ['CNI-HOSTPORT-DNAT']).routes)).toMatchObject({
      code: 'DK5119',
      detail: expect.stringMatching(/^Lane B .* on node devk8s-m02 the ingress controller takes/),
      next: ['devk8s doctor --fix'],
    })
    expect(routesProblem(routes('behind', ['X']).routes)?.detail).toContain('another rule (X)')
    expect(routesProblem(noAddress.routes)?.detail).toBe(
      "No pod reaches the agent: node devk8s lacks the agent's address, 169.254.170.23 on lo.",
    )
  })

  test('the reason of the agent is in the words of each lane', () => {
    const words = laneHealth({ ...good, agent: unready }).map((each) => each.words)
    expect(new Set(words)).toEqual(new Set(['the agent is ready on 0 of 1 nodes: ImagePullBackOff']))
    expect(agentText(unready)).toBe('ready on 0 of 1 node; ImagePullBackOff')
  })
})

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

/** As the API gives them while the image cannot be pulled. */
const daemonSet = (numberReady: number) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'devk8s-aws', namespace: 'devk8s-system', generation: 1 },
  spec: { selector: { matchLabels: { 'app.kubernetes.io/name': 'devk8s-aws' } } },
  status: {
    observedGeneration: 1,
    desiredNumberScheduled: 1,
    updatedNumberScheduled: 1,
    numberReady,
    numberAvailable: numberReady,
  },
})
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'devk8s-aws-x',
    namespace: 'devk8s-system',
    labels: { 'app.kubernetes.io/name': 'devk8s-aws' },
    ownerReferences: [{ kind: 'DaemonSet', name: 'devk8s-aws' }],
  },
  status: {
    phase: 'Pending',
    containerStatuses: [
      {
        name: 'agent',
        image: 'node:24-alpine',
        state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } },
      },
    ],
  },
}

/** A cluster that gives these objects to whoever asks for their kind. */
async function look(objects: readonly { kind: string }[], kubernetes = 'v1.36.0') {
  const lab = imagesLab(simulatedCluster(kubernetes), { agent })
  const asked: string[] = []
  const run: typeof lab.context.ports.exec.run = async ({ args }) => {
    const kinds = args[args.indexOf('get') + 1] ?? ''
    asked.push(kinds)
    const items = objects.filter(({ kind }) => kinds.split(',').some((each) => each.split('.')[0] === kind))
    const stdout = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    return { outcome: 'exited', exitCode: 0, signal: null, stdout, stderr: '', durationMs: 1 }
  }
  const context = {
    ...lab.context,
    ports: { ...lab.context.ports, exec: { ...lab.context.ports.exec, run } },
  }
  const found = await lookAtLanes(lab.upkeep, { routes: first }, context)
  if ('problem' in found) throw new Error(found.problem.detail)
  return { found, asked }
}

const policies = ['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'].map((kind) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name: 'devk8s-aws-identity' },
}))

describe('read from the cluster', () => {
  test('all is well: one call, which the keepers make as well', async () => {
    const { found, asked } = await look([daemonSet(1), ...policies])
    expect(asked).toHaveLength(1)
    expect(healthValue(found)).toMatchObject({
      agent: { ready: 1, nodes: 1, reasons: [] },
      lanes: [{ state: 'works' }, { state: 'works' }, { state: 'works' }, { state: 'works' }],
    })
  })

  test('an image that cannot be pulled is said, by a second call', async () => {
    const { found, asked } = await look([daemonSet(0), pod, ...policies])
    expect(asked).toHaveLength(2)
    expect(agentText(found.agent)).toContain('ImagePullBackOff')
  })

  test('nothing is there', async () => {
    const { found } = await look([])
    expect(agentText(found.agent)).toBe('DaemonSet devk8s-system/devk8s-aws is not there')
    expect(found.lanes[0]?.words).toBe('the policy devk8s-aws-identity is not there')
  })

  test('a version without policies', async () => {
    const { found } = await look([daemonSet(1)], 'v1.30.0')
    expect(found.lanes.map(({ state }) => state)).toEqual(['none', 'works', 'none', 'none'])
  })
})
