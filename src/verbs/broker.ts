import { withLock } from '../engine/lock.ts'
import { isDevK8sError } from '../problems/problem.ts'
import { locked } from '../problems/state.ts'
import { runBroker } from '../upkeep/broker-loop.ts'
import { isBrokerProcess } from '../upkeep/broker-process.ts'
import { writeLog } from '../upkeep/broker-log.ts'
import { awsPlaces } from '../upkeep/places.ts'
import { holderOf } from '../upkeep/renewal-lock.ts'
import type { Verb } from './session.ts'

/**
 * What `aws broker start` leaves behind. One on each machine: a second one has nothing to do and ends well, so that no
 * service manager starts it again.
 */
export const broker: Verb<'broker'> = async ({ ports, env, layout, world, signal }) => {
  const places = awsPlaces(layout, world.platform)
  const setting = {
    ports,
    env,
    home: world.home,
    minikubeHome: layout.minikubeHome,
    places,
    pid: world.pid,
    signal,
  }
  let isOurs = false
  const body = async () => {
    isOurs = true
    await runBroker(setting)
  }
  // The lock of one that was killed may name another program by now.
  const isHolder = async (pid: number) => isBrokerProcess(pid, { ports, signal })
  try {
    const holder = holderOf(ports, 'devk8s aws broker')
    await withLock(places.brokerLock, holder, ports, signal, body, isHolder)
    return { exit: 0 }
  } catch (error) {
    if (signal.aborted) {
      await writeLog(places, ports, `stopped by ${String(signal.reason)}`).catch(() => undefined)
      return { exit: 0 }
    }
    if (!isDevK8sError(error)) throw error
    const [{ code, detail }] = error.problems
    if (!isOurs && code === locked.code) return { exit: 0 }
    await writeLog(places, ports, `ended: ${code} ${detail}`).catch(() => undefined)
    throw error
  }
}
