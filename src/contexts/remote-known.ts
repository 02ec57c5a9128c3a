import type { Note } from '../ports/event.ts'
import type { Ports } from '../ports/ports.ts'
import { remoteClusterMissing, remoteClusterNotReady } from '../problems/contexts.ts'
import type { Problem } from '../problems/problem.ts'
import { isDevK8sError } from '../problems/problem.ts'
import { type Lookup, recall, type Remembered } from './lookup-cache.ts'
import { type Answer, lookUp, needsLookup } from './lookups.ts'
import type { FoundCluster } from './remote-cluster.ts'
import { asContext, awsProfileOf } from './sign-in-advice.ts'

/** Which lookup, and how old an answer may be. */
export interface Question extends Lookup {
  readonly fresh?: true
}

/** What is known of where a spec's clusters are. */
export type Known =
  | {
      readonly state: 'answered'
      readonly clusters: readonly FoundCluster[]
      readonly notes: readonly Note[]
      /** Asked just now, so that the answer is worth keeping. */
      readonly isNew: boolean
    }
  /** Nobody could be asked; `remembered` is the last answer. */
  | { readonly state: 'unknown'; readonly problem: Problem; readonly remembered?: Remembered }

/** For this long `up` does not ask again where nothing else has changed. */
const maxAgeMs = 10 * 60_000
/** Of a run that always asks: its own answer, when the check is made again after the change. */
const freshMaxAgeMs = 10_000

/** What it takes to ask. */
export interface Reach {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly ports: Pick<Ports, 'aws' | 'files' | 'clock'>
  readonly signal: AbortSignal
  once<T>(key: string, read: () => Promise<T>): Promise<T>
}

/**
 * Where a spec's clusters are: from the spec itself, from an answer of a few minutes ago, or by asking. Changes nothing.
 * @throws the signal's reason when aborted.
 */
export async function whereIs(question: Question, { ports, env, signal, once }: Reach): Promise<Known> {
  const { spec, region, fresh } = question
  const { aws, files, clock } = ports
  const ask = async (): Promise<Answer> =>
    asContext(awsProfileOf(spec), async () => lookUp(spec, region, aws, signal))
  if (!needsLookup(spec)) return { state: 'answered', ...(await ask()), isNew: false }
  const remembered = await recall(question, { files, env })
  const ageMs = remembered === undefined ? Number.POSITIVE_INFINITY : clock.now() - remembered.at
  if (remembered !== undefined && ageMs >= 0 && ageMs < (fresh ? freshMaxAgeMs : maxAgeMs)) {
    return { state: 'answered', clusters: remembered.clusters, notes: [], isNew: false }
  }
  try {
    return { state: 'answered', ...(await once(`lookup ${spec.name}`, ask)), isNew: true }
  } catch (error) {
    signal.throwIfAborted()
    if (!isDevK8sError(error)) throw error
    const [problem] = error.problems
    // A cluster that is gone is not where it was: only an entry that is there already stays.
    const isGone = problem.code === remoteClusterMissing.code || problem.code === remoteClusterNotReady.code
    return { state: 'unknown', problem, ...(remembered === undefined || isGone ? {} : { remembered }) }
  }
}
