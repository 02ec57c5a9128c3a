import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signClientCertificate } from '../../src/adapters/certificates.ts'
import { Secret } from '../../src/ports/secret.ts'
import { authorityKeyPem, authorityPem } from '../../src/simulator/aws/authority.ts'
import { realKubectl } from '../support/kubectl.ts'
import { bin, devk8s, newPerson, type Person } from './program.ts'
import { type Sts, startSts } from './support/sts.ts'
import { type Caller, startTlsCluster, type TlsCluster } from './support/tls-cluster.ts'

// A real kubectl, a real devk8s and TLS between; the cluster behind is the simulator's, and so is STS.
const posix = process.platform !== 'win32'
const kubectl = posix ? await realKubectl() : { none: 'the launcher here is a shell script' }
const why = 'path' in kubectl ? '' : ` (skipped: ${kubectl.none})`

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface Lab {
  readonly person: Person
  readonly launcher: string
  readonly cluster: TlsCluster
  readonly sts: Sts
}

/** Who a token says it is from, by the rules with which EKS reads one: the access key tells the role. */
function roleIn({ bearer = '' }: Caller): string | undefined {
  const [, encoded] = /^k8s-aws-v1\.([\w-]+)$/.exec(bearer) ?? []
  if (encoded === undefined) return undefined
  const { protocol, host, searchParams } = new URL(Buffer.from(encoded, 'base64url').toString())
  if (protocol !== 'https:' || host !== 'sts.eu-west-1.amazonaws.com') return undefined
  if (searchParams.get('X-Amz-SignedHeaders') !== 'host;x-k8s-aws-id') return undefined
  return searchParams.get('X-Amz-Credential')?.split('/')[0]?.replace(/^ASIA/, '')
}

/** Certificates of administrators and the two roles get in; READER only looks. */
function admit(caller: Caller): 200 | 401 | 403 {
  if (caller.certificate?.O === 'system:masters' || caller.bearer === 'a-plain-token') return 200
  const role = roleIn(caller)
  if (role === 'FULL') return 200
  if (role !== 'READER') return 401
  return caller.method === 'GET' ? 200 : 403
}

