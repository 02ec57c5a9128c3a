// The part of `npm run bench` about the agent in the cluster: the shipped program as a process of its own, against an API
// server of the tests with 1,000 pods. `node scripts/bench-agent.mjs [FILE]` runs it alone, on another bundle with FILE.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { fs, path, which } from 'zx'
import { parseAllDocuments } from 'yaml'

const root = path.resolve(import.meta.dirname, '..')
const pods = 1_000
/** As many as the kubelet takes. */
const podsOfNode = 110
const seconds = 10
const account = '123456789012'
/** Elsewhere the loopback has one address only, so that all requests are of one pod, which may ask less. */
const hasAddresses = process.platform === 'linux'
const perSecond = hasAddresses ? 500 : 90
/** Of the mapping, as a team may have; the one that matches is the last. */
const rules = 50

/**
 * Prints the size of the agent's program, how long it takes to be ready, how long requests take at 500 a second on one
 * core, and how much memory it has then.
 * @param bench what bench.mjs measures and prints with; `program` is the agent's bundle.
 */
export async function agent({ env, bar, line, program = path.join(root, 'dist/agent/agent.cjs') }) {
  const { size } = await fs.stat(program)
  bar('agent, program', size, 400_000, `${(size / 1000).toFixed(0)} KB`)
  const { agentApi } = await fakes()
  const api = await agentApi()
  let child
  try {
    const asks = fill(api)
    const start = process.hrtime.bigint()
    child = await startAgent(program, api, env)
    const ready = await untilReady(child)
    bar(
      'agent, start to ready',
      msSince(start) / 1000,
      2,
      `${(msSince(start) / 1000).toFixed(2)} s`,
      `, ${pods} pods`,
    )
    const idle = await memoryOf(child.pid)
    // Each pod is decided on once.
    await load(ready, asks, 4)
    const times = await load(ready, asks, seconds)
    const [half, most] = [times[Math.floor(times.length / 2)], times[Math.floor(times.length * 0.99)]]
    bar(
      `agent, p99 at ${perSecond} requests a second`,
      most,
      5,
      `${most.toFixed(2)} ms`,
      `, median ${half.toFixed(2)} ms, ${rules} rules`,
    )
    const { now, peak } = await memoryOf(child.pid)
    bar(
      `agent, memory with ${pods} pods`,
      now,
      60,
      `${now.toFixed(0)} MiB`,
      `, ${idle.now.toFixed(0)} MiB before the requests, at most ${peak.toFixed(0)} MiB`,
    )
    if (hasAddresses) await besideOneWithoutPause(ready, asks, bar)
    line('  connections to the API server', String(api.connections()), `of ${pods} namespaces`)
  } finally {
    child?.kill()
    await api.close()
  }
}

/** The others, while one pod asks on 64 connections without a pause. */
async function besideOneWithoutPause(port, asks, bar) {
  const [greedy, ...others] = asks.slice(0, podsOfNode)
  const kept = new Agent({ keepAlive: true, maxSockets: 64 })
  const seen = { answered: 0, refused: 0, isOver: false }
  const loops = Array.from({ length: 64 }, async () => {
    while (!seen.isOver) {
      const { status } = await ask(port, { ...greedy, agent: kept }).catch(() => ({ status: 'ended' }))
      if (status === greedy.status) seen.answered += 1
      else seen.refused += 1
    }
  })
  // It may have its 200 at once; what comes after them is measured.
  await load(port, others, 1)
  const times = await load(port, others, seconds)
  seen.isOver = true
  await Promise.all(loops)
  kept.destroy()
  const most = times[Math.floor(times.length * 0.99)]
  const note = `, which was answered ${seen.answered} and refused ${seen.refused} times`
  bar('agent, p99 beside one without pause', most, 10, `${most.toFixed(2)} ms`, note)
}

