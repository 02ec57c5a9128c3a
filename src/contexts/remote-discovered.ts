import type { Note } from '../ports/event.ts'
import type { RemoteContextSpec } from '../profile/profile.ts'
import { isSameServer } from './open-ways.ts'
import { contextNameOf, type FoundCluster } from './remote-cluster.ts'
import { type Question, type Reach, whereIs } from './remote-known.ts'

/** Clusters that an entry of the profile stands for. */
export interface Own {
  readonly clusters: readonly FoundCluster[]
  /** Left out since it cannot be told whether another entry stands for them: nothing of theirs is written, or goes. */
  readonly doubtful: readonly FoundCluster[]
  readonly notes: readonly Note[]
}

/**
 * Of the clusters that a spec with `discover` finds, those that no other entry of the profile names: a second context
 * would be a way around the protection of the first. A protected entry that discovers counts as naming all that it
 * finds. Asks only for entries that may well be the same cluster.
 * @param others the other entries of the profile.
 */
export async function ownClusters(
  question: Question,
  found: readonly FoundCluster[],
  others: readonly RemoteContextSpec[],
  reach: Reach,
): Promise<Own> {
  const { spec } = question
  if (spec.eks?.discover !== true) return { clusters: found, doubtful: [], notes: [] }
  const clusters: FoundCluster[] = []
  const doubtful: FoundCluster[] = []
  const notes: Note[] = []
  for (const each of found) {
    const name = contextNameOf(spec, each)
    if (others.some((other) => other.name === name)) continue
    const owner = await ownerAmong(others, each, question, reach)
    if (owner === undefined) {
      clusters.push(each)
      continue
    }
    if (!owner.isSure) doubtful.push(each)
    const cluster = `EKS cluster "${each.cluster ?? ''}"`
    const text = owner.isSure
      ? `${cluster} has the context ${owner.name} and gets no context ${name} as well.`
      : `${cluster} may be that of ${owner.name}, which could not be asked: ${name} is left as it is.`
    notes.push({ level: owner.isSure ? 'info' : 'warning', text })
  }
  return { clusters, doubtful, notes }
}

interface Owner {
  readonly name: string
  readonly isSure: boolean
}

async function ownerAmong(
  others: readonly RemoteContextSpec[],
  found: FoundCluster,
  question: Question,
  reach: Reach,
): Promise<Owner | undefined> {
  for (const other of others) {
    if (!mayBe(other, found, question)) continue
    if (other.cluster !== undefined) return { name: other.name, isSure: true }
    const known = await whereIs({ ...question, spec: other }, reach)
    const theirs = known.state === 'answered' ? known.clusters : known.remembered?.clusters
    if (theirs === undefined) return { name: other.name, isSure: false }
    const same = theirs.find((each) => isSameCluster(each, found))
    if (same !== undefined) return { name: contextNameOf(other, same), isSure: true }
  }
  return undefined
}

/** Whether it is worth asking: what the entries themselves say does not contradict it. */
function mayBe(
  { eks, cluster, ...other }: RemoteContextSpec,
  found: FoundCluster,
  { spec, region }: Question,
): boolean {
  if (cluster !== undefined) return isSameServer(cluster.server, found.server)
  if (eks === undefined) return false
  if ((eks.region ?? region) !== found.region) return false
  return eks.discover === true
    ? other.protected === true && spec.protected !== true
    : eks.cluster === found.cluster
}

const isSameCluster = (a: FoundCluster, b: FoundCluster): boolean =>
  a.arn !== undefined && b.arn !== undefined ? a.arn === b.arn : isSameServer(a.server, b.server)
