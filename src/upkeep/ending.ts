import { detachAccounts } from '../images/service-accounts.ts'
import type { KubectlTarget } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import { readPolicies } from '../pods/policy-state.ts'
import { DevK8sError } from '../problems/problem.ts'
import { type AwsPlaces, fileIn } from './places.ts'
import { keysIn, removeKeys, removeObjects, type SecretPlace } from './removal.ts'
import { withRenewalLock } from './renewal-lock.ts'

/** Whoever renews meanwhile is waited for this long. */
const waitMs = 30_000

/**
 * Ends the upkeep of a cluster: its keys go, the policies that hand them out, and the pull secret in service accounts;
 * nobody renews them any more. The record goes first, so that a broker that waits for its turn finds nothing to do.
 * @returns the Secrets that were removed from the cluster.
 * @throws DevK8sError when not all could be removed. The record is gone in any case.
 */
export async function endUpkeep(
  {
    cluster,
    target,
    places,
  }: { readonly cluster: string; readonly target: KubectlTarget; readonly places: AwsPlaces },
  context: Pick<StepContext, 'ports' | 'signal'>,
): Promise<readonly SecretPlace[]> {
  const { files } = context.ports
  await files.remove(fileIn(places.upkeeps, cluster))
  const remove = async () => {
    await files.remove(fileIn(places.standings, cluster))
    const [keys, policies] = await Promise.all([keysIn(target, context), readPolicies(target, context)])
    if ('problem' in keys) throw new DevK8sError(keys.problem)
    // Keys first: what else fails then leaves none.
    await removeKeys(target, keys.secrets, context)
    if ('problem' in policies) throw new DevK8sError(policies.problem)
    await removeObjects(target, policies.objects, context)
    await detachAccounts(target, context)
    return keys.secrets
  }
  return withRenewalLock(places, cluster, context, remove, waitMs)
}
