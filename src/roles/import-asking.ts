import { partitionOf } from '../aws/regions.ts'
import { renderShellWords } from '../cli/shell-words.ts'
import { asContext } from '../contexts/sign-in-advice.ts'
import type { Aws, AwsSource, PodIdentityAssociation } from '../ports/aws.ts'
import { awsAccessDenied } from '../problems/aws.ts'
import { importClusterMissing, importNotPermitted } from '../problems/aws-import.ts'
import { nearest } from '../problems/nearest.ts'
import { fail, isDevK8sError } from '../problems/problem.ts'
import { importCommand, type ImportSource } from './import-source.ts'

/**
 * The associations of the cluster, as the person, or as the context's role where the person may not.
 * @throws DevK8sError DK5122 when there is no such cluster, DK5123 with the statement that is missing.
 */
export async function askedOfEks(
  wanted: ImportSource,
  aws: Asked,
  signal: AbortSignal,
): Promise<readonly PodIdentityAssociation[]> {
  return asContext(wanted.awsProfile, async () => asked(wanted, aws, signal))
}

type Asked = Pick<Aws, 'podIdentityAssociations' | 'listClusters' | 'callerIdentity'>

async function asked(
  wanted: ImportSource,
  aws: Asked,
  signal: AbortSignal,
): Promise<readonly PodIdentityAssociation[]> {
  const { cluster, source, roleArn } = wanted
  const ask = async (as: AwsSource) => aws.podIdentityAssociations({ ...as, cluster }, signal)
  const found = await ask(source).catch(async (error: unknown) => {
    if (!isDenied(error)) throw error
    if (roleArn === undefined) return refuse(wanted, error, aws, signal)
    return ask({ ...source, roleArn }).catch(async (second: unknown) => {
      if (!isDenied(second)) throw second
      return refuse(wanted, second, aws, signal)
    })
  })
  return found ?? missing(wanted, aws, signal)
}

const isDenied = (error: unknown): boolean =>
  isDevK8sError(error) && error.problems[0].code === awsAccessDenied.code

async function refuse(
  { cluster, source, roleArn }: ImportSource,
  error: unknown,
  aws: Pick<Aws, 'callerIdentity'>,
  signal: AbortSignal,
): Promise<never> {
  const [denied] = isDevK8sError(error) ? error.problems : []
  // Whoever may not read associations may still learn their own account.
  const account = await aws.callerIdentity(source, signal).then(
    (identity) => identity.account,
    () => undefined,
  )
  signal.throwIfAborted()
  const as = roleArn === undefined ? whose(source) : `${whose(source)}, and the role ${roleArn}`
  return fail(importNotPermitted, {
    detail: denied?.detail ?? `${as} may not read the associations of ${cluster}.`,
    next: [importCommand(cluster)],
    paste: {
      into: `a policy of ${roleArn === undefined ? whose(source) : roleArn}`,
      text: importStatement(cluster, source.region, account),
    },
    ...(denied?.evidence === undefined ? {} : { evidence: denied.evidence }),
  })
}

/** Both actions; the second is about associations, which have ARNs of their own (Service Authorization Reference, EKS). */
function importStatement(cluster: string, region: string | undefined, account = '*'): string {
  const of = (what: string) =>
    `arn:${partitionOf(region ?? 'us-east-1')}:eks:${region ?? '*'}:${account}:${what}`
  const statement = {
    Effect: 'Allow',
    Action: ['eks:ListPodIdentityAssociations', 'eks:DescribePodIdentityAssociation'],
    Resource: [of(`cluster/${cluster}`), of(`podidentityassociation/${cluster}/*`)],
  }
  return JSON.stringify(statement, null, 2)
}

const whose = ({ profile }: AwsSource): string =>
  profile === undefined ? 'your AWS identity' : `the AWS profile ${profile}`

async function missing(
  { cluster, source, contexts = [] }: ImportSource,
  aws: Pick<Aws, 'listClusters'>,
  signal: AbortSignal,
): Promise<never> {
  const names = await aws.listClusters(source, signal).catch(() => undefined)
  signal.throwIfAborted()
  const meant = nearest(cluster, [...contexts, ...(names ?? [])])
  const there =
    names === undefined
      ? ''
      : names.length === 0
        ? ' There are none.'
        : ` There are: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}.`
  const where = source.region === undefined ? '' : ` in ${source.region}`
  return fail(importClusterMissing, {
    detail: `There is no EKS cluster ${cluster}${where} for ${whose(source)}.${there}`,
    next: [meant === undefined ? listCommand(source) : importCommand(meant)],
  })
}

const listCommand = ({ profile, region }: AwsSource): string =>
  renderShellWords([
    'aws',
    'eks',
    'list-clusters',
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(region === undefined ? [] : ['--region', region]),
  ])
