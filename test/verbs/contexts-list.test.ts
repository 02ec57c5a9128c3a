import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { manualClock } from '../engine/manual-clock.ts'
import { type Home, newHome } from './switch-lab.ts'

const pem = await readFile(new URL('../e2e/support/mirror-certificate.pem', import.meta.url), 'utf8')
const now = Date.UTC(2026, 0, 1)
const arn = 'arn:aws:eks:eu-west-1:123456789012:cluster/acme-development'

const config = `apiVersion: v1
kind: Config
current-context: node-10
clusters:
- name: ${arn}
  cluster: {server: 'https://a'}
- name: b
  cluster: {server: 'https://user:hunter2@b', proxy-url: 'http://u:hunter2@p:3128'}
users:
- name: aws
  user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws, args: [eks, get-token]}}
- name: cert
  user: {client-certificate: cert.pem, client-key-data: aHVudGVyMg==}
- name: jwt
  user: {token: h.${btoa('{"exp":1700000000}')}.hunter2}
- name: ours
  user: {exec: {command: /x/devk8s, args: [token, --cluster, y, --protect, prod]}}
contexts:
- name: node-10
  context: {cluster: '${arn}', user: aws, namespace: payments}
- name: node-2
  context: {cluster: b, user: cert}
- name: lost
  context: {cluster: gone, user: gone}
- name: dev
  context:
    cluster: b
    user: jwt
    extensions:
    - {name: devk8s.dev, extension: {provider: devk8s.dev, team: acme, source: static, color: green}}
- name: prod
  context:
    cluster: b
    user: ours
    extensions:
    - name: devk8s.dev
      extension: {provider: devk8s.dev, team: acme, source: eks, protected: true, aliases: [live], account: '1'}
`

let home: Home
beforeEach(async () => {
  home = await newHome(config, { clock: manualClock({ startMs: now }) })
  await writeFile(join(home.home, '.kube/cert.pem'), pem)
})

const wide = (columns: number) => ({ stdout: { write: () => {}, isTTY: false, columns } })

/** What a terminal of that width shows. */
async function shown(line: string, columns: number, isTTY = false) {
  let stdout = ''
  const stream = { write: (text: string) => void (stdout += text), isTTY, columns }
  const { exit } = await home.run(line, { ...wide(columns), stdout: stream })
  return { exit, lines: stdout.split('\n').slice(0, -1), stdout }
}