async function openLab(): Promise<Lab> {
  const [cluster, sts] = await Promise.all([startTlsCluster(admit, authorityPem), startSts()])
  const person = await newPerson({
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_EC2_METADATA_DISABLED: 'true',
    USER: 'anna',
  })
  await mkdir(join(person.home, '.aws'))
  const keys = '[acme]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = made-up\n'
  await writeFile(join(person.home, '.aws', 'credentials'), keys, { mode: 0o600 })
  const launcher = join(person.home, 'devk8s')
  await writeFile(launcher, `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, { mode: 0o755 })
  return { person, launcher, cluster, sts }
}

interface ContextWanted {
  readonly name: string
  readonly args: readonly string[]
  readonly apiVersion?: string
}

async function writeKubeconfig(
  { person, cluster, launcher }: Lab,
  contexts: readonly ContextWanted[],
): Promise<void> {
  const marker = { provider: 'devk8s.dev', team: 'acme', source: 'eks', protected: true }
  const data = Buffer.from(cluster.certificatePem).toString('base64')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: cluster.url, 'certificate-authority-data': data } }],
    contexts: contexts.map(({ name }) => ({
      name,
      context: {
        cluster: 'c',
        user: `devk8s-${name}`,
        extensions: [{ name: 'devk8s.dev', extension: marker }],
      },
    })),
    users: contexts.map(({ name, args, apiVersion = 'client.authentication.k8s.io/v1beta1' }) => ({
      name: `devk8s-${name}`,
      user: {
        exec: {
          apiVersion,
          command: launcher,
          args,
          interactiveMode: 'IfAvailable',
          provideClusterInfo: false,
        },
      },
    })),
  }
  await mkdir(join(person.home, '.kube'), { recursive: true })
  await writeFile(join(person.home, '.kube', 'config'), JSON.stringify(config), { mode: 0o600 })
}

function run(lab: Lab, args: readonly string[]): Promise<Ran> {
  if (!('path' in kubectl)) throw new Error(kubectl.none)
  const { env, cwd } = lab.person
  return new Promise((done) => {
    execFile(
      kubectl.path,
      ['--request-timeout=10s', ...args],
      { env: { ...env, KUBERC: 'off' }, cwd },
      (error, stdout, stderr) => done({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    )
  })
}

const eksWords =
  'token --cluster acme-prod --region eu-west-1 --aws-profile acme --role-arn arn:aws:iam::111122223333:role/full'
const eksArgs = (...more: readonly string[]) => [...eksWords.split(' '), ...more]
const readOnly = ['--read-only-role-arn', 'arn:aws:iam::111122223333:role/reader']

describe.skipIf(!('path' in kubectl))(`a real kubectl${why}`, () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await openLab()
  })
  afterAll(async () => {
    await Promise.all([lab.cluster.close(), lab.sts.close()])
  })

  test(
    'signs in through devk8s: locked it reads, unlocked it changes, and locks again',
    { timeout: 120_000 },
    async () => {
      await writeKubeconfig(lab, [{ name: 'prod', args: eksArgs(...readOnly, '--protect', 'prod') }])
      const create = ['--context', 'prod', 'create', 'namespace']
      const before = lab.sts.assumed.length
      const read = await run(lab, ['--context', 'prod', 'get', 'namespaces', '-o', 'name'])
      expect([read.code, read.stderr]).toEqual([0, ''])
      expect(read.stdout).toContain('namespace/default')
      const refused = await run(lab, [...create, 'a'])
      expect(refused.code).not.toBe(0)
      expect(refused.stderr).toContain('Forbidden')

      const unlocked = await devk8s(lab.person, [
        'unlock',
        'prod',
        '--for',
        '5m',
        '--reason',
        'a test',
        '--yes-prod',
      ])
      expect([unlocked.code, unlocked.stdout.split('\n')[0]]).toEqual([
        0,
        expect.stringMatching(/^prod is unlocked until \d\d:\d\d\.$/),
      ])
      const done = await run(lab, [...create, 'b'])
      expect([done.code, done.stdout, done.stderr]).toEqual([0, 'namespace/b created\n', ''])

      expect((await devk8s(lab.person, ['lock', 'prod'])).code).toBe(0)
      expect((await run(lab, [...create, 'c'])).stderr).toContain('Forbidden')
      // One session per role serves all those processes; that of the full role ends about when the unlock does.
      expect(lab.sts.assumed.slice(before)).toEqual([
        { role: 'reader', seconds: 3600 },
        { role: 'full', seconds: 900 },
      ])
      const log = await readFile(join(lab.person.home, '.local/state/devk8s/contexts/unlocks.log'), 'utf8')
      expect(log).toMatch(
        /user="anna" unlock context="prod" until=\S+ reason="a test"\n.* lock context="prod"\n$/,
      )
    },
  )

  test('locked without a role that reads, kubectl shows the way out', { timeout: 60_000 }, async () => {
    await writeKubeconfig(lab, [{ name: 'vault', args: eksArgs('--protect', 'vault') }])
    const ran = await run(lab, ['--context', 'vault', 'get', 'pods'])
    expect([ran.code, ran.stdout]).toEqual([1, ''])
    expect(ran.stderr).toContain('DK4080')
    expect(ran.stderr).toContain(`devk8s unlock vault --for 15m --reason 'why'`)
    expect(ran.stderr).toContain('failed with exit code 4')
  })

  test.for(['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'])(
    'in %s',
    { timeout: 60_000 },
    async (apiVersion) => {
      await writeKubeconfig(lab, [{ name: 'open', args: eksArgs(), apiVersion }])
      const ran = await run(lab, ['--context', 'open', 'get', '--raw', '/version'])
      expect([ran.code, ran.stderr]).toEqual([0, ''])
      expect(ran.stdout).toContain('v1.33.1')
    },
  )

  test('with a token from a file, and through another plugin', { timeout: 60_000 }, async () => {
    const path = join(lab.person.home, 'token')
    await writeFile(path, 'a-plain-token\n')
    const inner = [lab.launcher, 'token', '--token-file', path]
    await writeKubeconfig(lab, [
      { name: 'file', args: ['token', '--token-file', path] },
      { name: 'plugin', args: ['token', '--', ...inner], apiVersion: 'client.authentication.k8s.io/v1' },
    ])
    for (const name of ['file', 'plugin']) {
      const ran = await run(lab, ['--context', name, 'get', '--raw', '/version'])
      expect([ran.code, ran.stderr, lab.cluster.callers.at(-1)?.bearer]).toEqual([0, '', 'a-plain-token'])
    }
  })

  test('with a client certificate such as kOps clusters take', { timeout: 60_000 }, async () => {
    const signed = await signClientCertificate({
      authority: { certificatePem: authorityPem, keyPem: Secret.of(authorityKeyPem) },
      commonName: 'devk8s-anna',
      organization: 'system:masters',
      hours: 1,
      nowMs: Date.now(),
    })
    const [certificate, key] = [join(lab.person.home, 'me.pem'), join(lab.person.home, 'me-key.pem')]
    await writeFile(certificate, signed.certificatePem)
    await writeFile(key, Secret.reveal(signed.keyPem), { mode: 0o600 })
    const args = ['token', '--client-certificate', certificate, '--client-key', key]
    await writeKubeconfig(lab, [{ name: 'cert', args }])
    const ran = await run(lab, ['--context', 'cert', 'get', '--raw', '/version'])
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(lab.cluster.callers.at(-1)?.certificate).toEqual({ CN: 'devk8s-anna', O: 'system:masters' })
  })
})
