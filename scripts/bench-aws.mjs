// The parts of `npm run bench` about AWS, against a simulated API server through the kubectl on PATH. Pull secrets for
// 1,000 namespaces: what counts is the number of calls and requests, the seconds are mostly those of the simulator. And
// `aws status` of the built program, with an STS on loopback that answers at once.
import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { fs, path, which } from 'zx'

const root = path.resolve(import.meta.dirname, '..')
const namespaces = 1_000
/** One that has mutating admission policies without being asked to. */
const kubernetes = 'v1.36.2'

/**
 * Prints what it takes to serve a thousand namespaces: the first time, when nothing is due, and a new one.
 * @param bench what bench.mjs measures and prints with.
 */
export async function pullSecrets(bench) {
  const kubectl = await which('kubectl', { nothrow: true })
  if (kubectl === null) {
    console.log('No kubectl on PATH: pull secrets are not measured.')
    return
  }
  const { emptyStore, imagesKeeper, imagesLab, putObjects, serveKubeApi } = await modules()
  const store = putObjects(emptyStore(Date.now(), kubernetes), all(namespaces), Date.now())
  const server = await serveKubeApi({ store, now: () => Date.now() })
  try {
    const pods = { namespaces: [], serviceAccounts: [], roles: {} }
    const lab = imagesLab(await clusterOf(server.url, kubectl, bench), { pods })
    const renew = async () => {
      lab.forget()
      await imagesKeeper.renew(lab.upkeep, { changes: [], detail: {} }, lab.context)
    }
    const look = async () => {
      lab.forget()
      return imagesKeeper.look(lab.upkeep, lab.context)
    }
    const title = `pull secrets, ${namespaces.toLocaleString('en')} namespaces`
    // Three to look, five to apply: `default` is one more than four batches of 250.
    await measured(bench, title, { calls: 8 }, { server, lab }, renew)
    const standing = await measured(bench, '  nothing due', { calls: 2 }, { server, lab }, look)
    if ('problem' in standing || standing.changes.length > 0) throw new Error(JSON.stringify(standing))
    server.change({ store: putObjects(server.store(), all(namespaces + 1), Date.now()) })
    await measured(bench, '  one new namespace', { calls: 4 }, { server, lab }, renew)
  } finally {
    await server.close()
  }
}

/** The time of `aws status` in ms beyond its one call of STS, which here takes none. */
const statusMs = 300

/**
 * Prints what `devk8s aws status` takes, with everything there and nothing due.
 * @param bench what bench.mjs measures and prints with.
 */
export async function awsStatus(bench) {
  const kubectl = await which('kubectl', { nothrow: true })
  if (kubectl === null) {
    console.log('No kubectl on PATH: aws status is not measured.')
    return
  }
  const { node, bin, timesOf, bar } = bench
  const { emptyStore, loopbackAws, putObjects, serveKubeApi } = await modules()
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
  const store = putObjects(emptyStore(Date.now(), kubernetes), [namespace], Date.now())
  const server = await serveKubeApi({ store, now: () => Date.now() })
  const aws = await loopbackAws()
  try {
    const home = await fs.mkdtemp(path.join(bench.scratch, 'aws-status-'))
    await writeHome(home, server.url, kubectl)
    const env = { ...bench.env, HOME: home, AWS_ENDPOINT_URL: aws.url, AWS_EC2_METADATA_DISABLED: 'true' }
    const time = async (...words) => timesOf([['devk8s', () => [node, bin, 'aws', ...words], env]], 1)
    await time('refresh')
    const asked = aws.requests.length
    await time('status')
    const calls = aws.requests.length - asked
    const times = await timesOf([['status', () => [node, bin, 'aws', 'status'], env]], 9)
    const ms = times.get('status')
    bar('aws status beyond its STS call', ms, statusMs, `${ms.toFixed(0)} ms`)
    bar('  calls of AWS', calls, 1, String(calls))
  } finally {
    await Promise.all([server.close(), aws.close()])
  }
}

/** What `up` and a person leave behind: the record, the private kubeconfig, and static keys. */
async function writeHome(home, url, kubectl) {
  const kubeconfig = path.join(home, '.local/share/devk8s/kubeconfig/devk8s')
  await fs.outputJson(kubeconfig, kubeconfigOf(url, 'devk8s'))
  await fs.outputJson(`${kubeconfig}.made.json`, { driver: 'docker' })
  await fs.outputFile(path.join(home, '.aws/config'), '[profile dev]\nregion = eu-west-1\n')
  const keys = 'aws_access_key_id = AKIABENCH\naws_secret_access_key = none\n'
  await fs.outputFile(path.join(home, '.aws/credentials'), `[dev]\n${keys}`)
  await fs.outputJson(path.join(home, '.local/state/devk8s/aws/upkeep/devk8s.json'), {
    version: 1,
    team: 'bench',
    cluster: 'devk8s',
    kubectl: { program: kubectl, kubeconfig, context: 'devk8s' },
    kubernetes,
    source: { profile: 'dev', region: 'eu-west-1' },
    accounts: {},
    images: {
      mode: 'secret',
      why: 'the profile says so',
      registries: [{ account: '123456789012', regions: ['eu-west-1'] }],
    },
    pods: { namespaces: ['shop'], serviceAccounts: [], roles: {} },
  })
}

async function measured({ bar, line }, title, limits, { server, lab }, action) {
  const [calls, requests, from] = [lab.commands.length, server.requests().length, performance.now()]
  const result = await action()
  const seconds = (performance.now() - from) / 1000
  const made = lab.commands.length - calls
  bar(title, made, limits.calls, `${made} calls`, ` of kubectl`)
  line('  requests', String(server.requests().length - requests), `${seconds.toFixed(1)} s`)
  return result
}

const all = (count) =>
  Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: `bench-${index}` },
  }))

async function clusterOf(url, program, { scratch, env }) {
  const home = await fs.mkdtemp(path.join(scratch, 'pull-secrets-'))
  const kubeconfig = path.join(home, 'config')
  await fs.writeJson(kubeconfig, kubeconfigOf(url, 'bench'))
  const run = (argv, stdin) =>
    new Promise((resolve) => {
      const options = { env: { ...env, HOME: home }, maxBuffer: 64 * 1024 * 1024 }
      const child = execFile(program, argv, options, (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : 1
        resolve({ outcome: 'exited', exitCode, signal: null, stdout, stderr, durationMs: 0 })
      })
      child.stdin.end(stdin)
    })
  return { name: 'bench', kubeconfig, context: 'bench', kubernetes, run }
}

const kubeconfigOf = (url, name) => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name, cluster: { server: url } }],
  users: [{ name, user: { token: 'a-token' } }],
  contexts: [{ name, context: { cluster: name, user: name } }],
})

/** The keeper as it is in src, and the surroundings that its tests have. */
async function modules() {
  const outfile = path.join(root, 'node_modules/.cache/devk8s/bench-pull-secrets.mjs')
  const files = [
    'src/images/images-keeper.ts',
    'src/simulator/kube-api/server.ts',
    'src/simulator/kube-api/store.ts',
    'test/fakes/aws-server.ts',
    'test/fakes/images-lab.ts',
  ]
  await build({
    stdin: { contents: files.map((file) => `export * from './${file}'`).join('\n'), resolveDir: root },
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  })
  return import(pathToFileURL(outfile).href)
}
