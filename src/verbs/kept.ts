import { createMemory } from '../engine/memory.ts'
import type { StepContext } from '../plan/step.ts'
import { nothingKeptFresh, whichCluster } from '../problems/broker.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import { quote } from '../profile/faults.ts'
import { type AwsPlaces, awsPlaces } from '../upkeep/places.ts'
import { readUpkeeps, type Recorded } from '../upkeep/records.ts'
import { damagedProblem, foreignProblem } from '../upkeep/round.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { loadSessionProfile } from './prepare.ts'
import type { Session } from './session.ts'
import { wantsUpkeep } from '../upkeep/wants-upkeep.ts'

/** A cluster that gets something from AWS, and where what is known of it lies. */
export interface KeptHere {
  readonly upkeep: Upkeep
  readonly file: string
  readonly places: AwsPlaces
}

/** What keepers are given by a verb, which has no step. */
export function keepingContext({ ports, env, signal, emit }: Session): StepContext {
  return {
    ports,
    env,
    signal,
    progress: () => {},
    note: (note) => emit({ type: 'note', ...note }),
    once: createMemory().once,
  }
}

/**
 * The cluster that is meant: by `--cluster-name`, else that of the profile, else the only one that gets anything.
 * @throws DevK8sError DK5050 when none does, DK5051 when it could be several, DK5052 for a damaged record, DK5053 for a
 *   cluster that devk8s did not make.
 */
export async function keptCluster(session: Session): Promise<KeptHere> {
  const { ports, layout, world } = session
  const places = awsPlaces(layout, world.platform)
  const all = await readUpkeeps(ports.files, places)
  const found = await meant(session, all)
  if ('fault' in found) throw new DevK8sError(damagedProblem(found))
  const foreign = await foreignProblem(found.upkeep, ports, layout.minikubeHome)
  if (foreign !== undefined) throw new DevK8sError(foreign)
  return { upkeep: found.upkeep, file: found.file, places }
}

async function meant(session: Session, all: readonly Recorded[]): Promise<Recorded> {
  const named = session.request.common.overrides['cluster.name']
  const [first, ...others] = all
  if (first === undefined) return refuseNothing(session)
  // The only one it can be, whatever the profile says, which takes a while to load.
  if (named === undefined && others.length === 0) return first
  const name = named ?? (await loadSessionProfile(session)).profile.cluster.name
  const found = all.find(({ cluster }) => cluster === name)
  if (found !== undefined) return found
  const clusters = all.map(({ cluster }) => cluster)
  return fail(named === undefined ? whichCluster : nothingKeptFresh, {
    detail: `Cluster ${name} gets nothing from AWS; these do: ${clusters.join(', ')}.`,
    next: clusters.slice(0, 3).map((cluster) => `${typedCommand(session)} --cluster-name ${cluster}`),
  })
}

/** @throws DevK8sError DK5050 with what the profile lacks, if it does. */
async function refuseNothing(session: Session): Promise<never> {
  const { profile } = await loadSessionProfile(session)
  const asks = wantsUpkeep(profile.aws)
  const chosen = session.request.common.profile
  const way = asks
    ? `The profile ${profile.name} asks for them, and \`devk8s up\` brings them.`
    : `The profile ${profile.name} asks for none: add \`aws.ecr\` (private images) or \`aws.roles\` (keys for pods) to it, then run \`devk8s up\`.`
  return fail(nothingKeptFresh, {
    detail: `No record of devk8s says that a cluster of this machine gets keys or pull secrets. ${way}`,
    next: [chosen === undefined ? 'devk8s up' : `devk8s up --profile ${quote(chosen)}`],
  })
}

const typedCommand = ({ request }: Session) => `devk8s ${request.command.replaceAll('.', ' ')}`
