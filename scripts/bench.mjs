// `npm run bench`: what devk8s costs, as ratios to `node -e 0` in the same run. Absolute times move with the
// machine and its load; ratios travel. `--check` exits 1 when a bar of the project is over.
//
// minikube, kubectl and docker are the simulator's programs: real processes, and each call takes a quarter of
// the time the recorded real one took.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { build, transform } from 'esbuild'
import { fs, os, path, which } from 'zx'
import { awsStatus, pullSecrets } from './bench-aws.mjs'
import { contexts } from './bench-contexts.mjs'
import { agent } from './bench-agent.mjs'
import { guard } from './bench-guard.mjs'

const root = path.resolve(import.meta.dirname, '..')
const bin = path.join(root, 'dist/bin.js')
const node = process.execPath
const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'devk8s-bench-'))
// NODE_EXTRA_CA_CERTS makes every start of Node 20 some three times slower, a bare one too.
const kept = Object.entries(process.env).filter(
  ([name]) =>
    !/^(XDG_|DEVK8S_|KUBECONFIG$|MINIKUBE_|NODE_EXTRA_CA_CERTS$|NODE_OPTIONS$|npm_config_cache$)/i.test(name),
)
const env = { ...Object.fromEntries(kept), HOME: scratch, TMPDIR: scratch, CI: 'true', NO_COLOR: '1' }
const bars = []

console.log(`devk8s bench: Node ${process.versions.node}, ${os.cpus().length} processors\n`)
try {
  const bare = await startUp()
  await contexts({ node, bin, env, scratch, timesOf, ratio, bar, line, support })
  await daily(bare)
  await firstDay(bare)
  await rehearsal()
  await awsStatus({ node, bin, env, scratch, timesOf, bar })
  await pullSecrets({ scratch, env, bar, line })
  await guard({ node, bin, env, scratch, timesOf, bar, line })
  await agent({ env, bar, line })
  await packaging(bare)
} finally {
  await fs.remove(scratch)
}
const over = bars.filter(({ isOver }) => isOver)
console.log(over.length === 0 ? '\nAll bars are kept.' : `\nOver: ${over.map(({ name }) => name).join(', ')}`)
if (process.argv.includes('--check') && over.length > 0) process.exitCode = 1

/** Starting the program: ratios to a Node that does nothing. Gives the ms of that. */
async function startUp() {
  const results = await fastest(
    [
      ['node -e 0', [node, '-e', '0']],
      ['devk8s --version', [node, bin, '--version']],
      ['devk8s --help', [node, bin, '--help']],
    ],
    20,
  )
  const bare = results.get('node -e 0')
  line('node -e 0', '1.00 x', inMs(bare))
  ratio('devk8s --version', results.get('devk8s --version'), bare, 1.8)
  ratio('devk8s --help', results.get('devk8s --help'), bare)
  return bare
}

/** plan and up on a machine that is as wanted. */
async function daily(bare) {
  const { newLaptop } = await support()
  const { person, programs } = await newLaptop()
  await succeed(person, ['up'])
  const plans = []
  const ups = []
  const outside = []
  let children = 0
  for (let round = 0; round < 7; round += 1) {
    plans.push((await succeed(person, ['plan'])).ms)
    const before = (await programs.calls()).length
    const up = await succeed(person, ['up', '--output', 'ndjson'])
    ups.push(up.ms)
    outside.push(up.ms - msInChildren(up.stdout))
    children = Math.max(children, (await programs.calls()).length - before)
  }
  const plan = median(plans)
  ratio('devk8s plan, nothing to do', plan, bare)
  bar('  seconds of that', plan / 1000, 2.5, `${(plan / 1000).toFixed(2)} s`)
  ratio('devk8s up, nothing to do', median(ups), bare)
  bar('  ms outside child processes', median(outside), 400, inMs(median(outside)))
  bar('  child processes', children, 6, String(children))
  await fs.remove(person.home)
}

/** The time in which at least one child process ran. */
function msInChildren(ndjson) {
  const events = ndjson
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text))
  const spans = events
    .filter(({ type }) => type === 'command.ran')
    .map(({ at, durationMs }) => ({ from: at - durationMs, to: at }))
    .toSorted((a, b) => a.from - b.from)
  let [total, until] = [0, 0]
  for (const { from, to } of spans) {
    total += Math.max(0, to - Math.max(from, until))
    until = Math.max(until, to)
  }
  return total
}

