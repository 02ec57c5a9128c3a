import { checkOwnership } from '../minikube/ownership.ts'
import type { StepContext } from '../plan/step.ts'
import { apiSilent, apiUnreachable, kubectlConfigUnusable } from '../problems/kubernetes.ts'
import { awsCertificateNotTrusted, awsClockDiffers, awsUnreachable } from '../problems/aws.ts'
import { upkeepDamaged, upkeepForeign } from '../problems/broker.ts'
import { bugProblem } from '../problems/bugs.ts'
import { isDevK8sError, type Problem, problem } from '../problems/problem.ts'
import { locked } from '../problems/state.ts'
import type { ClusterState } from './broker-files.ts'
import { shortestPauseMs } from './due.ts'
import type { AwsPlaces } from './places.ts'
import type { Recorded } from './records.ts'
import { longHeld } from './renewal-lock.ts'
import { type HowToKeep, keepFresh, type Kept } from './renewal.ts'
import { earliest, partStandingOf } from './standings.ts'
import type { Upkeep } from './upkeep.ts'

/** What the broker remembers of a cluster from one look to the next. */
export interface Memory extends ClusterState {
  /** How often in a row it failed. */
  readonly failures: number
}

/** A cluster that is stopped is looked at so often, so that keys are back within a minute of its start. */
const stoppedMs = 45_000
/** What a person must see to is tried again so rarely; a sign-in is noticed by its files. */
const waitingMs = 15 * 60_000
/** All is looked at so often, due or not: somebody may have deleted a Secret. */
const longestMs = 15 * 60_000
const firstRetryMs = 15_000
const longestRetryMs = 10 * 60_000
/** Somebody else renews: what came of it is looked at soon. */
const afterOtherMs = 5_000

export interface RoundHow {
  readonly places: AwsPlaces
  readonly minikubeHome: string
  readonly keepers?: HowToKeep['keepers']
}

/** Looks at one cluster and renews what is due. Never throws but for the signal: what went wrong is what it gives. */
export async function keepCluster(
  recorded: Recorded,
  before: Memory | undefined,
  context: StepContext,
  { places, minikubeHome, keepers }: RoundHow,
): Promise<{ readonly memory: Memory; readonly kept: readonly Kept[] }> {
  const { clock } = context.ports
  try {
    const refusal = await refusalOf(recorded, context, minikubeHome)
    if (refusal !== undefined) return { memory: refused(refusal, clock.now()), kept: [] }
    const { upkeep } = recorded as { readonly upkeep: Upkeep }
    const how = {
      places,
      waitMs: 0,
      isUnasked: true,
      recordedIn: recorded.file,
      ...(keepers === undefined ? {} : { keepers }),
    }
    const kept = await keepFresh(upkeep, context, how)
    return { memory: memoryOf(kept, before, clock.now()), kept }
  } catch (error) {
    if (context.signal.aborted) throw error
    // What goes wrong in one cluster keeps no other from being served.
    const thrown = isDevK8sError(error) ? error.problems[0] : bugProblem(error, 'renewing AWS keys')
    const isLocked = thrown.code === locked.code
    const held = isLocked ? await longHeld(places, recorded.cluster, context.ports) : undefined
    if (isLocked && held === undefined) {
      const lookAtMs = clock.now() + afterOtherMs
      return { memory: { ...(before ?? { state: 'fresh', failures: 0 }), lookAtMs }, kept: [] }
    }
    return { memory: failed(held ?? thrown, before, timesOf(before), clock.now()), kept: [] }
  }
}

async function refusalOf(
  recorded: Recorded,
  { ports }: StepContext,
  minikubeHome: string,
): Promise<Problem | undefined> {
  if ('fault' in recorded) return damagedProblem(recorded)
  return foreignProblem(recorded.upkeep, ports, minikubeHome)
}

/** Of an upkeep file that is not as `up` writes it. */
export function damagedProblem({ file, cluster, fault }: Extract<Recorded, { fault: string }>): Problem {
  return problem(upkeepDamaged, {
    detail: `${file}, for cluster ${cluster}: ${fault}.`,
    next: ['devk8s up'],
    place: { file },
  })
}

