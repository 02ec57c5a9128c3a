import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { realAws } from '../../src/adapters/aws.ts'
import type { Aws } from '../../src/ports/aws.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { associationsIn } from '../../src/simulator/aws/associations.ts'
import { authorityPem } from '../../src/simulator/aws/authority.ts'
import { simulatedAws } from '../../src/simulator/aws/aws.ts'
import { stateStoreObject } from '../../src/simulator/aws/state-store.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import type { Machine } from '../../src/simulator/machine.ts'
import { manualClock } from '../engine/manual-clock.ts'
import { awsHome } from './aws-home.ts'
import { loopbackAws } from './aws-server.ts'

/** An AWS with the clusters acme-dev, acme-prod and acme-staging, and a kOps state store of prod.acme.io. */
export interface AwsSubject {
  readonly name: string
  readonly aws: Aws
  /** Whether it knows EKS Pod Identity: moto 5.2.1 does not. */
  readonly hasPodIdentity: boolean
  /** The same account before anything was made in it. */
  readonly empty: Aws
  /** The time this AWS lives in: a simulated one is ahead by all it has waited. */
  nowMs(): number
  close(): Promise<void>
}

export const clusterNames = ['acme-dev', 'acme-prod', 'acme-staging'] as const
export const kopsSpec = {
  cluster: 'prod.acme.io',
  stateStore: 's3://acme-kops-state',
  region: 'us-east-1',
} as const
const objects = ['prod.acme.io/config', 'prod.acme.io/pki/private/kubernetes-ca/keyset.yaml'].map(
  (key) => [key, stateStoreObject(key) ?? ''] as const,
)

/** The real adapter, with a profile of keys, at an address of its own. */
export async function adapterAt(url: string): Promise<Aws> {
  const home = await awsHome({
    config: '[profile acme]\nregion = eu-west-1\n',
    credentials: '[acme]\naws_access_key_id = AKIATEST\naws_secret_access_key = test-secret\n',
  })
  return realAws({ env: { AWS_ENDPOINT_URL: url, USER: 'anna' }, home })
}

/** The simulated AWS of a laptop on which these faults are played. */
export function simulatedWith(...faults: readonly Fault[]): Aws {
  return simulatedAt(manualClock({ auto: true, startMs: Date.now() }), faults)
}

function simulatedAt(clock: Clock, faults: readonly Fault[]): Aws {
  const machine: Pick<Machine, 'clock' | 'speed' | 'faults'> = { clock, speed: 1, faults }
  return simulatedAws(machine as Machine)
}

export async function loopbackSubject(): Promise<AwsSubject> {
  const [full, bare] = await Promise.all([loopbackAws(), loopbackAws()])
  for (const name of clusterNames) {
    full.clusters.set(name, {
      arn: `arn:aws:eks:eu-west-1:123456789012:cluster/${name}`,
      endpoint: `https://${name}.gr7.eu-west-1.eks.amazonaws.com`,
      certificateAuthority: { data: btoa(authorityPem) },
      status: 'ACTIVE',
      version: '1.33',
      tags: { environment: name },
    })
  }
  full.associations.set(
    'acme-staging',
    associationsIn('acme-staging', '123456789012').map((each) => ({ ...each })),
  )
  for (const [key, text] of objects) full.objects.set(`acme-kops-state/${key}`, text)
  // A bucket is there when something is in it.
  bare.objects.set('acme-kops-state/other', '')
  return {
    name: 'the loopback server',
    hasPodIdentity: true,
    aws: await adapterAt(full.url),
    empty: await adapterAt(bare.url),
    nowMs: Date.now,
    close: async () => void (await Promise.all([full.close(), bare.close()])),
  }
}

export async function simulatedSubject(): Promise<AwsSubject> {
  const empty = simulatedWith({ name: 'aws', value: 'no-such-cluster' })
  const clock = manualClock({ auto: true, startMs: Date.now() })
  const aws = simulatedAt(clock, [])
  const name = 'the simulated AWS'
  return { name, hasPodIdentity: true, aws, empty, nowMs: () => clock.now(), close: async () => {} }
}

/** Whether Python's moto is on this machine; says so when it is not. */
export function hasMoto(): boolean {
  const found = spawnSync('moto_server', ['--help'], { stdio: 'ignore', timeout: 30_000 }).status === 0
  if (!found) process.stdout.write('moto_server is not here: its part of the contract is skipped\n')
  return found
}

/** The real adapter against moto: an account of eu-west-1 that is filled, and the empty one of us-west-2. */
export async function motoSubject(): Promise<AwsSubject> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  await answering(url)
  await fill(url)
  const aws = await adapterAt(url)
  const elsewhere = { region: 'us-west-2' }
  return {
    name: 'moto',
    hasPodIdentity: false,
    aws,
    nowMs: Date.now,
    empty: {
      ...aws,
      describeCluster: async (source, signal) => aws.describeCluster({ ...source, ...elsewhere }, signal),
      listClusters: async (source, signal) => aws.listClusters({ ...source, ...elsewhere }, signal),
      readText: async (source, signal) => aws.readText({ ...source, bucket: 'acme-empty' }, signal),
    },
    close: async () => {
      const gone = new Promise((resolve) => void moto.once('exit', resolve))
      moto.kill()
      await gone
    },
  }
}

async function fill(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' }
  const eks = new EKSClient({ endpoint, credentials, region: 'eu-west-1' })
  for (const name of clusterNames) {
    const roleArn = 'arn:aws:iam::123456789012:role/eks'
    const resourcesVpcConfig = { subnetIds: ['subnet-1', 'subnet-2'] }
    await eks.send(
      new CreateClusterCommand({ name, roleArn, resourcesVpcConfig, tags: { environment: name } }),
    )
  }
  const s3 = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true })
  for (const Bucket of ['acme-kops-state', 'acme-empty']) await s3.send(new CreateBucketCommand({ Bucket }))
  for (const [Key, Body] of objects)
    await s3.send(new PutObjectCommand({ Bucket: 'acme-kops-state', Key, Body }))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => void server.close(resolve))
  return port
}

/** Python needs some seconds to load. */
async function answering(url: string): Promise<void> {
  for (let tries = 0; tries < 150; tries += 1) {
    const status = await fetch(url).then(
      (reply) => reply.status,
      () => undefined,
    )
    if (status !== undefined) return
    await new Promise((resolve) => void setTimeout(resolve, 200))
  }
  throw new Error(`moto_server does not answer at ${url}`)
}