/** The first up against a plain script: fetch, check, and the same calls of minikube and kubectl, one by one. */
async function firstDay(bare) {
  const times = { up: [], script: [], upFromDisk: [], calls: [] }
  for (let round = 0; round < 3; round += 1) {
    const { newLaptop, mirrorCertificate, startMirror } = await support()
    const laptops = await Promise.all([1, 2, 3, 4].map(() => newLaptop({ speed: 1 })))
    const [first, plain, fromDisk, bareCalls] = laptops
    const mirror = { certificate: mirrorCertificate, ...(await startMirror(first.published)) }
    // 140 and 57 MB at 100 Mbit/s, in the simulator's time.
    mirror.behave('/kubectl', { kind: 'slow', overMs: 1_150 })
    mirror.behave('64', { kind: 'slow', overMs: 2_800 })
    await first.writeProfile({ mirror: mirror.url })
    const trust = { NODE_EXTRA_CA_CERTS: mirrorCertificate }
    const trusting = { ...first.person, env: { ...first.person.env, ...trust } }
    times.up.push((await succeed(trusting, ['up'])).ms)
    const calls = (await first.programs.calls()).filter((call) => !call.startsWith('docker '))
    const fetch = await fetching(mirror, first, plain)
    times.script.push(await msOfScript(plain, [...fetch, ...calling(calls, first, plain)]))
    await mirror.close()
    times.upFromDisk.push((await succeed(fromDisk.person, ['up'])).ms)
    times.calls.push(await msOfScript(bareCalls, calling(calls, first, bareCalls)))
    for (const { person } of laptops) await fs.remove(person.home)
  }
  const { up, script, upFromDisk, calls } = Object.fromEntries(
    Object.entries(times).map(([name, values]) => [name, median(values)]),
  )
  ratio('devk8s up, first (fakes)', up, bare)
  ratio('plain script: fetch, check, same calls', script, bare)
  bar('  first up, by that script', up / script, 1, `${(up / script).toFixed(2)} x`)
  line(
    '  without the downloads',
    `${(upFromDisk / calls).toFixed(2)} x`,
    `${inMs(upFromDisk)}; script ${inMs(calls)}`,
  )
}

async function msOfScript({ person }, lines) {
  const file = path.join(person.home, 'tmp/plain.sh')
  await fs.writeFile(file, ['set -eu', ...lines, ''].join('\n'), { mode: 0o644 })
  return (await succeedIn(person, ['/bin/sh', file])).ms
}

/** Lines of a shell script that fetch and check the two programs of a mirror, one after the other. */
async function fetching(mirror, { published }, { person }) {
  const curl = await which('curl', { nothrow: true })
  const sum = (await which('sha256sum', { nothrow: true })) ? 'sha256sum -c -' : 'shasum -a 256 -c -'
  const programs = [...published].filter(([name]) => !name.endsWith('.sha256'))
  const fetched = programs.flatMap(([name, content]) => {
    const to = path.join(person.cwd, path.basename(name))
    const url = `${mirror.url}${name}`
    const hash = createHash('sha256').update(content).digest('hex')
    const byNode = `fetch('${url}').then(async (r) => require('fs').writeFileSync('${to}', Buffer.from(await r.arrayBuffer())))`
    return [
      curl ? [curl, '-sSf', '-o', to, url].map(quote).join(' ') : [node, '-e', byNode].map(quote).join(' '),
      `echo "${hash}  ${to}" | ${sum} >/dev/null`,
      `chmod +x ${quote(to)}`,
    ]
  })
  const trust = ['CURL_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'].map(
    (name) => `export ${name}=${quote(mirror.certificate)}`,
  )
  return [
    'PATH=/usr/local/bin:/usr/bin:/bin',
    ...trust,
    ...fetched,
    'unset CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS',
  ]
}

/** The calls of a run on one laptop as lines of a shell script for another. */
function calling(calls, from, { person, programs }) {
  const moved = calls.map((call) => call.replaceAll(from.person.home, person.home).split(' '))
  return [
    `export MINIKUBE_HOME=${quote(path.join(person.home, '.minikube'))}`,
    `export KUBECONFIG=${quote(path.join(person.home, '.local/share/devk8s/kubeconfig/devk8s'))}`,
    ...moved.map(
      ([program, ...args]) =>
        `${[path.join(programs.bin, program), ...args].map(quote).join(' ')} >/dev/null 2>&1`,
    ),
  ]
}

function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

async function rehearsal() {
  const { ms, code } = await time([node, bin, 'up', '--rehearse', '--profile', 'aws'])
  if (code !== 0) throw new Error(`the rehearsal ended with ${code}`)
  bar('rehearsed up of the aws profile', ms / 1000, 10, `${(ms / 1000).toFixed(1)} s`)
}

