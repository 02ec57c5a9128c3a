import { stopAddon } from '../images/addon-deployment.ts'
import { detachAccounts } from '../images/service-accounts.ts'
import type { KubectlTarget } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import { DevK8sError } from '../problems/problem.ts'
import { type Leavings, leavingsNow } from './leavings.ts'
import { type AwsPlaces, fileIn } from './places.ts'
import { upkeepAt, writeUpkeep } from './records.ts'
import { removeKeys, removeObjects, type SecretPlace } from './removal.ts'
import { withRenewalLock } from './renewal-lock.ts'
import { type Upkeep, type UpkeepPart, upkeepParts } from './upkeep.ts'

/** Whoever renews meanwhile is waited for this long. */
const waitMs = 30_000

type Context = Pick<StepContext, 'ports' | 'signal'>

interface Ending {
  readonly cluster: string
  readonly target: KubectlTarget
  readonly places: AwsPlaces
  /** As it was recorded, for whoever has read it; otherwise the record is read. */
  readonly upkeep?: Upkeep
}

/**
 * Ends the upkeep of a cluster: its keys go, the policies that hand them out, and the pull secret in service accounts;
 * nobody renews them any more. The record goes first, so that a broker that waits for its turn finds nothing to do.
 * @returns the Secrets that were removed from the cluster.
 * @throws DevK8sError when not all could be removed. The record is gone in any case.
 */
export async function endUpkeep(ending: Ending, context: Context): Promise<readonly SecretPlace[]> {
  const { files } = context.ports
  const file = fileIn(ending.places.upkeeps, ending.cluster)
  const upkeep = ending.upkeep ?? (await upkeepAt(files, file))
  await files.remove(file)
  return locked(ending, context, async () => {
    await files.remove(fileIn(ending.places.standings, ending.cluster))
    return removeAll(ending, upkeep, upkeepParts, context)
  })
}

/**
 * Ends some parts of the upkeep of a cluster that goes on. The record is changed when all of them are gone, so that
 * whoever comes after a failure tries again.
 * @returns the Secrets that were removed from the cluster.
 * @throws DevK8sError when not all could be removed.
 */
export async function endParts(
  ending: Ending,
  parts: readonly UpkeepPart[],
  context: Context,
): Promise<readonly SecretPlace[]> {
  const { files } = context.ports
  const file = fileIn(ending.places.upkeeps, ending.cluster)
  return locked(ending, context, async () => {
    const upkeep = await upkeepAt(files, file)
    const removed = await removeAll(ending, upkeep, parts, context)
    if (parts.includes('policies')) {
      await files.remove(file)
      await files.remove(fileIn(ending.places.standings, ending.cluster))
    } else if (upkeep !== undefined) await writeUpkeep(files, file, without(upkeep, parts))
    return removed
  })
}

const locked = async <T>({ places, cluster }: Ending, context: Context, body: () => Promise<T>) =>
  withRenewalLock(places, cluster, context, body, waitMs)

async function removeAll(
  { target }: Ending,
  upkeep: Upkeep | undefined,
  parts: readonly UpkeepPart[],
  context: Context,
): Promise<readonly SecretPlace[]> {
  const found = await leavingsNow({ target, upkeep, parts }, context)
  if ('problem' in found) throw new DevK8sError(found.problem)
  await remove(found, target, context)
  if (parts.includes('images')) await detachAccounts(target, context)
  return found.secrets
}

/** What would write keys anew first, then the keys: what else fails then leaves none. */
async function remove(
  { secrets, addon, policies }: Leavings,
  target: KubectlTarget,
  context: Context,
): Promise<void> {
  if ('running' in addon && addon.running !== undefined) await stopAddon(addon.running, target, context)
  await removeKeys(target, secrets, context)
  if ('problem' in addon) throw new DevK8sError(addon.problem)
  if ('problem' in policies) throw new DevK8sError(policies.problem)
  await removeObjects(target, policies.objects, context)
}

function without({ images, pods, ...rest }: Upkeep, parts: readonly UpkeepPart[]): Upkeep {
  return {
    ...rest,
    ...(images === undefined || parts.includes('images') ? {} : { images }),
    ...(pods === undefined || parts.includes('pods') ? {} : { pods }),
  }
}
