import {
  DescribeClusterCommand,
  EKSClient,
  type EKSClientConfig,
  ListClustersCommand,
} from '@aws-sdk/client-eks'
import type { EksCluster } from '../ports/aws.ts'

/** DescribeCluster; undefined when there is no such cluster. */
export async function describeEksCluster(
  name: string,
  options: EKSClientConfig,
  abortSignal: AbortSignal,
): Promise<EksCluster | undefined> {
  const client = new EKSClient(options)
  try {
    const { cluster } = await client.send(new DescribeClusterCommand({ name }), { abortSignal })
    return {
      name: cluster?.name ?? name,
      arn: cluster?.arn ?? '',
      // A cluster that is being created has neither of the two.
      endpoint: cluster?.endpoint ?? '',
      certificateAuthorityData: cluster?.certificateAuthority?.data ?? '',
      status: cluster?.status ?? 'UNKNOWN',
      ...(cluster?.version !== undefined && { version: cluster.version }),
      ...(cluster?.id !== undefined && { id: cluster.id }),
      tags: cluster?.tags ?? {},
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined
    throw error
  } finally {
    client.destroy()
  }
}

/** ListClusters, a hundred a page, all pages. */
export async function listEksClusters(
  options: EKSClientConfig,
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  const client = new EKSClient(options)
  const names: string[] = []
  try {
    let nextToken: string | undefined
    do {
      const page = await client.send(
        new ListClustersCommand({ maxResults: 100, ...(nextToken !== undefined && { nextToken }) }),
        { abortSignal },
      )
      names.push(...(page.clusters ?? []))
      nextToken = page.nextToken
    } while (nextToken)
    return names
  } finally {
    client.destroy()
  }
}