async function packaging(bare) {
  const packing = await time(['npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', scratch])
  const parsed = JSON.parse(packing.stdout)
  const [{ filename, size, unpackedSize, entryCount }] = Array.isArray(parsed)
    ? parsed
    : Object.values(parsed)
  bar('package, packed', size, 1_000_000, `${(size / 1000).toFixed(0)} KB`)
  bar(
    'package, unpacked',
    unpackedSize,
    4_000_000,
    `${(unpackedSize / 1000).toFixed(0)} KB`,
    `, ${entryCount} files`,
  )
  const { dependencies = {} } = await fs.readJson(path.join(root, 'package.json'))
  bar('run-time dependencies', Object.keys(dependencies).length, 0, String(Object.keys(dependencies).length))
  const runs = []
  for (let round = 0; round < 3; round += 1) {
    const folder = await fs.mkdtemp(path.join(scratch, 'npx-'))
    const npx = ['npx', '--yes', '--package', path.join(scratch, filename), 'devk8s', '--version']
    const extra = { npm_config_cache: path.join(folder, 'cache'), npm_config_update_notifier: 'false' }
    const first = await time(npx, { cwd: folder, env: { ...env, ...extra } })
    if (first.code !== 0) throw new Error(`npx ended with ${first.code}: ${first.stderr}`)
    runs.push(first.ms)
  }
  ratio('first npx of the package', median(runs), bare)
}

/** The end-to-end tests' laptop, bundled: Node 20 runs no TypeScript. */
async function support() {
  // Within the checkout, so that it finds the packages it leaves out.
  const outfile = path.join(root, 'node_modules/.cache/devk8s/bench-support.mjs')
  await build({
    stdin: {
      contents: `export * from './test/e2e/support/laptop.ts'; export * from './test/e2e/support/mirror.ts'; export * from './test/e2e/support/sts.ts'`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
    plugins: [{ name: 'addresses', setup: keepAddresses }],
  })
  return import(pathToFileURL(outfile).href)
}

/** A module of the tests finds its neighbours by its own address, which in a bundle would be the bundle's. */
function keepAddresses({ onLoad }) {
  onLoad({ filter: /[/\\]test[/\\].*\.ts$/ }, async ({ path: file }) => {
    const define = {
      'import.meta.dirname': JSON.stringify(path.dirname(file)),
      'import.meta.url': JSON.stringify(pathToFileURL(file).href),
    }
    const { code } = await transform(await fs.readFile(file, 'utf8'), {
      loader: 'ts',
      define,
      target: 'node20',
    })
    return { loader: 'js', contents: code }
  })
}

async function succeed(person, args) {
  return succeedIn(person, [node, person.bin, ...args])
}

async function succeedIn(person, argv) {
  const owner = person.uid === undefined ? {} : { uid: person.uid, gid: person.uid }
  const ended = await time(argv, { cwd: person.cwd, env: person.env, ...owner })
  if (ended.code !== 0)
    throw new Error(`${argv.join(' ')} ended with ${ended.code}:\n${ended.stdout}${ended.stderr}`)
  return ended
}

async function time(argv, options = {}) {
  const start = process.hrtime.bigint()
  const child = spawn(argv[0], argv.slice(1), {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
  const [code] = await once(child, 'close')
  return { ms: Number(process.hrtime.bigint() - start) / 1e6, code, stdout, stderr }
}

/** The median ms of commands that alternate, by name; each is told its round. */
async function timesOf(commands, rounds) {
  const times = new Map(commands.map(([name]) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, argvOf, itsEnv] of commands) {
      const argv = argvOf(round)
      const { ms, code, stderr } = await time(argv, { env: itsEnv })
      if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${stderr}`)
      times.get(name).push(ms)
    }
  }
  return new Map([...times].map(([name, all]) => [name, median(all)]))
}

/** The fastest of many starts, taken in turns: what load adds is not the program's. */
async function fastest(commands, rounds) {
  const times = new Map(commands.map(([name]) => [name, Number.POSITIVE_INFINITY]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, argv] of commands) {
      const { ms, code } = await time(argv)
      if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}`)
      times.set(name, Math.min(times.get(name), ms))
    }
  }
  return times
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

function inMs(ms) {
  return `${ms.toFixed(0)} ms`
}

function ratio(name, ms, bare, limit) {
  const value = ms / bare
  if (limit === undefined) line(name, `${value.toFixed(2)} x`, inMs(ms))
  else bar(name, value, limit, `${value.toFixed(2)} x`, `, ${inMs(ms)}`)
}

/** A value with a limit of the project. */
function bar(name, value, limit, shown, note = '') {
  const isOver = value > limit
  bars.push({ name: name.trim(), isOver })
  line(
    name,
    shown,
    `${isOver ? 'OVER' : 'ok'}, limit ${limit >= 10_000 ? `${limit / 1000} KB` : limit}${note}`,
  )
}

function line(name, value, note) {
  console.log(`${name.padEnd(42)} ${value.padStart(10)}  ${note}`)
}
