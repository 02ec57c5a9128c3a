import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mintKopsCertificate, readKopsCluster } from '../../../src/aws/kops.ts'
import { Secret } from '../../../src/ports/secret.ts'
import {
  type AwsSubject,
  clusterNames,
  hasMoto,
  kopsSpec,
  loopbackSubject,
  motoSubject,
  simulatedSubject,
} from '../../fakes/aws-subjects.ts'
import { authorityPem } from '../../../src/simulator/aws/authority.ts'

const signal = new AbortController().signal
const profile = 'acme'
const roleArn = 'arn:aws:iam::210987654321:role/developer'
const subjects = [loopbackSubject, simulatedSubject, ...(hasMoto() ? [motoSubject] : [])]

describe.each(subjects.map((open) => ({ open })))('$open.name', { timeout: 60_000 }, ({ open }) => {
  let subject: AwsSubject
  beforeAll(async () => {
    subject = await open()
  }, 60_000)
  afterAll(async () => subject.close())

  test('clause 1: DescribeCluster tells what a kubeconfig needs', async () => {
    const cluster = await subject.aws.describeCluster({ profile, cluster: 'acme-dev' }, signal)
    expect(cluster).toMatchObject({
      name: 'acme-dev',
      arn: expect.stringMatching(/^arn:aws:eks:eu-west-1:\d{12}:cluster\/acme-dev$/),
      endpoint: expect.stringMatching(/^https:\/\//),
      status: 'ACTIVE',
      tags: { environment: expect.any(String) },
    })
    expect(cluster?.certificateAuthorityData).toMatch(/^[A-Za-z0-9+/]+=*$/)
  })

  test('clause 2: a cluster that is not there is an answer', async () => {
    expect(await subject.empty.describeCluster({ profile, cluster: 'gone' }, signal)).toBeUndefined()
  })

  test('clause 3: ListClusters gives the names of the region', async () => {
    expect((await subject.aws.listClusters({ profile }, signal)).toSorted()).toEqual([...clusterNames])
    expect(await subject.empty.listClusters({ profile }, signal)).toEqual([])
  })

  test('clause 4: a role’s credentials are other ones, and end when they were asked to', async () => {
    const [own, role] = await Promise.all([
      subject.aws.credentials({ profile }, signal),
      subject.aws.credentials(
        { profile, roleArn, sessionName: 'EKSGetTokenAuth', sessionSeconds: 1_800 },
        signal,
      ),
    ])
    expect(role.accessKeyId).not.toBe(own.accessKeyId)
    expect(role.sessionToken).toBeInstanceOf(Secret)
    const seconds = ((role.expiresAtMs ?? 0) - subject.nowMs()) / 1_000
    expect(seconds).toBeGreaterThan(1_790)
    expect(seconds).toBeLessThan(1_810)
    const again = await subject.aws.credentials({ profile, roleArn }, signal)
    expect(Math.round(((again.expiresAtMs ?? 0) - subject.nowMs()) / 60_000)).toBe(15)
  })

  test('clause 5: an object that is not there is an answer', async () => {
    const source = { profile, region: 'us-east-1', bucket: 'acme-kops-state', key: 'nothing' }
    expect(await subject.aws.readText(source, signal)).toBeUndefined()
    expect(await subject.aws.readObject(source, signal)).toBeUndefined()
    expect(await subject.aws.readKeyset(source, signal)).toBeUndefined()
  })

  test('clause 6: a kOps cluster is read, and a certificate signed that its CA vouches for', async () => {
    const spec = { ...kopsSpec, awsProfile: profile }
    expect(await readKopsCluster(subject.aws, spec, signal)).toEqual({
      server: 'https://api.prod.acme.io',
      certificateAuthorityData: btoa(authorityPem),
      tlsServerName: 'api.internal.prod.acme.io',
      canMint: true,
    })
    const minted = await mintKopsCertificate(
      subject.aws,
      spec,
      { commonName: 'kubecfg-anna', hours: 1 },
      signal,
    )
    const certificate = new X509Certificate(minted.certificatePem)
    expect(certificate.verify(new X509Certificate(authorityPem).publicKey)).toBe(true)
    expect(certificate.subject).toContain('CN=kubecfg-anna')
  })

  test('clause 7: a state store without the cluster', async () => {
    await expect(
      readKopsCluster(subject.empty, { ...kopsSpec, awsProfile: profile }, signal),
    ).rejects.toMatchObject({
      problems: [{ code: 'DK5031', detail: 'There is no s3://acme-kops-state/prod.acme.io/config.' }],
    })
  })

  test('clause 8: the text of an object is a secret unless it is asked for as text', async () => {
    const source = { profile, region: 'us-east-1', bucket: 'acme-kops-state', key: 'prod.acme.io/config' }
    expect(await subject.aws.readText(source, signal)).toContain('kind: Cluster')
    expect(String(await subject.aws.readObject(source, signal))).toBe('***')
    const keyset = await subject.aws.readKeyset(
      { ...source, key: 'prod.acme.io/pki/private/kubernetes-ca/keyset.yaml' },
      signal,
    )
    expect(JSON.stringify(keyset)).not.toContain('PRIVATE KEY')
    expect(keyset?.keys).toHaveLength(1)
  })

  test('clause 9: a call that is stopped throws the signal’s reason', async () => {
    const stop = AbortSignal.abort('SIGINT')
    await expect(subject.aws.listClusters({ profile }, stop)).rejects.toBe('SIGINT')
    await expect(subject.aws.credentials({ profile, roleArn: `${roleArn}-2` }, stop)).rejects.toBe('SIGINT')
  })

  test('clause 81: Pod Identity associations with their roles; none, and no cluster, are answers', async (context) => {
    if (!subject.hasPodIdentity) {
      process.stdout.write(`${subject.name} has no Pod Identity: clause 81 is skipped for it\n`)
      context.skip()
    }
    const read = async (cluster: string, aws = subject.aws) =>
      aws.podIdentityAssociations({ profile, cluster }, signal)
    const found = await read('acme-staging')
    expect(found?.map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`)).toEqual([
      'ledger/ledger',
      'payments/exports',
      'payments/reports',
      'shop/default',
    ])
    expect(found?.[0]).toEqual({
      namespace: 'ledger',
      serviceAccount: 'ledger',
      roleArn: expect.stringMatching(/^arn:aws:iam::\d{12}:role\/ledger$/),
    })
    expect(found?.[1]).toMatchObject({
      roleArn: expect.stringMatching(/role\/eks\/pod-identity$/),
      targetRoleArn: 'arn:aws:iam::210987654321:role/exports',
      externalId: expect.stringMatching(/^eu-west-1\/\d{12}\/acme-staging\/payments\/exports$/),
    })
    expect(await read('acme-dev')).toEqual([])
    expect(await read('gone', subject.empty)).toBeUndefined()
  })

  test('clause 48: GetCallerIdentity tells whose keys they are, and with a role the role', async () => {
    const own = await subject.aws.callerIdentity({ profile }, signal)
    expect(own).toEqual({
      account: expect.stringMatching(/^\d{12}$/),
      arn: expect.stringMatching(/^arn:aws:(?:iam|sts)::\d{12}:/),
      userId: expect.stringMatching(/^A/),
    })
    const wants = { profile, roleArn, sessionName: 'devk8s-anna' }
    expect(await subject.aws.callerIdentity(wants, signal)).toMatchObject({
      account: '210987654321',
      arn: 'arn:aws:sts::210987654321:assumed-role/developer/devk8s-anna',
    })
  })

  test('clause 49: what enters a cluster has a token and an end', async () => {
    const [session, keys] = await Promise.all([
      subject.aws.session({ profile }, signal),
      subject.aws.credentials({ profile }, signal),
    ])
    expect(session.sessionToken).toBeInstanceOf(Secret)
    expect(session.accessKeyId).not.toBe(keys.accessKeyId)
    const hours = (session.expiresAtMs - subject.nowMs()) / 3_600_000
    expect(hours).toBeGreaterThan(0.9)
    expect(hours).toBeLessThan(12.1)
  })

  test('clause 50: a role’s session is an hour long unless told', async () => {
    const minutes = async (sessionSeconds?: number) => {
      const wants = { profile, roleArn, ...(sessionSeconds !== undefined && { sessionSeconds }) }
      const { expiresAtMs } = await subject.aws.session(wants, signal)
      return Math.round((expiresAtMs - subject.nowMs()) / 60_000)
    }
    expect(await minutes()).toBe(60)
    expect(await minutes(1_800)).toBe(30)
  })

  test('clause 50: a session policy is taken', async () => {
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [] })
    expect(await subject.aws.session({ profile, roleArn, policy }, signal)).toBeDefined()
  })

  test('clause 51: a registry token is a docker config’s auth', async () => {
    const [here, there] = await Promise.all(
      ['eu-west-1', 'eu-central-1'].map(async (region) =>
        subject.aws.registryToken({ profile, region }, signal),
      ),
    )
    expect([here?.region, there?.region]).toEqual(['eu-west-1', 'eu-central-1'])
    expect(here?.auth).toBeInstanceOf(Secret)
    expect(atob(Secret.reveal(here?.auth ?? Secret.of('')))).toMatch(/^AWS:./)
  })

  test('clause 52: a registry token’s end is handed on as it is', async () => {
    const { expiresAtMs } = await subject.aws.registryToken({ profile, region: 'eu-west-1' }, signal)
    const endMs =
      subject.name === 'moto' ? Date.parse('2015-01-01T00:00:00Z') : subject.nowMs() + 12 * 3_600_000
    expect(Math.abs(expiresAtMs - endMs)).toBeLessThan(60_000)
  })

  test('clause 76: sessions and registry tokens come with the account of their keys', async () => {
    const region = 'eu-west-1'
    const own = await subject.aws.callerIdentity({ profile }, signal)
    const wants = { profile, roleArn: `${roleArn}-76`, region }
    const answers = await Promise.all([
      subject.aws.session({ profile }, signal),
      subject.aws.registryToken({ profile, region }, signal),
      subject.aws.session(wants, signal),
      subject.aws.registryToken(wants, signal),
    ])
    const others = ['210987654321', '210987654321']
    expect(answers.map(({ account }) => account)).toEqual([own.account, own.account, ...others])
  })

  test('clause 9: so do sessions and registries', async () => {
    const stop = AbortSignal.abort('SIGINT')
    const source = { profile, region: 'eu-west-1' }
    await expect(subject.aws.session({ ...source, roleArn: `${roleArn}-3` }, stop)).rejects.toBe('SIGINT')
    await expect(subject.aws.registryToken(source, stop)).rejects.toBe('SIGINT')
    await expect(subject.aws.callerIdentity(source, stop)).rejects.toBe('SIGINT')
  })
})
