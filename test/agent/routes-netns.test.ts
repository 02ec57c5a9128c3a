import { describe, expect, onTestFinished, test } from 'vitest'
import type { Exec } from '../../src/ports/exec.ts'
import { addressScript } from '../../src/roles/agent-pod.ts'
import { ruleComment } from '../../src/roles/node-facts.ts'
import { assertRoutes, lookAtRoutes, removeRoutes } from '../../src/roles/routes.ts'
import { type Flavour, type NodeLab, nodeLab, podAddress, whyNoNode } from './node-lab.ts'

const missing = await whyNoNode()
const leftOut = missing === undefined ? '' : ` (left out: ${missing})`
const agent = {
  minikube: { program: 'minikube', home: '/m', kubeconfig: '/k', profile: 'devk8s' },
  nodes: ['devk8s'],
}
const metadata = ['169.254.169.254', '169.254.170.2', '169.254.170.23']
const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: async () => {} }

/** A node on which the ingress add-on has its hostPort rule, as minikube makes it before devk8s comes. */
async function withIngress(flavour: Flavour) {
  const lab = await nodeLab(flavour)
  onTestFinished(lab.end)
  await lab.hijack()
  let other: (() => Promise<unknown>) | undefined
  const run: Exec['run'] = async (command, options) => {
    const [before, isChange] = [other, command.changes]
    if (isChange) other = undefined
    if (isChange) await before?.()
    return lab.exec.run(command, options)
  }
  const context = { ports: { exec: { ...lab.exec, run }, clock }, signal: new AbortController().signal }
  const nat = async (...args: readonly string[]) => lab.node('iptables', '-t', 'nat', ...args)
  return {
    lab,
    nat,
    /** What another one does just before the next change. */
    meanwhile: (does: () => Promise<unknown>) => {
      other = does
    },
    look: async () => lookAtRoutes(agent, context),
    assert: async () => assertRoutes(agent, context),
    remove: async () => removeRoutes(agent, context),
    rules: async () => (await nat('-S', 'PREROUTING')).split('\n'),
  }
}

const askAll = async (lab: NodeLab) => Promise.all(metadata.map((each) => lab.ask(`http://${each}/latest`)))
const laneA = async (lab: NodeLab) => lab.ask('http://169.254.170.23:8170/v1/credentials')
const isOurs = (rule: string) => rule.includes(ruleComment)
const hostPorts = ['-m', 'addrtype', '--dst-type', 'LOCAL', '-j', 'CNI-HOSTPORT-DNAT']

/** As kube-proxy and Calico make them, each at the head; and rules that no such request matches. */
const passing = [
  '-N KUBE-SERVICES',
  '-A KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.231.0.3:80',
  '-N KUBE-NODEPORTS',
  '-A KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j DNAT --to-destination 10.231.0.3:80',
  '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
  '-I PREROUTING -m comment --comment kubernetes_service_portals -j KUBE-SERVICES',
  '-N cali-fip-dnat',
  '-A cali-fip-dnat -d 10.99.0.1/32 -j DNAT --to-destination 10.231.0.3',
  '-N cali-PREROUTING',
  '-A cali-PREROUTING -j cali-fip-dnat',
  '-I PREROUTING -m comment --comment cali:6gwbT8clXdHdC1b1 -j cali-PREROUTING',
  '-I PREROUTING -p tcp -m tcp --dport 443 -j REDIRECT --to-ports 8443',
  '-I PREROUTING -p udp -j REDIRECT --to-ports 5353',
  '-I PREROUTING ! -d 169.254.0.0/16 -p tcp -j REDIRECT --to-ports 15001',
].map((line) => line.split(' '))

