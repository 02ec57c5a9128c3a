import {
  DescribePodIdentityAssociationCommand,
  EKSClient,
  type EKSClientConfig,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks'
import type { PodIdentityAssociation } from '../ports/aws.ts'

/** Calls at a time. EKS lets one account ask some tens of times a second, and somebody else asks as well. */
const width = 8

/** Does one call under its own deadline. @throws DevK8sError that names the action. */
export type Attempted = <T>(action: string, work: (stop: AbortSignal) => Promise<T>) => Promise<T>

/**
 * ListPodIdentityAssociations, a hundred a page, and DescribePodIdentityAssociation of each, since the list has no roles
 * (facts aws, 2.4). One that goes in between is left out.
 * @returns sorted by namespace and service account; undefined when there is no such cluster.
 */
export async function readPodIdentityAssociations(
  clusterName: string,
  options: EKSClientConfig,
  attempted: Attempted,
): Promise<readonly PodIdentityAssociation[] | undefined> {
  const client = new EKSClient(options)
  // The first that fails keeps the others from being asked for.
  const failed = new AbortController()
  const found: PodIdentityAssociation[] = []
  const describeAll = async (left: Iterator<string>) => {
    for (let id = left.next(); !id.done && !failed.signal.aborted; id = left.next()) {
      const associationId = id.value
      const one = await attempted('eks:DescribePodIdentityAssociation', async (stop) =>
        describe(client, { clusterName, associationId }, stop),
      )
      found.push(...(one === undefined ? [] : [one]))
    }
  }
  try {
    const ids = await attempted('eks:ListPodIdentityAssociations', async (stop) =>
      listIds(client, clusterName, stop),
    )
    if (ids === undefined) return undefined
    const left = ids.values()
    await Promise.all(Array.from({ length: width }, async () => describeAll(left)))
    return found.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  } catch (error) {
    failed.abort()
    throw error
  } finally {
    client.destroy()
  }
}

const nameOf = ({ namespace, serviceAccount }: PodIdentityAssociation) => `${namespace}/${serviceAccount}`

async function listIds(
  client: EKSClient,
  clusterName: string,
  abortSignal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const ids: string[] = []
  let nextToken: string | undefined
  do {
    const command = new ListPodIdentityAssociationsCommand({
      clusterName,
      maxResults: 100,
      ...(nextToken !== undefined && { nextToken }),
    })
    const page = await unlessMissing(client.send(command, { abortSignal }))
    if (page === undefined) return undefined
    ids.push(...(page.associations ?? []).flatMap(({ associationId }) => associationId ?? []))
    nextToken = page.nextToken
  } while (nextToken)
  return ids
}

async function describe(
  client: EKSClient,
  which: { readonly clusterName: string; readonly associationId: string },
  abortSignal: AbortSignal,
): Promise<PodIdentityAssociation | undefined> {
  const command = new DescribePodIdentityAssociationCommand(which)
  const { association } = (await unlessMissing(client.send(command, { abortSignal }))) ?? {}
  const { namespace, serviceAccount, roleArn, targetRoleArn, externalId } = association ?? {}
  if (namespace === undefined || serviceAccount === undefined || roleArn === undefined) return undefined
  return {
    namespace,
    serviceAccount,
    roleArn,
    // JSON has null for what is not set.
    ...(targetRoleArn != null && { targetRoleArn }),
    ...(externalId != null && { externalId }),
  }
}

/** Of a cluster and of an association alike. */
async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined
    throw error
  }
}