describe('contexts list', () => {
  test('all columns where there is room, in natural order', async () => {
    const { exit, lines } = await shown('contexts list', 200)
    expect(exit).toBe(0)
    expect(lines[0]?.split(/ {2,}/)).toEqual([
      'CURRENT',
      'NAME',
      'CLUSTER',
      'NAMESPACE',
      'AUTH',
      'EXPIRES',
      'MANAGED',
      'FILE',
    ])
    expect(lines.slice(1).map((line) => line.slice(9).split(' ')[0])).toEqual([
      'dev',
      'lost',
      'node-2',
      'node-10',
      'prod',
    ])
    expect(lines.find((line) => line.startsWith('*'))).toMatch(
      /^\* +node-10 +arn:.*payments +exec aws +~\/\.kube\/config$/,
    )
    expect(lines.find((line) => line.includes('prod'))).toMatch(
      /prod \(live\) +b +devk8s token +acme, protected/,
    )
    expect(lines.find((line) => line.includes('dev '))).toMatch(/token +expired +acme/)
    expect(lines.find((line) => line.includes('node-2'))).toMatch(/client cert +in \d+ [dy]/)
    expect(lines.find((line) => line.includes('lost'))).toContain('no such user')
  })

  test('a program gets all of it, whatever the width', async () => {
    const { lines } = await shown('contexts list', 40)
    expect(lines[0]).toMatch(/AUTH +EXPIRES +MANAGED +FILE$/)
  })

  test.each([30, 40, 60, 80, 100, 120])('%i columns are not overrun', async (columns) => {
    const { lines } = await shown('contexts list --no-color', columns, true)
    expect(lines).toHaveLength(6)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(columns, 37))
    expect(lines.join('\n')).toContain('node-10')
  })

  test('at 80 a long cluster is cut at its start', async () => {
    const { lines } = await shown('contexts list --no-color', 80, true)
    expect(lines.find((line) => line.startsWith('*'))).toMatch(/…\S*development/)
  })

  test('one long way to sign in is cut, and the other columns stay', async () => {
    const plugin = `exec /opt/a/rather/long/path/to/the/credential-plugin-of-${'x'.repeat(20)}`.slice(5)
    const text = `apiVersion: v1
kind: Config
clusters: [{name: acme-dev-cluster, cluster: {server: 'https://a'}}]
users: [{name: u, user: {exec: {command: ${plugin}, apiVersion: v1}}}, {name: t, user: {token: t}}]
contexts:
- {name: dev, context: {cluster: acme-dev-cluster, user: u, namespace: web}}
- {name: staging, context: {cluster: acme-dev-cluster, user: t}}
`
    await writeFile(home.config, text)
    const one = await shown('contexts list --no-color', 80, true)
    expect(one.lines[0]).toMatch(/NAME.*CLUSTER.*NAMESPACE.*AUTH.*MANAGED.*FILE/)
    expect(Math.max(...one.lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(one.stdout).toMatch(/exec .*…/)
    // Where there are several files, which one it is counts for more than the cluster.
    const other = join(home.home, '.kube/other-config-of-the-team.yaml')
    await writeFile(
      other,
      text.replaceAll('name: dev,', 'name: test,').replaceAll('name: staging,', 'name: qa,'),
    )
    const env = { KUBECONFIG: `${home.config}:${other}` }
    let stdout = ''
    const stream = { write: (part: string) => void (stdout += part), isTTY: true, columns: 88 }
    await home.run('contexts list --no-color', { env, stdout: stream })
    expect(stdout.split('\n')[0]).toMatch(/NAME +NAMESPACE.*FILE/)
    expect(stdout).toContain('other-config-of-the-team.yaml')
  })

  test('of a context of ours the cluster has the name that it has at AWS', async () => {
    await writeFile(home.config, config.replace("aliases: [live], account: '1'", 'cluster: acme-production'))
    const { lines } = await shown('contexts list', 200)
    expect(lines.find((line) => line.includes('prod'))).toMatch(/prod +acme-production +devk8s token/)
    const { stdout } = await home.run('contexts list prod --json')
    expect(JSON.parse(stdout)).toMatchObject({
      result: { contexts: [{ cluster: 'b', remoteCluster: 'acme-production' }] },
    })
  })

  test.each([
    ['contexts list node-*', ['node-2', 'node-10']],
    ['contexts list NODE', ['node-2', 'node-10']],
    ['contexts list live', ['prod']],
    ['contexts list --managed', ['dev', 'prod']],
    ['contexts list --protected', ['prod']],
    ['contexts list --protected dev', []],
  ])('%s', async (line, names) => {
    const { stdout } = await home.run([...line.split(' '), '--json'])
    const { result } = JSON.parse(stdout) as { result: { contexts: readonly { name: string }[] } }
    expect(result.contexts.map(({ name }) => name)).toEqual(names)
  })

  test('JSON has everything but secrets', async () => {
    const { stdout } = await home.run('contexts list --json')
    expect(stdout).not.toContain('hunter2')
    const { result } = JSON.parse(stdout) as { result: { contexts: readonly Record<string, unknown>[] } }
    expect(result.contexts.find(({ name }) => name === 'prod')).toEqual({
      name: 'prod',
      current: false,
      aliases: ['live'],
      cluster: 'b',
      remoteCluster: null,
      server: 'https://***@b',
      user: 'ours',
      namespace: null,
      auth: { methods: ['devk8s-token'], plugin: null, impersonates: null },
      expires: null,
      expired: false,
      managed: { by: 'profile', team: 'acme', source: 'eks' },
      protected: true,
      color: null,
      account: '1',
      region: null,
      description: null,
      file: home.config,
    })
    expect(result.contexts.find(({ name }) => name === 'dev')).toMatchObject({
      expires: '2023-11-14T22:13:20.000Z',
      expired: true,
      color: 'green',
    })
  })

  test('a terminal shows protected contexts in bold red and others in their colour', async () => {
    const { stdout } = await shown('contexts list --color always', 120, true)
    expect(stdout).toContain('\u001B[1m\u001B[31mprod')
    expect(stdout).toContain('\u001B[32mdev')
    expect(stdout).not.toContain('mnode-2')
  })

  test('an unlocked context ends when its unlock ends', async () => {
    await home.run('unlock prod --for 15m --reason test --yes-prod')
    const { lines } = await shown('contexts list prod', 100)
    expect(lines[1]).toMatch(/in 1[45] min/)
  })

  test('no contexts at all is no fault', async () => {
    await writeFile(home.config, '')
    const { exit, stdout, stderr } = await home.run('contexts list')
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' })
    expect(stderr).toContain('No contexts in')
  })
})

describe('contexts show', () => {
  test('the three entries with their files, without secrets', async () => {
    const { exit, stdout } = await home.run('contexts show node-2')
    expect(exit).toBe(0)
    expect(stdout).toBe(`name: node-2
current: false
context: # node-2 in ~/.kube/config
  cluster: b
  user: cert
cluster: # b in ~/.kube/config
  server: "https://***@b"
  proxy-url: "http://***@p:3128"
user: # cert in ~/.kube/config
  client-certificate: cert.pem
  client-key-data: "***"
`)
  })

  test('without a name it is the current one; a part is enough; what is missing is said', async () => {
    expect((await home.run('contexts show')).stdout).toMatch(/^name: node-10\ncurrent: true\n/)
    expect((await home.run('contexts show los')).stdout).toContain('user: # gone: no file has it\n')
    expect((await home.run('contexts show live')).stdout).toContain('name: prod\n')
  })

  test.each([
    ['contexts show pro', 'DK4052'],
    ['contexts show nod', 'DK4051'],
    ['contexts show xyz', 'DK4050'],
  ])('%s: %s', async (line, code) => {
    const { exit, stderr } = await home.run(line)
    expect(exit).toBe(2)
    expect(stderr).toContain(code)
  })

  test('JSON carries the entries, masked', async () => {
    const { stdout } = await home.run('contexts show dev --json')
    expect(stdout).not.toContain('hunter2')
    expect(JSON.parse(stdout)).toMatchObject({
      result: { name: 'dev', user: { name: 'jwt', file: home.config, fields: { token: '***' } } },
    })
  })
})
