import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import { changeScript, parseNodeFacts, routedAddresses, ruleFor } from '../../../src/roles/node-facts.ts'
import {
  assertRoutes,
  inTheWay,
  lookAtRoutes,
  removeRoutes,
  routesFound,
  routesIn,
  rulesChange,
} from '../../../src/roles/routes.ts'
import { after, type FakeNode, minikube, nodeExec } from './node-exec.ts'

const wanted = routedAddresses.map(ruleFor)
const hostPorts = '-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT'
const services = '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES'
const nameServer = '-d 192.168.49.1/32 -j DOCKER_OUTPUT'
const older =
  '-d 169.254.169.254/32 -p tcp -m tcp --dport 80 -m comment --comment "devk8s-aws" -j DNAT --to-destination 169.254.170.23:8171'
const agentOn = (...nodes: readonly string[]) => ({ minikube, nodes })
const node = (rules: readonly string[], more: Partial<FakeNode> = {}): FakeNode => ({
  rules,
  alias: true,
  ...more,
})

async function lookAt(found: FakeNode | string) {
  return lookAtRoutes(agentOn('devk8s'), nodeExec({ devk8s: found }).context)
}

async function codesOf(attempt: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await attempt.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  return isDevK8sError(error) ? error.problems.map(({ code, detail }) => `${code} ${detail}`) : []
}

describe('how the rules of a node stand', () => {
  test.each([
    ['as they are to be', [...wanted, hostPorts, services], 'first', []],
    ['behind Docker’s name server, which is elsewhere', [nameServer, ...wanted], 'first', []],
    ['none', [services, hostPorts], 'missing', ['create']],
    ['one lacks', [...wanted.slice(1), hostPorts], 'missing', ['in-place']],
    ['behind the ingress add-on', [hostPorts, ...wanted], 'behind', ['in-place']],
    ['one of them behind', [...wanted.slice(1), hostPorts, ...wanted.slice(0, 1)], 'behind', ['in-place']],
    ['there twice', [...wanted, ...wanted], 'first', ['in-place']],
    ['one of another version beside them', [...wanted, older], 'first', ['in-place']],
    ['one for all but an address', [`! -d 10.0.0.1/32 -j X`, ...wanted], 'behind', ['in-place']],
  ] as const)('%s', async (_name, rules, routes, effects) => {
    const { changes, detail } = await lookAt(node(rules))
    expect(detail.nodes).toMatchObject([{ node: 'devk8s', routes }])
    expect(routesFound(detail)).toMatchObject([{ node: 'devk8s', routes }])
    expect(changes.map(({ effect }) => effect)).toEqual(effects)
  })

  test('an address that lacks is a change of its own', async () => {
    const { changes } = await lookAt(node(wanted, { alias: false }))
    expect(changes).toEqual([{ field: 'Node devk8s: 169.254.170.23 on lo', effect: 'create' }])
  })

  test.each(['', 'sudo: a password is required', '1764072000\n-A PREROUTING -j X'])(
    'what is no answer of a node is none: %j',
    (text) => {
      expect(parseNodeFacts(text)).toBeUndefined()
    },
  )
})