describe.skipIf(missing !== undefined).each(['nft', 'legacy'] as const)(
  `lane B inside a node, with iptables-%s${leftOut}`,
  { timeout: 60_000 },
  (flavour) => {
    test('the ingress add-on takes port 80 of the agent’s address, and not port 8170', async () => {
      const { lab } = await withIngress(flavour)
      expect(await lab.ask('http://169.254.170.23/v1/credentials')).toMatchObject({ by: 'nginx' })
      expect(await laneA(lab)).toMatchObject({ by: 'agent', from: podAddress })
    })

    test('asserted, all three addresses lead to the agent, with the pod’s address and the Host it asked', async () => {
      const { lab, look, assert } = await withIngress(flavour)
      expect((await look()).changes).toMatchObject([{ effect: 'create' }])
      await assert()
      expect(await askAll(lab)).toEqual(metadata.map((host) => ({ by: 'agent', from: podAddress, host })))
      expect(await laneA(lab)).toMatchObject({ by: 'agent', from: podAddress })
      expect(await look()).toMatchObject({
        changes: [],
        notes: [],
        detail: { nodes: [{ routes: 'first', alias: true }] },
      })
    })

    test('asserted again, nothing changes; the ingress controller keeps port 80 of the node', async () => {
      const { lab, assert, rules } = await withIngress(flavour)
      await assert()
      const before = await rules()
      await assert()
      expect(await rules()).toEqual(before)
      expect(await lab.ask('http://10.231.0.1/')).toMatchObject({ by: 'nginx' })
    })

    test('what puts itself before them is seen and comes behind them, and no copy is left', async () => {
      const { lab, nat, look, assert, rules } = await withIngress(flavour)
      await assert()
      await nat('-I', 'PREROUTING', ...hostPorts)
      const copy = (await rules()).find(isOurs) ?? ''
      await lab.node('sh', '-c', `iptables -t nat ${copy}`)
      expect(await lab.ask('http://169.254.170.23/')).toMatchObject({ by: 'nginx' })
      const { detail } = await look()
      expect(detail.nodes).toMatchObject([
        { routes: 'behind', before: ['CNI-HOSTPORT-DNAT', 'CNI-HOSTPORT-DNAT'] },
      ])
      await assert()
      expect((await askAll(lab)).map(({ by }) => by)).toEqual(['agent', 'agent', 'agent'])
      const all = await rules()
      expect(all.filter(isOurs)).toHaveLength(3)
      expect(all.slice(1, 4).every(isOurs)).toBe(true)
    })

    test('Calico and kube-proxy may stand before them, and so may what is for others', async () => {
      const { lab, nat, look, assert, rules } = await withIngress(flavour)
      await assert()
      for (const rule of passing) await nat(...rule)
      const before = await rules()
      expect((await askAll(lab)).map(({ by }) => by)).toEqual(['agent', 'agent', 'agent'])
      expect(await look()).toMatchObject({
        changes: [],
        detail: { nodes: [{ routes: 'first', before: [] }] },
      })
      await assert()
      expect(await rules()).toEqual(before)
    })

    test.each([
      ['all of tcp', '-p tcp -j DNAT --to-destination 10.231.0.3:80', 'nginx'],
      ['some ports', '-p tcp -m multiport --dports 22,80:90 -j DNAT --to-destination 10.231.0.3:80', 'nginx'],
      ['the range', '-d 169.254.0.0/16 -p tcp -j DNAT --to-destination 10.231.0.3:80', 'nginx'],
      ['all ports but one', '-p tcp -m tcp ! --dport 443 -j DNAT --to-destination 10.231.0.3:80', 'nginx'],
      ['without a change', '-d 169.254.170.0/24 -j ACCEPT', 'nobody'],
    ])('a rule for %s does take the requests, and comes behind', async (_name, rule, by) => {
      const { lab, nat, look, assert } = await withIngress(flavour)
      await assert()
      await nat('-I', 'PREROUTING', ...rule.split(' '))
      expect(await lab.ask('http://169.254.170.2/')).toMatchObject({ by })
      expect((await look()).detail.nodes).toMatchObject([{ routes: 'behind' }])
      await assert()
      expect((await askAll(lab)).map((each) => each.by)).toEqual(['agent', 'agent', 'agent'])
      expect((await look()).detail.nodes).toMatchObject([{ routes: 'first' }])
    })

    test('whoever changes the rules between the look and the change is no hindrance', async () => {
      const { lab, nat, rules, assert, remove, meanwhile } = await withIngress(flavour)
      const before = await rules()
      await assert()
      await nat('-I', 'PREROUTING', ...hostPorts)
      meanwhile(async () => nat('-D', 'PREROUTING', '3'))
      await assert()
      expect((await askAll(lab)).map(({ by }) => by)).toEqual(['agent', 'agent', 'agent'])
      expect((await rules()).filter(isOurs)).toHaveLength(3)
      await nat('-D', 'PREROUTING', ...hostPorts)
      meanwhile(async () => nat('-D', 'PREROUTING', '1'))
      expect(await remove()).toEqual([])
      expect(await rules()).toEqual(before)
    })

    test('an address that is gone comes back with them', async () => {
      const { lab, look, assert } = await withIngress(flavour)
      await assert()
      await lab.node('ip', 'addr', 'del', '169.254.170.23/32', 'dev', 'lo')
      expect((await look()).changes).toEqual([
        { field: 'Node devk8s: 169.254.170.23 on lo', effect: 'create' },
      ])
      await assert()
      expect(await laneA(lab)).toMatchObject({ by: 'agent' })
    })

    test('removed, nothing of it is left, and all else is as it was', async () => {
      const { lab, assert, remove, rules } = await withIngress(flavour)
      const before = await rules()
      await assert()
      expect(await remove()).toEqual([])
      expect(await rules()).toEqual(before)
      expect(await lab.node('ip', 'addr', 'show', 'dev', 'lo')).not.toContain('169.254')
      expect(await remove()).toEqual([])
    })

    test('the agent’s init container puts the address there, once, and says so by its exit code', async () => {
      const { lab } = await withIngress(flavour)
      const run = async (...before: readonly string[]) => lab.node(...before, 'sh', '-c', addressScript)
      await lab.node('ip', 'addr', 'del', '169.254.170.23/32', 'dev', 'lo')
      const without = run('setpriv', '--bounding-set=-all')
      await expect(without).rejects.toMatchObject({ exitCode: 1 })
      await run()
      await run()
      const shown = await lab.node('ip', '-4', 'addr', 'show', 'dev', 'lo')
      expect(shown.match(/169\.254\.170\.23\/32/g)).toHaveLength(1)
    })
  },
)

test.runIf(missing !== undefined)(`lane B is not tried in a real node here: ${missing ?? ''}`, () => {
  expect(missing).not.toBe('')
})
