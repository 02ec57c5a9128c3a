import { endingPods, type KeyedPod, olderPods, podsOf } from '../pods/pods.ts'
import type { StepContext } from '../plan/step.ts'
import type { AwsIdentity } from '../ports/aws.ts'
import { isDevK8sError, type Problem } from '../problems/problem.ts'
import { admit } from '../upkeep/admit.ts'
import { columnsOf } from '../world.ts'
import { keepers } from '../upkeep/keepers.ts'
import type { Standing } from '../upkeep/keeper.ts'
import { isNotThere } from '../upkeep/round.ts'
import { type Health, lookAtLanes } from '../roles/lane-health.ts'
import { routesFound } from '../roles/routes.ts'
import { partsOf, type Upkeep, type UpkeepPart } from '../upkeep/upkeep.ts'
import { statusText, statusValue } from './aws-status-text.ts'
import type { SeenBroker } from './aws-broker-text.ts'
import { keepingContext, keptCluster } from './kept.ts'
import { seeBroker } from './see-broker.ts'
import type { Verb } from './session.ts'

/** How one part stands, or why that is not known. */
export type SeenPart = { readonly part: UpkeepPart } & (
  | { readonly standing: Standing }
  | { readonly problem: Problem }
)

export interface OldKeys {
  /** Over, or nearly so. */
  readonly ending: readonly KeyedPod[]
  /** Good for now. */
  readonly older: readonly KeyedPod[]
}

/** All that `aws status` tells. */
export interface SeenAws {
  readonly upkeep: Upkeep
  readonly identity: AwsIdentity | { readonly problem: Problem }
  readonly parts: readonly SeenPart[]
  /** Pods with keys of before; undefined when that is not known, or no pod gets any. */
  readonly pods?: OldKeys
  /** The agent and its lanes; undefined where the profile has none, or it is not known. */
  readonly health?: Health
  readonly broker: SeenBroker
}

/** Who one is to AWS, and what of it is in the cluster until when. AWS and the cluster are asked side by side. With `--verbose` a pod is tried as well. */
export const awsStatus: Verb<'aws.status'> = async (session) => {
  const { upkeep, places } = await keptCluster(session)
  const context = keepingContext(session)
  const how = { thorough: session.request.common.verbose }
  const [pods, parts, identity, broker] = await Promise.all([
    upkeep.pods === undefined ? undefined : oldKeysOf(upkeep, context),
    Promise.all(partsOf(upkeep).map(async (part) => seen(part, upkeep, context, how))),
    identityOf(upkeep, context),
    seeBroker(places, session),
  ])
  const health = await healthOf(upkeep, parts, context)
  const all: SeenAws = {
    upkeep,
    identity,
    parts,
    broker,
    ...(pods === undefined ? {} : { pods }),
    ...(health === undefined ? {} : { health }),
  }
  const now = session.ports.clock.now()
  for (const note of parts.flatMap((each) => ('standing' in each ? (each.standing.notes ?? []) : []))) {
    session.emit({ type: 'note', ...note })
  }
  session.answer(statusValue(all, places, now), statusText(all, now, columnsOf(session.world.stdout)))
  const next = nextOf(all)
  return { exit: isFresh(all) ? 0 : 3, next }
}

async function identityOf(upkeep: Upkeep, context: StepContext): Promise<SeenAws['identity']> {
  try {
    return await admit(upkeep, context)
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    return { problem: error.problems[0] }
  }
}

async function seen(
  part: UpkeepPart,
  upkeep: Upkeep,
  context: StepContext,
  how: { readonly thorough: boolean },
): Promise<SeenPart> {
  const found = await (await keepers[part]()).look(upkeep, context, how)
  return 'problem' in found ? { part, problem: found.problem } : { part, standing: found }
}

async function oldKeysOf(upkeep: Upkeep, context: StepContext): Promise<OldKeys | undefined> {
  const found = await podsOf(upkeep, context)
  return 'problem' in found ? undefined : { ending: endingPods(found.pods), older: olderPods(found.pods) }
}

/** By what the parts found: the nodes were looked into by the one, a pod was tried by the other. */
async function healthOf(
  upkeep: Upkeep,
  parts: readonly SeenPart[],
  context: StepContext,
): Promise<Health | undefined> {
  if (upkeep.agent === undefined || parts.some((each) => 'problem' in each && isNotThere(each.problem))) {
    return undefined
  }
  const detailOf = (part: UpkeepPart) => {
    const found = parts.find((each) => each.part === part)
    return found !== undefined && 'standing' in found ? found.standing.detail : {}
  }
  const { inEffect } = detailOf('policies')
  const told = {
    routes: routesFound(detailOf('agent')['routes']),
    ...(typeof inEffect === 'boolean' ? { inEffect } : {}),
  }
  const found = await lookAtLanes(upkeep, told, context)
  return 'problem' in found ? undefined : found
}

function isFresh({ identity, parts, pods, health }: SeenAws): boolean {
  const areFresh = parts.every((each) => 'standing' in each && each.standing.changes.length === 0)
  const doLanes = (health?.lanes ?? []).every(({ state }) => state !== 'broken')
  return areFresh && doLanes && !('problem' in identity) && (pods?.ending ?? []).length === 0
}

function nextOf({ identity, parts, pods, upkeep, broker, health }: SeenAws): readonly string[] {
  const problems = parts.flatMap((each) => ('problem' in each ? [each.problem] : []))
  if (problems.some(isNotThere)) return [`devk8s up --cluster-name ${upkeep.cluster}`]
  const isDue = parts.some((each) => 'standing' in each && each.standing.changes.length > 0)
  return unique([
    ...broker.held.flatMap(({ next }) => next),
    ...('problem' in identity ? identity.problem.next.slice(0, 2) : isDue ? ['devk8s aws refresh'] : []),
    ...problems.flatMap(({ next }) => next.slice(0, 1)),
    ...((pods?.ending ?? []).length > 0 ? ['devk8s aws refresh --restart'] : []),
    ...(health?.lanes ?? []).flatMap(({ next }) => next ?? []),
    ...(broker.running === undefined ? ['devk8s aws broker start'] : []),
  ])
}

const unique = (commands: readonly string[]): readonly string[] => [...new Set(commands)]
