// `npm run bench`: what devk8s costs, as ratios to `node -e 0` in the same run. Absolute times move with the
// machine and its load; ratios travel.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { fs, os, path } from 'zx'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..')
const bin = path.join(root, 'dist/bin.js')
const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'devk8s-bench-'))
const { NODE_EXTRA_CA_CERTS: _slow, ...inherited } = process.env
const env = { ...inherited, HOME: scratch, TMPDIR: scratch, CI: 'true', NO_COLOR: '1' }
for (const name of Object.keys(env)) if (/^(XDG_|DEVK8S_|KUBECONFIG|MINIKUBE_)/.test(name)) delete env[name]

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

async function time(argv, { cwd = root } = {}) {
  const start = process.hrtime.bigint()
  const child = spawn(argv[0], argv.slice(1), { cwd, env, stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  return { ms: Number(process.hrtime.bigint() - start) / 1e6, code }
}

/** Medians of several commands, taken in turns so that load falls on all alike. */
async function medians(commands, rounds) {
  const times = new Map(commands.map(([name]) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, argv] of commands) {
      const { ms, code } = await time(argv)
      if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}`)
      times.get(name).push(ms)
    }
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]))
}

const node = process.execPath
const line = (name, value, note = '') => console.log(`${name.padEnd(44)} ${value.padStart(10)}  ${note}`)

console.log(`devk8s bench: Node ${process.versions.node}, ${os.cpus().length} processors\n`)
await time([node, bin, 'up', '--rehearse', '--profile', 'aws']) // the simulated laptop, for the no-op runs
const results = await medians(
  [
    ['node -e 0', [node, '-e', '0']],
    ['devk8s --version', [node, bin, '--version']],
    ['devk8s --help', [node, bin, '--help']],
    ['devk8s plan --rehearse (ready)', [node, bin, 'plan', '--rehearse', '--profile', 'aws']],
    ['devk8s up --rehearse (nothing to do)', [node, bin, 'up', '--rehearse', '--profile', 'aws']],
  ],
  11,
)
const bare = results.get('node -e 0')
for (const [name, ms] of results) line(name, `${(ms / bare).toFixed(2)} x`, `${ms.toFixed(0)} ms`)

const { stdout: packed } = await run(
  'npm',
  ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch],
  { cwd: root, env: { ...env, HOME: os.homedir() } },
)
const parsed = JSON.parse(packed)
const [{ filename, size, unpackedSize, entryCount }] = Array.isArray(parsed) ? parsed : Object.values(parsed)
line(
  'package, packed',
  `${(size / 1000).toFixed(0)} KB`,
  `${(unpackedSize / 1000).toFixed(0)} KB unpacked, ${entryCount} files`,
)
const { dependencies = {} } = await fs.readJson(path.join(root, 'package.json'))
line('run-time dependencies', String(Object.keys(dependencies).length))

const cold = await fs.mkdtemp(path.join(scratch, 'npx-'))
const first = await time(['npx', '--yes', '--package', path.join(scratch, filename), 'devk8s', '--version'], {
  cwd: cold,
})
line(
  'first npx of the package',
  `${(first.ms / bare).toFixed(1)} x`,
  `${first.ms.toFixed(0)} ms, exit ${first.code}`,
)
await fs.remove(scratch)
