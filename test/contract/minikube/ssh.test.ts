import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { recording } from '../../fakes/minikube-recordings.ts'
import type { TestLaptop } from '../../fakes/minikube-laptop.ts'
import { putObject } from '../../../src/simulator/kube-api/store.ts'
import { withNode } from '../../../src/simulator/state.ts'
import { emptyHome, running, runningThen } from './worlds.ts'

const ask = async (laptop: TestLaptop, line: string, node = 'devk8s') =>
  laptop.run(['minikube', 'ssh', '-p', 'devk8s', '-n', node, '--', line])

/** What the line prints, without the carriage returns of the terminal. */
async function printed(laptop: TestLaptop, line: string): Promise<string> {
  return (await ask(laptop, line)).stdout.replaceAll('\r', '')
}

const rule = (address: string) =>
  `-d ${address}/32 -p tcp -m tcp --dport 80 -m comment --comment mine -j DNAT --to-destination 169.254.170.23:8170`
const rules = async (laptop: TestLaptop) =>
  (await printed(laptop, 'sudo iptables -t nat -S PREROUTING')).trimEnd().split('\n')
const ownRules = async (laptop: TestLaptop) => (await rules(laptop)).filter((line) => line.includes('mine'))

describe('minikube ssh', () => {
  const gone = [
    ['running-060', 'minikube stop -p devk8s'],
    ['running-119', 'docker rm -f devk8s'],
  ] as const

  test.for(gone)('clause 40: %s after %s', async ([name, command]) => {
    const laptop = await runningThen(command)
    const { exitCode, stdout, stderr } = recording(name)
    expect(await laptop.run(recording(name).argv)).toMatchObject({ exitCode, stdout, stderr })
  })

  test('clause 40: 020, no such profile', async () => {
    const { argv, exitCode, stdout, stderr } = recording('020')
    expect(await (await emptyHome()).run(argv)).toMatchObject({ exitCode, stdout, stderr })
  })

  test.for([
    ['running-096', 'exited'],
    ['running-111', 'paused'],
  ] as const)('clause 40: %s, the container %s behind its back', async ([name, state]) => {
    const laptop = await running()
    await laptop.store.change((now) => ({ ...now, containers: { ...now.containers, devk8s: state } }))
    const { exitCode, stdout, stderr } = recording(name)
    expect(await laptop.run(recording(name).argv)).toMatchObject({ exitCode, stdout, stderr })
  })

  test('clause 39: running-021, 022 and 023 print what they printed', async () => {
    const laptop = await running()
    for (const name of ['running-021', 'running-022'] as const) {
      const { exitCode, stdout, stderr } = recording(name)
      expect({ name, ...(await laptop.run(recording(name).argv)) }).toMatchObject({
        name,
        exitCode,
        stdout,
        stderr,
      })
    }
    const { exitCode, stdout, stderr } = await ask(laptop, '(echo out; gone; exit 7)')
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: recording('running-023').exitCode,
      stdout: 'out\r\nbash: line 1: gone: command not found\r\n',
      stderr: recording('running-023').stderr,
    })
  })

  test('clause 41: a node that the cluster does not have', async () => {
    const run = await ask(await running(), 'true', 'devk8s-m02')
    expect(run).toMatchObject({
      exitCode: 85,
      stderr: expect.stringContaining('GUEST_NODE_RETRIEVE: Node devk8s-m02 does not exist.'),
    })
  })

  test('clause 48: with --skip-audit nothing is written to the audit log', async () => {
    const laptop = await running()
    const log = async () => readFile(`${laptop.home}/.minikube/logs/audit.json`, 'utf8')
    const before = await log()
    const skipping = ['minikube', 'ssh', '-p', 'devk8s', '--skip-audit', '--', 'echo look']
    expect(await laptop.run(skipping)).toMatchObject({ exitCode: 0, stdout: 'look\r\n' })
    expect(await log()).toBe(before)
    await ask(laptop, 'echo change')
    expect((await log()).slice(before.length)).toContain('echo change')
  })

  const lines = [
    ['true && echo yes || echo no', 'yes\n'],
    ['false && echo yes || echo no', 'no\n'],
    [`printf '%s\\n' 'a b' c | iptables-restore`, 'Permission denied'],
    [`printf '%s\\n' 'a b' "c\\"d" e\\ f`, 'a b\nc"d\ne f\n'],
    ['(ls /nowhere 2>/dev/null || true); echo done', 'done\n'],
    ['ls /nowhere 2>&1', "ls: cannot access '/nowhere': No such file or directory\n"],
    ['date +%s', /^\d{10}\n$/],
    ['sudo -n ip -4 -o addr show dev lo', /^1: lo {4}inet 127\.0\.0\.1\/8 scope host lo/],
    ['while true; do echo; done', 'command not found'],
    ['echo $HOME', 'syntax error'],
    ['(echo open', 'syntax error'],
    ['echo a &&', 'syntax error'],
    ['echo a) ', 'syntax error'],
  ] as const

  test.for(lines)('clause 42: %s', async ([line, wanted]) => {
    const laptop = await running()
    const text = await printed(laptop, line)
    const found = typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)
    expect(found ? wanted : text).toEqual(wanted)
  })

  test('clause 43: rules and addresses last until the node stops', async () => {
    const laptop = await running()
    await ask(laptop, `sudo iptables -t nat -I PREROUTING 1 ${rule('169.254.169.254')}`)
    await ask(laptop, 'sudo ip addr add 169.254.170.23/32 dev lo')
    expect(await ownRules(laptop)).toEqual([`-A PREROUTING ${rule('169.254.169.254')}`])
    expect(await printed(laptop, 'ip -4 -o addr show dev lo')).toContain('169.254.170.23/32')
    await laptop.run(['minikube', 'start', '-p', 'devk8s'])
    expect(await ownRules(laptop)).toHaveLength(1)
    await laptop.run(['minikube', 'stop', '-p', 'devk8s'])
    await laptop.run(['minikube', 'start', '-p', 'devk8s'])
    expect(await ownRules(laptop)).toEqual([])
    expect(await printed(laptop, 'ip -4 -o addr show dev lo')).not.toContain('169.254.170.23')
  })

  test('clause 44: who else is in PREROUTING, and in which order', async () => {
    const laptop = await running()
    const before = await rules(laptop)
    expect(before.map((line) => line.replaceAll(/\d+\.\d+\.\d+\.\d+/g, 'IP'))).toEqual([
      '-P PREROUTING ACCEPT',
      '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
      '-A PREROUTING -d IP/32 -j DOCKER_OUTPUT',
    ])
    await laptop.run(['minikube', 'addons', 'enable', 'ingress', '-p', 'devk8s'])
    const hijack = '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT'
    expect(await rules(laptop)).toEqual([...before, hijack])
    await laptop.run(['minikube', 'addons', 'disable', 'ingress', '-p', 'devk8s'])
    expect(await rules(laptop)).toEqual([...before, hijack])
  })

  test('clause 46: iptables is exact', async () => {
    const laptop = await running()
    const exits = async (line: string) => (await ask(laptop, line)).stderr.trim().replace(/\D+/g, '')
    const mine = rule('169.254.170.2')
    expect(await exits(`sudo iptables -w 5 -t nat -C PREROUTING ${mine}`)).toBe('1')
    expect(await exits(`sudo iptables -t nat -D PREROUTING ${mine}`)).toBe('1')
    expect(await exits(`sudo iptables -t nat -I PREROUTING 9 ${mine}`)).toBe('1')
    expect(await exits(`sudo iptables -t nat -A ELSEWHERE ${mine}`)).toBe('1')
    expect(await exits(`sudo iptables -t nat -X PREROUTING`)).toBe('1')
    expect(await exits(`iptables -t nat -S PREROUTING`)).toBe('4')
    await ask(
      laptop,
      'sudo iptables -t nat -A PREROUTING -d 169.254.170.2 -p tcp --dport 80 -m comment --comment "a b" -j ACCEPT',
    )
    expect((await rules(laptop)).at(-1)).toBe(
      '-A PREROUTING -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -m comment --comment "a b" -j ACCEPT',
    )
    const restored = (...lines: readonly string[]) =>
      `printf '%s\\n' ${['*nat', ...lines, 'COMMIT'].map((line) => `'${line}'`).join(' ')} | sudo iptables-restore -w 5 -n`
    const both = [`-I PREROUTING 1 ${mine}`, `-D PREROUTING ${rule('169.254.169.254')}`]
    expect(await exits(restored(...both))).toBe('1')
    expect(await ownRules(laptop)).toEqual([])
    expect(await exits(restored(both[0] ?? ''))).toBe('')
    expect((await rules(laptop))[1]).toBe(`-A PREROUTING ${mine}`)
    expect(await exits(`printf '%s\\n' '*nat' | sudo iptables-restore -n`)).toBe('2')
    expect(await exits(`printf '%s\\n' '*nat' COMMIT | sudo iptables-restore`)).toBe('1')
    expect(await exits('sudo ip addr del 169.254.170.23/32 dev lo')).toBe('2')
    expect(await exits('ip addr add 169.254.170.23/32 dev lo')).toBe('2')
    expect(await exits('sudo ip addr add 169.254.170.23/32 dev eth9')).toBe('1')
    expect(await exits('sudo ip addr replace 169.254.170.23/32 dev lo')).toBe('')
    expect(await exits('sudo ip addr add 169.254.170.23/32 dev lo')).toBe('2')
    expect(await exits('sudo ip addr del 169.254.170.23/32 dev lo')).toBe('')
  })

  test('clause 47: the CNI that a node has', async () => {
    const laptop = await running()
    expect(await printed(laptop, 'ls /etc/cni/net.d')).toMatch(/^(1-k8s|10-kindnet)\.conflist /)
    const cilium = await laptop.run(['minikube', 'ssh', '-p', 'devk8s', '--', 'ls', '/etc/cni/net.d'], {
      faults: [{ name: 'node', value: 'cilium' }],
    })
    expect(cilium.stdout).toContain('05-cilium.conflist')
  })

  test('clause 45: what an init container adds to lo, it adds once for each start of its pod', async () => {
    const laptop = await running()
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'agent', namespace: 'default' },
      spec: {
        hostNetwork: true,
        initContainers: [
          { name: 'a', command: ['sh', '-c', 'ip addr add 169.254.170.23/32 dev lo || true'] },
        ],
        containers: [{ name: 'b', image: 'busybox' }],
      },
    }
    await laptop.store.change((now) => {
      const store = now.nodes['devk8s']?.store
      return store === undefined
        ? now
        : withNode(now, 'devk8s', { store: putObject(store, pod, store.createdAt - 10_000) })
    })
    const isThere = async () =>
      (await printed(laptop, 'ip -4 -o addr show dev lo')).includes('169.254.170.23/32')
    expect(await isThere()).toBe(true)
    await ask(laptop, 'sudo ip addr del 169.254.170.23/32 dev lo')
    expect(await isThere()).toBe(false)
    await laptop.run(['minikube', 'stop', '-p', 'devk8s'])
    await laptop.run(['minikube', 'start', '-p', 'devk8s'])
    expect(await isThere()).toBe(true)
  })
})