/** Of a cluster that is not the one that devk8s made; undefined when it is. */
export async function foreignProblem(
  { cluster, kubectl: { program, kubeconfig } }: Upkeep,
  { files }: Pick<StepContext['ports'], 'files'>,
  minikubeHome: string,
): Promise<Problem | undefined> {
  const ref = { program, home: minikubeHome, kubeconfig, profile: cluster }
  if ((await checkOwnership(files, ref)).isOwn) return undefined
  return problem(upkeepForeign, {
    detail: `By the record beside ${kubeconfig}, devk8s did not make the cluster ${cluster} that is there now.`,
    next: [`devk8s up --cluster-name ${cluster}`],
  })
}

/** What a look and its renewals mean for the next look. */
export function memoryOf(kept: readonly Kept[], before: Memory | undefined, nowMs: number): Memory {
  const standings = earliest(
    Object.fromEntries(
      kept.flatMap(({ part, standing }) =>
        standing === undefined ? [] : [[part, partStandingOf(standing, nowMs)] as const],
      ),
    ),
  )
  const wrong = kept.flatMap((each) => each.problem ?? [])
  // Without the cluster nothing can be done, whatever else is wrong.
  const silent = wrong.find(isNotThere)
  if (silent !== undefined) {
    const lookAtMs = nowMs + stoppedMs
    return { state: 'stopped', lookAtMs, failures: 0, ...timesOf(before), problem: told(silent) }
  }
  const first = wrong.find(needsPerson) ?? wrong[0]
  if (first !== undefined) {
    // What could not be looked at stands as it stood.
    const isPartly = kept.some(({ standing }) => standing === undefined)
    return failed(first, before, { ...(isPartly ? timesOf(before) : {}), ...standings }, nowMs)
  }
  const { dueAtMs = Infinity } = standings
  const lookAtMs = Math.min(Math.max(dueAtMs, nowMs + shortestPauseMs), nowMs + longestMs)
  return { state: 'fresh', lookAtMs, failures: 0, ...standings }
}

/** How long to wait after so many failures in a row: doubling from 15 s to 10 min. */
export function retryMs(failures: number): number {
  return Math.min(firstRetryMs * 2 ** Math.min(failures - 1, 30), longestRetryMs)
}

function failed(
  first: Problem,
  before: Memory | undefined,
  standings: Pick<Memory, 'goodUntilMs' | 'dueAtMs'>,
  nowMs: number,
): Memory {
  const failures = (before?.failures ?? 0) + 1
  const waits = needsPerson(first)
  return {
    state: waits ? 'waiting' : 'failing',
    lookAtMs: nowMs + (waits ? waitingMs : retryMs(failures)),
    failures,
    ...standings,
    problem: told(first),
  }
}

function refused(first: Problem, nowMs: number): Memory {
  return { state: 'damaged', lookAtMs: nowMs + waitingMs, failures: 0, problem: told(first) }
}

function timesOf(before: Memory | undefined): Pick<Memory, 'goodUntilMs' | 'dueAtMs'> {
  const { goodUntilMs, dueAtMs } = before ?? {}
  return {
    ...(goodUntilMs === undefined ? {} : { goodUntilMs }),
    ...(dueAtMs === undefined ? {} : { dueAtMs }),
  }
}

const told = ({ code, title, detail }: Problem) => ({ code, title, detail })

/** minikube takes the context out of the private kubeconfig when it stops the cluster. */
const notThere: ReadonlySet<string> = new Set([
  apiUnreachable.code,
  apiSilent.code,
  kubectlConfigUnusable.code,
])
export const isNotThere = ({ code }: Pick<Problem, 'code'>): boolean => notThere.has(code)

/** What passes by itself, as a network does, although a person who waits for a command can do something about it. */
const passing: ReadonlySet<string> = new Set(
  [awsUnreachable, awsClockDiffers, awsCertificateNotTrusted].map(({ code }) => code),
)

/** Another problem of AWS that exits 4 is one that a person must see to: to sign in, most often. */
const needsPerson = ({ code, exit }: Problem): boolean =>
  code.startsWith('DK5') && exit === 4 && !passing.has(code)
