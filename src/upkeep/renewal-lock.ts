import { heldBy, type Holder, holderNow, withLock } from '../engine/lock.ts'
import type { StepContext } from '../plan/step.ts'
import { renewalHeld } from '../problems/broker.ts'
import { isDevK8sError, problem, type Problem } from '../problems/problem.ts'
import { locked } from '../problems/state.ts'
import { type AwsPlaces, fileIn } from './places.ts'

type Context = Pick<StepContext, 'ports' | 'signal'>

/** Whoever renews is done within a minute, unless AWS lets it wait; then the lock tells who it is. */
const longestWaitMs = 120_000
const pauseMs = 250
/** Nobody renews for so long: the holder hangs, or is another program that has its number. */
const longestRenewalMs = 10 * 60_000

/**
 * Runs `body` while nobody else renews this cluster, after waiting for whoever does. What `body` was to do may be done
 * by then: it looks again first.
 * @param waitMs how long the other may take; two minutes unless told.
 * @throws DevK8sError DK8001 when the other takes longer.
 */
export async function withRenewalLock<T>(
  { renewals }: Pick<AwsPlaces, 'renewals'>,
  cluster: string,
  { ports, signal }: Context,
  body: () => Promise<T>,
  waitMs = longestWaitMs,
): Promise<T> {
  const path = fileIn(renewals, cluster, 'lock')
  const deadline = ports.clock.monotonic() + waitMs
  let isOurs = false
  const entered = async () => {
    isOurs = true
    return body()
  }
  for (;;) {
    try {
      return await withLock(path, holderOf(ports, 'devk8s, renewing AWS keys'), ports, signal, entered)
    } catch (error) {
      const isHeld = !isOurs && isDevK8sError(error) && error.problems[0].code === locked.code
      if (!isHeld || ports.clock.monotonic() >= deadline) throw error
      await ports.clock.sleep(pauseMs, signal)
    }
  }
}

/** Of a cluster that somebody has been renewing for more than ten minutes: meanwhile nobody else does. */
export async function longHeld(
  { renewals }: Pick<AwsPlaces, 'renewals'>,
  cluster: string,
  ports: Pick<Context['ports'], 'files' | 'host' | 'clock'>,
): Promise<Problem | undefined> {
  const path = fileIn(renewals, cluster, 'lock')
  const own = holderOf(ports, '')
  const by = await holderNow(path, own, ports)
  if (by === undefined || ports.clock.now() - by.startedAt <= longestRenewalMs) return undefined
  const { detail, next } = heldBy(path, by, own)
  return problem(renewalHeld, { detail: `Cluster ${cluster}: ${detail}`, next })
}

/** This process, as a lock names it. */
export function holderOf({ host, clock }: Pick<Context['ports'], 'host' | 'clock'>, command: string): Holder {
  const { pid = 0, machine = '', bootId } = host.self ?? {}
  return {
    pid,
    command,
    startedAt: clock.now(),
    host: machine,
    ...(bootId === undefined ? {} : { boot: bootId }),
  }
}
