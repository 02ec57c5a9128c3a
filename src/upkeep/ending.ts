import { stopAddon } from '../images/addon-deployment.ts'
import { detachAccounts } from '../images/service-accounts.ts'
import type { KubectlTarget } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import { DevK8sError, isDevK8sError, type Problem } from '../problems/problem.ts'
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
  const [first, ...others] = await remove(found, target, context)
  if (parts.includes('images')) await detachAccounts(target, context)
  if (first !== undefined) throw new DevK8sError([first, ...others])
  return found.secrets
}

/**
 * What would write keys anew first, then the keys: what else fails then leaves none.
 * @returns why registry-creds was not stopped or policies are still there, once all else is gone.
 */
async function remove(
  { secrets, addon, policies }: Leavings,
  target: KubectlTarget,
  context: Context,
): Promise<readonly Problem[]> {
  const problems = await stop(addon, target, context)
  await removeKeys(target, secrets, context)
  if ('problem' in policies) return [...problems, policies.problem]
  await removeObjects(target, policies.objects, context)
  return problems
}

/** Stops registry-creds where it runs. Whatever hinders that, keys are not left in the cluster for it. */
async function stop(
  addon: Leavings['addon'],
  target: KubectlTarget,
  context: Context,
): Promise<readonly Problem[]> {
  if ('problem' in addon) return [addon.problem]
  if (addon.running === undefined) return []
  try {
    await stopAddon(addon.running, target, context)
    return []
  } catch (error) {
    if (isDevK8sError(error)) return error.problems
    throw error
  }
}

function without({ images, pods, ...rest }: Upkeep, parts: readonly UpkeepPart[]): Upkeep {
  return {
    ...rest,
    ...(images === undefined || parts.includes('images') ? {} : { images }),
    ...(pods === undefined || parts.includes('pods') ? {} : { pods }),
  }
}
