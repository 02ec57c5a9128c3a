import { stopAddon } from '../images/addon-deployment.ts'
import { detachAccounts } from '../images/service-accounts.ts'
import type { KubectlTarget } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import { DevK8sError, isDevK8sError, type Problem } from '../problems/problem.ts'
import { endRoutes } from '../roles/agent-ending.ts'
import { type Leavings, leavingsNow } from './leavings.ts'
import { type AwsPlaces, fileIn } from './places.ts'
import { upkeepAt, writeUpkeep } from './records.ts'
import { removeKeys, removeObjects } from './removal.ts'
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
 * Ends the upkeep of a cluster: its keys go, the policies and the agent that hand them out, and the pull secret in service
 * accounts; nobody renews them any more. The record is marked first, so that a broker that waits for its turn finds
 * nothing to do, and goes when all that it tells of is gone: until then another attempt finds the rest by it.
 * @returns what was there.
 * @throws DevK8sError when not all could be removed.
 */
export async function endUpkeep(ending: Ending, context: Context): Promise<Leavings> {
  const { files } = context.ports
  const file = fileIn(ending.places.upkeeps, ending.cluster)
  const upkeep = ending.upkeep ?? (await upkeepAt(files, file))
  if (upkeep !== undefined) await writeUpkeep(files, file, { ...upkeep, isEnding: true })
  return locked(ending, context, async () => {
    const removed = await removeAll(ending, upkeep, upkeepParts, context)
    await forget(ending, context)
    return removed
  })
}

/**
 * Ends some parts of the upkeep of a cluster that goes on. The record is changed when all of them are gone, so that
 * whoever comes after a failure tries again.
 * @returns what was there.
 * @throws DevK8sError when not all could be removed.
 */
export async function endParts(
  ending: Ending,
  parts: readonly UpkeepPart[],
  context: Context,
): Promise<Leavings> {
  const { files } = context.ports
  const file = fileIn(ending.places.upkeeps, ending.cluster)
  return locked(ending, context, async () => {
    const upkeep = await upkeepAt(files, file)
    const removed = await removeAll(ending, upkeep, parts, context)
    if (parts.includes('policies')) await forget(ending, context)
    else if (upkeep !== undefined) await writeUpkeep(files, file, without(upkeep, parts))
    return removed
  })
}

const locked = async <T>({ places, cluster }: Ending, context: Context, body: () => Promise<T>) =>
  withRenewalLock(places, cluster, context, body, waitMs)

async function forget({ places, cluster }: Ending, { ports: { files } }: Context): Promise<void> {
  await files.remove(fileIn(places.upkeeps, cluster))
  await files.remove(fileIn(places.standings, cluster))
}

/** Each of it in any case, whatever hinders the others: what would write keys anew first, then the keys. */
async function removeAll(
  { target }: Ending,
  upkeep: Upkeep | undefined,
  parts: readonly UpkeepPart[],
  context: Context,
): Promise<Leavings> {
  const found = await leavingsNow({ target, upkeep, parts }, context)
  const problems = [...('problem' in found ? [found.problem] : await remove(found, target, context))]
  if (parts.includes('agent')) problems.push(...(await endRoutes(upkeep?.agent, context)))
  if (parts.includes('images'))
    problems.push(...(await problemsOf(async () => detachAccounts(target, context))))
  const [first, ...others] = problems
  if (first !== undefined) throw new DevK8sError([first, ...others])
  if ('problem' in found) throw new DevK8sError(found.problem)
  return found
}

/** @returns why what of it is still there. */
async function remove(
  { secrets, addon, policies, agent }: Leavings,
  target: KubectlTarget,
  context: Context,
): Promise<readonly Problem[]> {
  const known = [policies, agent].flatMap((each) => ('problem' in each ? [] : each.objects))
  return [
    ...(await problemsOf(async () => stop(addon, target, context))),
    ...(await problemsOf(async () => removeKeys(target, secrets, context))),
    ...(await problemsOf(async () => removeObjects(target, known, context))),
    ...[addon, policies, agent].flatMap((each) => ('problem' in each ? [each.problem] : [])),
  ]
}

/** Stops registry-creds where it runs. Whatever hinders that, keys are not left in the cluster for it. */
async function stop(addon: Leavings['addon'], target: KubectlTarget, context: Context): Promise<void> {
  if ('running' in addon && addon.running !== undefined) await stopAddon(addon.running, target, context)
}

async function problemsOf(work: () => Promise<void>): Promise<readonly Problem[]> {
  try {
    await work()
    return []
  } catch (error) {
    if (isDevK8sError(error)) return error.problems
    throw error
  }
}

function without({ images, pods, agent, ...rest }: Upkeep, parts: readonly UpkeepPart[]): Upkeep {
  return {
    ...rest,
    ...(images === undefined || parts.includes('images') ? {} : { images }),
    ...(pods === undefined || parts.includes('pods') ? {} : { pods }),
    ...(agent === undefined || parts.includes('agent') ? {} : { agent }),
  }
}
