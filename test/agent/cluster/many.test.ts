import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterEach, expect, test } from 'vitest'

import { agentApi, startTestAgent, type AgentApi } from '../../fakes/agent-api.ts'
import { podAt } from './samples.ts'

/** Without them Node keeps the garbage of the first lists, and the code of two compilers that have nothing to gain here. */
const flags = ['--expose-gc', '--max-semi-space-size=1', '--max-old-space-size=32', '--no-opt', '--no-maglev']

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

/** A thousand namespaces, each with a pod and two service accounts. */
async function largeApi() {
  const api = await agentApi({ alg: 'ES256' })
  open.push(api)
  for (let n = 0; n < 1000; n += 1) {
    api.setNamespace(`team-${n}`, { labels: { 'kubernetes.io/metadata.name': `team-${n}` } })
    api.setAccount(`team-${n}`, 'default')
    api.setAccount(`team-${n}`, 'web', {
      'eks.amazonaws.com/role-arn': `arn:aws:iam::111122223333:role/web-${n}`,
    })
    api.addPod({
      namespace: `team-${n}`,
      name: 'web',
      serviceAccount: 'web',
      address: `10.${n >> 8}.${n & 255}.7`,
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ a: 'x'.repeat(6000) }),
      },
    })
  }
  return api
}

test('a thousand namespaces are watched over a constant number of connections', async () => {
  const api = await largeApi()
  const agent = await startTestAgent({ api })
  open.push(agent)
  const watches = () =>
    api.requests.filter((each) => each.path.includes('watch=true')).map((each) => each.path.split('?')[0])
  await agent.sees(() => watches().length === 6)
  const before = api.connections()
  for (let n = 1000; n < 1500; n += 1)
    api.addPod({ namespace: `team-${n}`, name: 'web', address: `10.9.${n >> 8}.${n & 255}` })
  await agent.sees(
    () => podAt(agent.view, '10.9.5.219') !== undefined && agent.view.namespace('team-1499') !== undefined,
  )
  expect(new Set(watches()).size).toBe(6)
  expect(watches()).toHaveLength(6)
  expect(before).toBeLessThanOrEqual(8)
  expect(api.connections()).toBe(before)
})

test('its own process is ready in under 2 s with 1,000 pods, stays under 60 MiB, and ends at SIGTERM', async () => {
  const api = await largeApi()
  const { child, lines, ended, bytes, startedAt } = await ownProcess(api)
  const url = await until(() => /listens on (\S+)/.exec(lines.join('\n'))?.[1], lines)
  const ready = await until(async () => (await fetch(`http://${url}/healthz`)).status === 200, lines)
  const readyMs = performance.now() - startedAt
  await until(() => lines.some((line) => line.startsWith('ready after')), lines)
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(child.pid)])
  const rssMiB = Number(stdout) / 1024
  console.log(
    `agent: ready in ${Math.round(readyMs)} ms, ${rssMiB.toFixed(1)} MiB resident, ${bytes.join()} bytes`,
  )
  child.kill('SIGTERM')
  expect(ready).toBe(true)
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(rssMiB).toBeLessThan(60)
  expect(readyMs).toBeLessThan(2000)
})

test('nobody ends it with large annotations: 150 service accounts of 250 kB, ten pods of 1.5 MB, before and after', async () => {
  const api = await agentApi({ alg: 'ES256' })
  open.push(api)
  const fill = (when: string) => {
    for (let n = 0; n < 75; n += 1)
      api.setAccount('full', `${when}-${n}`, {
        'eks.amazonaws.com/role-arn': 'x'.repeat(250_000) + String(n),
      })
    for (let n = 0; n < 5; n += 1)
      api.addPod({ namespace: 'full', name: `${when}-${n}`, annotations: { other: 'y'.repeat(1_500_000) } })
  }
  fill('before')
  const { child, lines, ended } = await ownProcess(api)
  await until(() => lines.some((line) => line.startsWith('ready after')), lines)
  fill('after')
  api.setMapping('{}')
  await until(() => lines.some((line) => line.includes('mapping.json cannot be read')), lines)
  await new Promise((resolve) => setTimeout(resolve, 500))
  child.kill('SIGTERM')
  expect(await ended).toEqual({ code: 0, signal: null })
})

async function ownProcess(api: AgentApi) {
  const folder = await mkdtemp(path.join(tmpdir(), 'agent-bundle-'))
  open.push({ close: () => rm(folder, { recursive: true, force: true }) })
  const program = path.join(folder, 'agent.cjs')
  const built = await build({
    entryPoints: ['src/agent/main.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'silent',
    metafile: true,
  })
  const startedAt = performance.now()
  const env = {
    PATH: process.env['PATH'],
    DEVK8S_AGENT_API_URL: api.url,
    DEVK8S_AGENT_TOKEN_FILE: api.tokenFile,
    DEVK8S_AGENT_ADDRESS: '127.0.0.1',
    DEVK8S_AGENT_PORT: '0',
  }
  const child = execFile(process.execPath, [...flags, program], { env })
  const lines: string[] = []
  child.stdout?.on('data', (text) => lines.push(...String(text).trim().split('\n')))
  child.stderr?.on('data', (text) => lines.push(String(text)))
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })))
  const bytes = Object.values(built.metafile.outputs).map((each) => each.bytes)
  return { child, lines, ended, bytes, startedAt }
}

async function until<T>(look: () => T | Promise<T>, lines: readonly string[]): Promise<NonNullable<T>> {
  const end = Date.now() + 10_000
  while (Date.now() < end) {
    const seen = await look()
    if (seen) return seen
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`not within 10 s\n${lines.join('\n')}`)
}