describe('which rules count as taking the requests', () => {
  test.each([
    [services, false],
    ['-m comment --comment "cali:6gwbT8clXdHdC1b1" -j cali-PREROUTING', false],
    [hostPorts, true],
    ['-j X', true],
    ['-g X', true],
    ['-p udp -j X', false],
    ['-p tcp -j X', true],
    ['! -p tcp -j X', false],
    ['! -p udp -j X', true],
    ['-p tcp -m tcp --dport 443 -j REDIRECT --to-ports 80', false],
    ['-p tcp -m tcp --dport 80 -j REDIRECT --to-ports 443', true],
    ['-p tcp -m tcp --dport 1:1024 -j X', true],
    ['-p tcp -m tcp ! --dport 1:1024 -j X', false],
    ['-p tcp -m multiport --dports 443,8000:8100 -j X', false],
    ['-p tcp -m multiport --dports 443,80 -j X', true],
    ['-d 169.254.0.0/16 -j X', true],
    ['-d 169.254.170.0/28 -j X', true],
    ['-d 169.254.171.0/24 -j X', false],
    ['-d 0.0.0.0/1 -j X', false],
    ['-d 0.0.0.0/0 -j X', true],
    ['-d 169.254.0.23/255.255.0.255 -j X', true],
    ['! -d 169.254.0.0/16 -j X', false],
    ['! -d 169.254.169.254/32 -j X', true],
    [nameServer, false],
    ['-s 10.244.0.0/16 -i eth0 -m set --match-set some dst -j X', true],
    ['-p tcp -m comment --comment "all but -p udp, \\"-d 10.0.0.1/32\\" -j LOG" -j X', true],
    ['-m comment --comment counted', false],
    ['-j LOG --log-prefix "x"', false],
    ['-j MARK --set-xmark 0x1/0x1', false],
    ['-j ACCEPT', true],
    ['-j RETURN', true],
  ])('%s', (rule, takes) => {
    expect(inTheWay({ rules: [rule, ...wanted] })).toEqual(takes ? [rule] : [])
    expect(inTheWay({ rules: [...wanted, rule] })).toEqual([])
  })
})

describe('what is told', () => {
  test.each([
    ['a clock behind', node(wanted, { aheadMs: -7 * 60_000 }), 'is 7 min behind this computer'],
    ['a clock ahead', node(wanted, { aheadMs: 90_000 }), 'is 2 min ahead of this computer'],
    ['Cilium', node(wanted, { cni: ['05-cilium.conflist'] }), 'aws.lane: env'],
    ['no answer', 'Host is not running', '(Host is not running)'],
  ])('%s', async (_name, found, words) => {
    const { notes } = await lookAt(found)
    expect(notes).toEqual([{ level: 'warning', text: expect.stringContaining(words) }])
  })

  test('nothing of a node that is right, nor of rules that were never there', async () => {
    expect((await lookAt(node(wanted, { aheadMs: 30_000 }))).notes).toEqual([])
    expect((await lookAt(node([hostPorts]))).notes).toEqual([])
  })

  test('a network that is put aside does not count', async () => {
    const aside = node(wanted, { cni: ['1-k8s.conflist', '05-cilium.conflist.mk_disabled'] })
    expect((await lookAt(aside)).notes).toEqual([])
  })
})