/** The API server of the tests, bundled: Node 20 runs no TypeScript. */
async function fakes() {
  const outfile = path.join(root, 'node_modules/.cache/devk8s/bench-agent-api.mjs')
  await build({
    entryPoints: [path.join(root, 'test/fakes/agent-api.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  })
  return import(pathToFileURL(outfile).href)
}

/** A pod in each namespace, and what they ask: three in ten by token, one in ten gets nothing. */
function fill(api) {
  const base = `arn:aws:iam::${account}:role/`
  api.setMapping({
    version: 1,
    region: 'eu-central-1',
    baseRoleArn: base,
    rules: [
      ...Array.from({ length: rules - 1 }, (_, index) => ({
        pattern: `team${index}-*-reader`,
        expression: `^(arn:[^/]*:role/)?([^:]*/)?team${index}-[^:]*-reader$`,
        gives: { is: 'deny' },
      })),
      { pattern: 'r*', expression: '^r.*$', gives: { is: 'developer' } },
    ],
    associations: [],
    restrictions: { mode: 'refuse', format: 'glob' },
    imdsV1: true,
  })
  api.setSessions({ version: 1, sessions: { developer: session() }, refused: {} })
  return Array.from({ length: pods }, (_, index) => {
    const address = hasAddresses ? `127.1.${index >> 8}.${index & 255}` : `10.0.${index >> 8}.${index & 255}`
    const isHere = hasAddresses || index === 0
    const [namespace, name] = [`n${index}`, `p${index}`]
    const annotations = index % 10 === 9 ? {} : { 'iam.amazonaws.com/role': `r${index % 50}` }
    const own = hasAddresses || index > 0 ? address : '127.0.0.1'
    const pod = api.addPod({ namespace, name, serviceAccount: 'app', address: own, annotations })
    const token = api.issueToken({ namespace, serviceAccount: 'app', pod })
    const from = hasAddresses ? { localAddress: address } : {}
    const status = index % 10 === 9 && isHere ? 403 : 200
    return { ...from, status: hasAddresses ? status : 200, ...asking(hasAddresses ? index : 1, token) }
  })
}

function asking(index, token) {
  if (index % 10 < 3 && hasAddresses) return { path: '/v1/credentials', headers: { Authorization: token } }
  if (index % 10 < 6 || index % 10 === 9) return { path: '/v2/credentials/x' }
  return {
    path: index % 2 ? '/latest/meta-data/iam/security-credentials/' : '/latest/meta-data/placement/region',
  }
}

const session = () => ({
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'x'.repeat(40),
  sessionToken: 'x'.repeat(900),
  account,
  arn: `arn:aws:sts::${account}:assumed-role/dev/ann`,
  userId: 'AROAEXAMPLE:ann',
  issuedAt: new Date().toISOString(),
  expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
})

/** Node's flags, as the DaemonSet has them: they keep its memory low. */
async function flagsOf(manifest) {
  const objects = parseAllDocuments(await fs.readFile(manifest, 'utf8')).map((document) => document.toJS())
  const { containers } = objects.find(({ kind }) => kind === 'DaemonSet').spec.template.spec
  return containers[0].command.filter((word) => word.startsWith('--'))
}

async function startAgent(program, api, env) {
  const own = {
    DEVK8S_AGENT_API_URL: api.url,
    DEVK8S_AGENT_TOKEN_FILE: api.tokenFile,
    DEVK8S_AGENT_ADDRESS: '127.0.0.1',
    DEVK8S_AGENT_PORT: '0',
  }
  const flags = await flagsOf(path.join(root, 'manifests/aws/agent.yaml'))
  const argv = [process.execPath, ...flags, program]
  const onOneCore = (await which('taskset', { nothrow: true })) ? ['taskset', '-c', '0', ...argv] : argv
  return spawn(onOneCore[0], onOneCore.slice(1), {
    env: { ...env, ...own },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Its port, once it has said it and is ready. */
async function untilReady(child) {
  let said = ''
  child.stdout.setEncoding('utf8')
  const port = await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the agent has ended: ${said}`)))
    child.stdout.on('data', (text) => {
      said += text
      const found = / listens on [\d.]+:(\d+)/.exec(said)
      if (found) resolve(Number(found[1]))
    })
  })
  while ((await ask(port, { path: '/healthz' })).status !== 200)
    await new Promise((done) => setTimeout(done, 2))
  return port
}

/** Requests at fixed moments, whatever became of those before; half of them on connections of their own. Sorted ms. */
async function load(port, asks, lasts) {
  const kept = new Agent({ keepAlive: true, maxSockets: 64 })
  const all = []
  const start = process.hrtime.bigint()
  for (let index = 0; index < perSecond * lasts;) {
    const due = Math.min(perSecond * lasts, Math.floor((msSince(start) * perSecond) / 1000) + 1)
    for (; index < due; index += 1) all.push(timed(port, asks[index % asks.length], index % 2 ? kept : false))
    await new Promise((done) => setTimeout(done, 1))
  }
  const times = await Promise.all(all)
  kept.destroy()
  return times.toSorted((a, b) => a - b)
}

async function timed(port, { status, ...what }, agent) {
  const start = process.hrtime.bigint()
  const got = await ask(port, { ...what, agent })
  if (got.status !== status) throw new Error(`${what.path} was answered with ${got.status}: ${got.body}`)
  return msSince(start)
}

async function ask(port, { agent = false, ...what }) {
  const sent = request({ host: '127.0.0.1', port, agent, ...what })
  sent.end()
  const [response] = await once(sent, 'response')
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  return { status: response.statusCode, body }
}

/** MiB of the process, now and at most. */
async function memoryOf(pid) {
  if (process.platform !== 'linux') return { now: Number.NaN, peak: Number.NaN }
  const text = await fs.readFile(`/proc/${pid}/status`, 'utf8')
  const mib = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1]) / 1024
  return { now: mib('VmRSS'), peak: mib('VmHWM') }
}

const msSince = (start) => Number(process.hrtime.bigint() - start) / 1e6

if (process.argv[1] === import.meta.filename) {
  const print = (name, shown, note) => console.log(`${name.padEnd(42)} ${shown.padStart(10)}  ${note}`)
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  const bar = (name, value, limit, shown, note = '') =>
    print(name, shown, `${value > limit ? 'OVER' : 'ok'}, limit ${limit}${note}`)
  const program = process.argv[2]
  await agent({ env, bar, line: print, ...(program ? { program: path.resolve(program) } : {}) })
}
