// The part of `npm run bench` about contexts: switch, completion and token against `node -e 0` and, where it is on
// PATH, against kubectl on the same file.
import { fs, path, which } from 'zx'

/** Rounds by number of contexts: what takes seconds needs fewer to settle. */
const sizes = [
  [10, 25],
  [1_000, 9],
  [10_000, 5],
]

/** What the shell that is measured exports when the prompt of devk8s is on. */
const prompt = { DEVK8S_PROMPT: 'context-0:shop', DEVK8S_PROMPT_COLOR: 'red', DEVK8S_PROMPT_PROTECTED: '1' }

/**
 * Prints the figures of the everyday commands.
 * @param bench what bench.mjs measures and prints with.
 */
export async function contexts(bench) {
  const kubectl = await which('kubectl', { nothrow: true })
  if (kubectl === null) console.log('No kubectl on PATH: switch is not compared with it.')
  for (const [count, rounds] of sizes) await switching(bench, kubectl, count, rounds)
  await completing(bench)
  await handingOut(bench)
}

async function switching({ node, bin, env, scratch, timesOf, ratio, bar, line }, kubectl, count, rounds) {
  const home = await fs.mkdtemp(path.join(scratch, 'contexts-'))
  const files = { devk8s: path.join(home, 'devk8s'), kubectl: path.join(home, 'kubectl') }
  for (const file of Object.values(files)) await fs.writeFile(file, kubeconfig(count), { mode: 0o600 })
  const envOf = (file) => ({ ...env, HOME: home, KUBECONFIG: file })
  const target = (round) => `context-${round % 2 === 0 ? count - 1 : 0}`
  const commands = [
    ['bare', () => [node, '-e', '0'], env],
    ['switch', (round) => [node, bin, 'switch', target(round)], { ...envOf(files.devk8s), ...prompt }],
  ]
  if (kubectl !== null) {
    const argv = (round) => [kubectl, 'config', 'use-context', target(round)]
    commands.push(['kubectl', argv, envOf(files.kubectl)])
  }
  const times = await timesOf(commands, rounds)
  const name = `devk8s switch, ${count.toLocaleString('en')} contexts`
  ratio(name, times.get('switch'), times.get('bare'), count === 10 ? 2.2 : undefined)
  const limit = { 1_000: 0.6, 10_000: 0.15 }[count]
  if (kubectl === null) return
  const byKubectl = times.get('switch') / times.get('kubectl')
  const note = `, kubectl ${times.get('kubectl').toFixed(0)} ms`
  const shown = `${byKubectl.toFixed(2)} x`
  if (limit === undefined) line('  by kubectl config use-context', shown, note.slice(2))
  else bar('  by kubectl config use-context', byKubectl, limit, shown, note)
}

async function completing({ node, bin, env, scratch, timesOf, bar }) {
  const home = await fs.mkdtemp(path.join(scratch, 'completion-'))
  const file = path.join(home, 'config')
  await fs.writeFile(file, kubeconfig(1_000), { mode: 0o600 })
  const argv = () => [node, bin, '__complete', '--', 'switch', 'context-99']
  const times = await timesOf([['complete', argv, { ...env, HOME: home, KUBECONFIG: file }]], 9)
  const ms = times.get('complete')
  bar('completion of context names, 1,000', ms, 150, `${ms.toFixed(0)} ms`)
}

/** `token` for EKS, with the session of the role kept from a first run that had to assume it. */
async function handingOut({ node, bin, env, scratch, timesOf, ratio, support }) {
  const home = await fs.mkdtemp(path.join(scratch, 'token-'))
  const { startSts } = await support()
  const sts = await startSts()
  await fs.outputFile(
    path.join(home, '.aws/credentials'),
    '[bench]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = made-up\n',
    { mode: 0o600 },
  )
  const own = { ...env, HOME: home, AWS_ENDPOINT_URL_STS: sts.url, AWS_EC2_METADATA_DISABLED: 'true' }
  const role = 'arn:aws:iam::123456789012:role/FULL'
  const flags = ['--cluster', 'acme', '--region', 'eu-west-1', '--aws-profile', 'bench', '--role-arn', role]
  const token = () => [node, bin, 'token', ...flags]
  const commands = [
    ['bare', () => [node, '-e', '0'], env],
    ['token', token, own],
  ]
  const first = await timesOf(commands, 1)
  const times = await timesOf(commands, 25)
  await sts.close()
  if (sts.assumed.length !== 1) throw new Error(`the role was assumed ${sts.assumed.length} times, not once`)
  ratio('devk8s token, session kept', times.get('token'), times.get('bare'), 2.5)
  ratio('  first, role assumed', first.get('token'), times.get('bare'))
}

/** Entries of about 2 KB, as EKS clusters have them. */
function kubeconfig(count) {
  const certificate = 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t'.repeat(42)
  const all = Array.from({ length: count }, (_, index) => index)
  const clusters = all.map(
    (index) =>
      `- cluster:\n    certificate-authority-data: ${certificate}\n    server: https://${index}.eks.example\n  name: cluster-${index}\n`,
  )
  const list = all.map(
    (index) =>
      `- context:\n    cluster: cluster-${index}\n    user: user-${index}\n  name: context-${index}\n`,
  )
  const users = all.map(
    (index) =>
      `- name: user-${index}\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      args:\n      - eks\n      - get-token\n      - --cluster-name\n      - cluster-${index}\n      command: aws\n`,
  )
  return [
    'apiVersion: v1\nclusters:\n',
    ...clusters,
    'contexts:\n',
    ...list,
    'current-context: context-0\nkind: Config\npreferences: {}\nusers:\n',
    ...users,
  ].join('')
}
