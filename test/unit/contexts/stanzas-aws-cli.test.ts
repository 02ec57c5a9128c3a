import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import which from 'which'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { stanzasOf } from '../../../src/contexts/stanzas.ts'

const run = promisify(execFile)
const path = process.env['PATH'] ?? ''
const missing: string[] = []
/** The real CLI, and the server that plays AWS for it. */
const [cli, mock] = ['aws', 'moto_server'] as const
for (const program of [cli, mock]) {
  if ((await which(program, { path, nothrow: true })) === null) missing.push(program)
}
const title = 'the EKS entry equals what the AWS CLI writes'

interface Written {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, unknown>> }[]
  readonly users: readonly {
    readonly user: { readonly exec: { readonly apiVersion: string; readonly args: readonly string[] } }
  }[]
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function mocked(port: number): Promise<ChildProcess> {
  const server = spawn(mock, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  for (let tries = 0; tries < 300; tries += 1) {
    const reply = await fetch(`http://127.0.0.1:${port}/moto-api/`).catch(() => undefined)
    if (reply?.ok) return server
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  server.kill()
  throw new Error('moto_server did not start')
}

const suffix = missing.length === 0 ? '' : ` (skipped: ${missing.join(' and ')} not on PATH)`

test.skipIf(missing.length > 0)(`${title}${suffix}`, { timeout: 90_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'devk8s-aws-'))
  const port = await freePort()
  const server = await mocked(port)
  try {
    const env = {
      PATH: path,
      HOME: folder,
      KUBECONFIG: join(folder, 'config'),
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      NO_PROXY: '127.0.0.1',
    }
    const endpoint = ['--endpoint-url', `http://127.0.0.1:${port}`]
    const aws = async (...args: readonly string[]) => run(cli, [...args, ...endpoint], { env })
    const role = 'arn:aws:iam::123456789012:role/developer'
    await aws(
      'eks',
      'create-cluster',
      '--name',
      'acme-dev',
      '--role-arn',
      role,
      '--resources-vpc-config',
      'subnetIds=a',
    )
    const { stdout } = await aws('eks', 'describe-cluster', '--name', 'acme-dev', '--output', 'json')
    const { cluster } = JSON.parse(stdout) as {
      cluster: { endpoint: string; certificateAuthority: { data: string } }
    }
    await aws('eks', 'update-kubeconfig', '--name', 'acme-dev', '--role-arn', role, '--alias', 'dev')
    const written = parse(await readFile(env.KUBECONFIG, 'utf8')) as Written
    const ours = stanzasOf({
      spec: { name: 'dev', eks: { cluster: 'acme-dev', region: 'eu-west-1', roleArn: role } },
      found: { server: cluster.endpoint, caData: cluster.certificateAuthority.data, region: 'eu-west-1' },
      name: 'dev',
      protectedAs: 'dev',
      launcher: '/data/bin/devk8s',
    })
    expect(ours.cluster).toEqual(written.clusters[0]?.cluster)
    const exec = written.users[0]?.user.exec
    const valueOf = (flag: string) => exec?.args[exec.args.indexOf(flag) + 1]
    expect(ours.user).toMatchObject({
      exec: {
        apiVersion: exec?.apiVersion,
        args: [
          'token',
          '--cluster',
          valueOf('--cluster-name'),
          '--region',
          valueOf('--region'),
          '--role-arn',
          valueOf('--role'),
        ],
      },
    })
  } finally {
    server.kill()
  }
})
