import type { StepContext } from '../plan/step.ts'
import { isDevK8sError, type Problem } from '../problems/problem.ts'
import type { Profile } from '../profile/profile.ts'
import { readClusterObjects } from '../upkeep/cluster-survey.ts'
import type { AwsPlaces } from '../upkeep/places.ts'
import { readUpkeeps, writeUpkeep } from '../upkeep/records.ts'
import { keepFresh } from '../upkeep/renewal.ts'
import { foreignProblem } from '../upkeep/round.ts'
import { partsOf, type Upkeep } from '../upkeep/upkeep.ts'
import { associationsOf, readImported } from './association-files.ts'

/** What became of an import in one local cluster. */
export interface Effect {
  readonly cluster: string
  readonly isRenewed: boolean
  readonly problem?: Problem
}

interface Kept {
  readonly file: string
  readonly upkeep: Upkeep
}

/**
 * Has the clusters of this team answer by what is imported now: their record, the agent's mapping and sessions, and the
 * policy that knows which service accounts have a role. A cluster that cannot be reached keeps what it has.
 */
export async function bringAbout(
  team: string,
  places: AwsPlaces,
  minikubeHome: string,
  context: StepContext,
): Promise<readonly Effect[]> {
  const associations = associationsOf(await readImported(context.ports.files, places))
  const effects: Effect[] = []
  for (const { file, upkeep } of await keptOf(team, places, context)) {
    if (upkeep.agent === undefined) continue
    const foreign = await foreignProblem(upkeep, context.ports, minikubeHome)
    if (foreign !== undefined) {
      effects.push({ cluster: upkeep.cluster, isRenewed: false, problem: foreign })
      continue
    }
    const now: Upkeep = { ...upkeep, agent: { ...upkeep.agent, associations } }
    await writeUpkeep(context.ports.files, file, now)
    effects.push(await renewed(now, file, places, context))
  }
  return effects
}

async function renewed(
  upkeep: Upkeep,
  recordedIn: string,
  places: AwsPlaces,
  context: StepContext,
): Promise<Effect> {
  const { cluster } = upkeep
  const parts = partsOf(upkeep).filter((part) => part === 'policies' || part === 'agent')
  try {
    const kept = await keepFresh(upkeep, context, { places, parts, recordedIn })
    const failed = kept.find(({ problem }) => problem !== undefined)?.problem
    return { cluster, isRenewed: failed === undefined, ...(failed === undefined ? {} : { problem: failed }) }
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    return { cluster, isRenewed: false, problem: error.problems[0] }
  }
}

async function keptOf(team: string, places: AwsPlaces, { ports }: StepContext): Promise<readonly Kept[]> {
  const all = await readUpkeeps(ports.files, places)
  return all.flatMap((each) =>
    'upkeep' in each && each.upkeep.team === team && each.upkeep.agent !== undefined
      ? [{ file: each.file, upkeep: each.upkeep }]
      : [],
  )
}

/** Namespaces of the team's local cluster, or where it cannot be asked those of the profile. */
export async function localNamespaces(
  profile: Profile,
  places: AwsPlaces,
  context: StepContext,
): Promise<readonly string[]> {
  const [kept] = await keptOf(profile.name, places, context)
  const read = kept === undefined ? undefined : await readClusterObjects(kept.upkeep, context)
  if (read === undefined || 'problem' in read) {
    return [...profile.namespaces.map(({ name }) => name), profile.context.namespace, 'default']
  }
  return read.objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)
}