describe('asserting', () => {
  test('each node in one call, in one transaction, and none where nothing lacks', async () => {
    const nodes = { devk8s: node([services, older, hostPorts]), 'devk8s-m02': node(wanted) }
    const { calls, context } = nodeExec(nodes)
    await assertRoutes(agentOn('devk8s', 'devk8s-m02'), context)
    expect(nodes.devk8s.rules).toEqual([...wanted, services, hostPorts])
    expect(calls.filter(({ changes }) => changes).map(({ args }) => args)).toEqual([
      [
        'ssh',
        '-p',
        'devk8s',
        '-n',
        'devk8s',
        '--',
        expect.stringMatching(/^printf .* \| sudo -n iptables-restore -w 5 -n$/),
      ],
    ])
  })

  test('a node that does not answer keeps none of the others from theirs', async () => {
    const nodes = { devk8s: node([], { alias: false }), 'devk8s-m02': 'not running' }
    await assertRoutes(agentOn('devk8s', 'devk8s-m02'), nodeExec(nodes).context)
    expect(nodes.devk8s).toMatchObject({ rules: wanted, alias: true })
  })

  test('a node that refuses is told of, with its words, after the others', async () => {
    const nodes = { devk8s: node([], { refuses: 'iptables: No chain' }), 'devk8s-m02': node([]) }
    const attempt = assertRoutes(agentOn('devk8s', 'devk8s-m02'), nodeExec(nodes).context)
    expect(await codesOf(attempt)).toEqual([
      expect.stringMatching(/^DK5111 Node devk8s .*iptables: No chain$/),
    ])
    expect(nodes['devk8s-m02'].rules).toEqual(wanted)
  })

  test('one that another one changed meanwhile is looked into again, and asked once more', async () => {
    const nodes = { devk8s: node([hostPorts, ...wanted], { meanwhile: [hostPorts, ...wanted.slice(1)] }) }
    const { calls, context } = nodeExec(nodes)
    await assertRoutes(agentOn('devk8s'), context)
    expect(nodes.devk8s.rules).toEqual([...wanted, hostPorts])
    expect(calls.map(({ changes }) => changes)).toEqual([false, true, false, true])
  })

  test('once more, and not again', async () => {
    const { calls, context } = nodeExec({ devk8s: node([], { refuses: 'xtables lock' }) })
    expect(await codesOf(assertRoutes(agentOn('devk8s'), context))).toHaveLength(1)
    expect(calls.filter(({ changes }) => changes)).toHaveLength(2)
  })

  test('no node at all that answers', async () => {
    const attempt = assertRoutes(agentOn('devk8s'), nodeExec({ devk8s: 'state=Stopped' }).context)
    expect(await codesOf(attempt)).toEqual([
      'DK5112 Node devk8s does not answer to minikube ssh: state=Stopped',
    ])
  })

  test('whatever is there, in whatever order: ours are first, once, and the others stay as they were', () => {
    const rule = fc.oneof(
      fc.constantFrom(...wanted, older, hostPorts, services, nameServer),
      fc.constantFrom('-m comment --comment "it\'s" -j X', '-s 10.0.0.0/8 -j Y'),
    )
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), fc.boolean(), (rules, hasAlias) => {
        const facts = { timeS: 0, cni: [], rules, hasAlias }
        const now = after(rules, rulesChange(facts))
        expect(wanted.every((each) => now.filter((found) => found === each).length === 1)).toBe(true)
        expect(inTheWay({ rules: now })).toEqual([])
        const others = (all: readonly string[]) => all.filter((each) => !each.includes('devk8s-aws'))
        expect(others(now)).toEqual(others(rules))
        const again = rulesChange({ ...facts, rules: now, hasAlias: true })
        expect(changeScript(again)).toBeUndefined()
      }),
    )
  })
})

describe('removing', () => {
  test('all copies and all versions, and the address; nothing where nothing is', async () => {
    const nodes = {
      devk8s: node([...wanted, services, older, ...wanted]),
      'devk8s-m02': node([services], { alias: false }),
    }
    const { calls, context } = nodeExec(nodes)
    const agent = agentOn('devk8s', 'devk8s-m02')
    expect(await routesIn(agent, context)).toEqual([
      { field: 'Node devk8s: rules for the metadata addresses', effect: 'remove' },
      { field: 'Node devk8s: 169.254.170.23 on lo', effect: 'remove' },
    ])
    expect(await removeRoutes(agent, context)).toEqual([])
    expect(nodes.devk8s).toMatchObject({ rules: [services], alias: false })
    expect(calls.filter(({ changes }) => changes)).toHaveLength(1)
    expect(await routesIn(agent, context)).toEqual([])
  })

  test('rules that are gone meanwhile are no reason to fail', async () => {
    const nodes = { devk8s: node(wanted, { meanwhile: wanted.slice(1) }) }
    expect(await removeRoutes(agentOn('devk8s'), nodeExec(nodes).context)).toEqual([])
    expect(nodes.devk8s).toMatchObject({ rules: [], alias: false })
  })

  test('one that keeps them says why, and so does one that runs and does not answer; a stopped one has none', async () => {
    const nodes = {
      devk8s: node(wanted, { refuses: 'xtables lock' }),
      'devk8s-m02': 'no route to host',
      'devk8s-m03': 'state=Stopped',
    }
    const agent = agentOn(...Object.keys(nodes), 'devk8s-m04')
    expect(await removeRoutes(agent, nodeExec(nodes).context)).toEqual([
      { node: 'devk8s', why: 'xtables lock' },
      { node: 'devk8s-m02', why: 'no route to host' },
    ])
    expect((await routesIn(agent, nodeExec(nodes).context)).slice(2)).toEqual([
      {
        field: 'Node devk8s-m02: rules for the metadata addresses',
        from: 'not known: no route to host',
        effect: 'remove',
      },
    ])
  })
})
