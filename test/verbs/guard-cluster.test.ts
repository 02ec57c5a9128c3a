import { expect, test } from 'vitest'
import type { Json } from '../../src/ports/event.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { newLaptop, type RunOptions } from '../fakes/session.ts'
import { base64, ecrAuth, keysOf, privateKey } from '../unit/guard/corpus.ts'

const { id, secret, token } = keysOf('cluster')

/** A cluster in which these objects are, as kubectl tells of them. */
function holding(items: readonly Json[]): RunOptions {
  return {
    through: (ports: Ports) => ({
      ...ports,
      exec: {
        ...ports.exec,
        run: async (command, how) =>
          command.tool === 'kubectl' && command.args.some((arg) => arg.startsWith('pods,deployments'))
            ? {
                outcome: 'exited',
                exitCode: 0,
                signal: null,
                stdout: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
                stderr: '',
                durationMs: 1,
              }
            : ports.exec.run(command, how),
      },
    }),
  }
}

const env = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }))
const container = (values: Readonly<Record<string, string>>) => ({
  name: 'app',
  image: 'app',
  env: env(values),
})
const object = (
  kind: string,
  name: string,
  rest: Record<string, Json>,
  metadata: Record<string, Json> = {},
) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'shop', ...metadata },
  ...rest,
})
const pod = (values: Readonly<Record<string, string>>) => ({ spec: { containers: [container(values)] } })

interface Answer {
  readonly findings: readonly { readonly kind: string; readonly file: string; readonly line?: number }[]
  readonly ownKeys: readonly string[]
}

async function scan(items: readonly Json[]) {
  const laptop = await newLaptop()
  await laptop.run('up --yes')
  const done = await laptop.run('guard scan --cluster', holding(items))
  const answer = done.answer as unknown as Answer
  return { ...done, found: answer.findings.map(({ kind, file }) => `${file}: ${kind}`), ...answer }
}

test('keys in the manifests of what runs are found, each owner once', async () => {
  const keys = { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret }
  const owned = { ownerReferences: [{ kind: 'ReplicaSet', name: 'api-1' }] }
  const { exit, found, ownKeys, events } = await scan([
    object('Deployment', 'api', { spec: { template: pod(keys) } }),
    object('Pod', 'api-1-x', pod(keys), owned),
    object('CronJob', 'sync', {
      spec: { jobTemplate: { spec: { template: pod({ AWS_SESSION_TOKEN: token }) } } },
    }),
    object('Pod', 'bare', {
      spec: { initContainers: [{ name: 'setup', args: [`--secret-key=${secret}`] }], containers: [] },
    }),
    object('DaemonSet', 'proxy', { spec: { template: pod(keys) } }, { namespace: 'kube-system' }),
  ])
  expect(exit).toBe(3)
  expect(found).toEqual([
    'Deployment shop/api, container app: aws-access-key-id',
    'Deployment shop/api, container app: aws-secret-access-key',
    'CronJob shop/sync, container app: aws-session-token',
    'Pod shop/bare, container setup: aws-secret-access-key',
  ])
  expect(ownKeys).toEqual(['Deployment shop/api, container app', 'CronJob shop/sync, container app'])
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'note',
      text: 'Deployment shop/api, container app brings its own AWS keys (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY); devk8s leaves it alone.',
    }),
  )
  expect(JSON.stringify(events)).not.toContain(secret)
})

test('keys of a stand-in are no secret, and are told of all the same', async () => {
  const { exit, found, ownKeys } = await scan([
    object('Deployment', 'api', {
      spec: { template: pod({ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }) },
    }),
  ])
  expect([exit, found, ownKeys]).toEqual([0, [], ['Deployment shop/api, container app']])
})

