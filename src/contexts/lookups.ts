import { readKopsCluster } from '../aws/kops.ts'
import type { Aws, AwsSource, EksCluster } from '../ports/aws.ts'
import type { Note } from '../ports/event.ts'
import { awsAccessDenied } from '../problems/aws.ts'
import { remoteClusterMissing, remoteClusterNotReady } from '../problems/contexts.ts'
import { fail, isDevK8sError } from '../problems/problem.ts'
import type { RemoteContextSpec } from '../profile/profile.ts'
import type { FoundCluster } from './remote-cluster.ts'
import { placeOfArn, staticCluster } from './remote-cluster.ts'

/** What a lookup found: one cluster, or as many as there are. */
export interface Answer {
  readonly clusters: readonly FoundCluster[]
  readonly notes: readonly Note[]
}

/** Whether anybody has to be asked where the cluster is. */
export const needsLookup = (spec: RemoteContextSpec): boolean => spec.cluster === undefined

/**
 * Asks where a spec's clusters are. Changes nothing; each call has the deadline of the AWS port.
 * @param region for specs without one.
 * @throws DevK8sError DK4060 when there is no such cluster, DK4061 when it has no address, and what `Aws` throws.
 */
export async function lookUp(
  spec: RemoteContextSpec,
  region: string | undefined,
  aws: Aws,
  signal: AbortSignal,
): Promise<Answer> {
  const { eks, kops, cluster } = spec
  if (cluster !== undefined) return { clusters: [staticCluster(cluster)], notes: [] }
  if (kops !== undefined) {
    const found = await readKopsCluster(aws, { ...(region === undefined ? {} : { region }), ...kops }, signal)
    const { server, certificateAuthorityData: caData, tlsServerName } = found
    return {
      clusters: [
        {
          server,
          ...(caData === undefined ? {} : { caData }),
          ...(tlsServerName === undefined ? {} : { tlsServerName }),
          ...regionOf(kops.region ?? region),
        },
      ],
      notes: [],
    }
  }
  if (eks === undefined) throw new TypeError(`Context ${spec.name} has no source`)
  return eks.discover === true ? discover(eks, region, aws, signal) : one(eks, region, aws, signal)
}

type EksSpec = NonNullable<RemoteContextSpec['eks']>

const regionOf = (region: string | undefined) => (region === undefined ? {} : { region })

function sourceOf({ awsProfile, region: own }: EksSpec, region: string | undefined): AwsSource {
  return { ...(awsProfile === undefined ? {} : { profile: awsProfile }), ...regionOf(own ?? region) }
}

/**
 * The role of a spec is for tokens, as with `aws eks update-kubeconfig --role-arn`, and often may not describe the
 * cluster. Where the person's own identity may not either, as across accounts, the role is tried.
 */
async function asEither<T>(
  { roleArn }: EksSpec,
  source: AwsSource,
  ask: (source: AwsSource) => Promise<T>,
): Promise<T> {
  try {
    return await ask(source)
  } catch (error) {
    const isDenied = isDevK8sError(error) && error.problems[0].code === awsAccessDenied.code
    if (!isDenied || roleArn === undefined) throw error
    return ask({ ...source, roleArn })
  }
}

async function one(
  spec: EksSpec,
  region: string | undefined,
  aws: Aws,
  signal: AbortSignal,
): Promise<Answer> {
  const { cluster: name = '' } = spec
  const source = sourceOf(spec, region)
  const found = await asEither(spec, source, (as) => aws.describeCluster({ ...as, cluster: name }, signal))
  if (found === undefined) {
    const detail = `There is no EKS cluster "${name}"${placeText(source)}.`
    fail(remoteClusterMissing, { detail, next: [listCommand(source)] })
  }
  if (!isUsable(found)) {
    const detail = `EKS cluster "${name}"${placeText(source)} is ${found.status}.`
    fail(remoteClusterNotReady, { detail, next: ['devk8s contexts sync'] })
  }
  return { clusters: [clusterOf(found)], notes: [] }
}

async function discover(
  spec: EksSpec,
  region: string | undefined,
  aws: Aws,
  signal: AbortSignal,
): Promise<Answer> {
  const source = sourceOf(spec, region)
  const wanted = Object.entries(spec.tags ?? {})
  return asEither(spec, source, async (as) => {
    const names = await aws.listClusters(as, signal)
    const all = await Promise.all(names.map((cluster) => aws.describeCluster({ ...as, cluster }, signal)))
    // One that went between the two questions is no longer one of them.
    const there = all.filter((each): each is EksCluster => each !== undefined)
    const chosen = there.filter(({ tags }) => wanted.every(([key, value]) => tags[key] === value))
    const unready = chosen.filter((each) => !isUsable(each))
    return {
      // The others are there all the same, so that their contexts are not taken for dropped ones.
      clusters: chosen.map((each) => ({ ...clusterOf(each), cluster: each.name, isReady: isUsable(each) })),
      notes: unready.map(({ name, status }) => ({
        level: 'info',
        text: `EKS cluster "${name}"${placeText(source)} is ${status} and is passed over.`,
      })),
    }
  })
}

/** As the AWS CLI has it: one that is being updated answers all the while (facts sheet, 7). */
const isUsable = ({ status, endpoint }: EksCluster): boolean =>
  (status === 'ACTIVE' || status === 'UPDATING') && endpoint !== ''

function clusterOf(found: EksCluster): FoundCluster {
  const { arn, endpoint, certificateAuthorityData, status, version, id } = found
  return {
    server: endpoint,
    caData: certificateAuthorityData,
    ...placeOfArn(arn),
    arn,
    status,
    ...(version === undefined ? {} : { version }),
    ...(id === undefined ? {} : { id }),
  }
}

function placeText({ profile, region }: AwsSource): string {
  const where = region === undefined ? '' : ` in ${region}`
  return profile === undefined ? where : `${where} for AWS profile "${profile}"`
}

function listCommand({ profile, region }: AwsSource): string {
  const flags = [
    ...(region === undefined ? [] : ['--region', region]),
    ...(profile === undefined ? [] : ['--profile', profile]),
  ]
  return ['aws eks list-clusters', ...flags].join(' ')
}