test('ConfigMaps by line; of Secrets what is AWS’, and nothing of devk8s’ own', async () => {
  const data = { AWS_ACCESS_KEY_ID: base64(id), AWS_SECRET_ACCESS_KEY: base64(secret) }
  const docker = { '.dockerconfigjson': base64(JSON.stringify({ auths: { e: { auth: ecrAuth('c') } } })) }
  const ours = { 'devk8s.dev/managed': 'true', 'devk8s.dev/upkeep': 'true' }
  const { found, findings } = await scan([
    object('ConfigMap', 'settings', {
      data: { 'app.ini': `[s3]\nregion = eu-west-1\naccess_key = ${id}\n` },
    }),
    object('Secret', 'mine', { data }),
    object('Secret', 'pull', { type: 'kubernetes.io/dockerconfigjson', data: docker }),
    object('Secret', 'tls', { type: 'kubernetes.io/tls', data: { 'tls.key': base64(privateKey('c')) } }),
    object('Secret', 'aws-credentials', { data }, { labels: ours }),
    object(
      'Secret',
      'awsecr-cred',
      { type: 'kubernetes.io/dockerconfigjson', data: docker },
      { labels: ours },
    ),
    object('Secret', 'registry-creds-ecr', { data }, { namespace: 'kube-system' }),
    object('Secret', 'sh.helm.release.v1.a.v1', {
      type: 'helm.sh/release.v1',
      data: { release: base64(id) },
    }),
  ])
  expect(found).toEqual([
    'ConfigMap shop/settings, app.ini: aws-access-key-id',
    'Secret shop/mine, AWS_ACCESS_KEY_ID: aws-access-key-id',
    'Secret shop/mine, AWS_SECRET_ACCESS_KEY: aws-secret-access-key',
    'Secret shop/pull, .dockerconfigjson: ecr-login',
  ])
  expect(findings.map(({ line }) => line)).toEqual([3, undefined, undefined, undefined])
})

test('a name and the label of manifests make no Secret devk8s’ own; what registry-creds wrote is nobody’s', async () => {
  const data = { AWS_ACCESS_KEY_ID: base64(id) }
  const docker = (entry: Record<string, string>) => {
    const host = 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com'
    return { '.dockerconfigjson': base64(JSON.stringify({ auths: { [host]: entry } })) }
  }
  const auth = ecrAuth('c')
  const { found } = await scan([
    object('Secret', 'aws-credentials', { data }),
    object('Secret', 'registry-creds-ecr', { data }),
    object('Secret', 'of-a-manifest', { data }, { labels: { 'devk8s.dev/managed': 'true' } }),
    object('Secret', 'awsecr-cred', { data: docker({ auth }) }),
    object('Secret', 'awsecr-cred', { data: docker({ auth, email: 'none' }) }, { namespace: 'dev' }),
  ])
  expect(found).toEqual([
    'Secret shop/aws-credentials, AWS_ACCESS_KEY_ID: aws-access-key-id',
    'Secret shop/registry-creds-ecr, AWS_ACCESS_KEY_ID: aws-access-key-id',
    'Secret shop/of-a-manifest, AWS_ACCESS_KEY_ID: aws-access-key-id',
    'Secret shop/awsecr-cred, .dockerconfigjson: ecr-login',
  ])
})

test('a new laptop has no cluster to scan; a simulated one has nothing to find', async () => {
  const laptop = await newLaptop()
  const none = await laptop.run('guard scan --cluster')
  expect([none.exit, none.problems[0]?.code]).toEqual([4, 'DK5094'])
  await laptop.run('up --yes')
  const done = await laptop.run('guard scan --cluster')
  expect([done.exit, done.answer]).toMatchObject([0, { findings: [], ownKeys: [] }])
})

test('the sum counts texts', async () => {
  expect((await scan([object('Pod', 'a', pod({ A: 'b' })), object('Pod', 'b', pod({ A: 'b' }))])).text).toBe(
    'No keys in 2 texts of the cluster.\n',
  )
  expect((await scan([object('Pod', 'a', pod({ A: 'b' }))])).text).toBe('No keys in 1 text of the cluster.\n')
})
