import { checkCpus } from '../machine/cpus.ts'
import { checkMemory } from '../machine/memory.ts'
import type { Finding } from '../plan/step.ts'
import { checkDriver } from './machine-driver.ts'
import { dockerFact, type Reach, type Wish, readHost } from './machine-readings.ts'

/**
 * Whether this machine can make the node that is wished for, asked before an existing one is deleted for it: the
 * checks of the machine judge the cluster that is there. Gives what is blocked first, or undefined.
 */
export async function checkNewNode(want: Wish, context: Reach): Promise<Finding | undefined> {
  const found = [
    await checkDriver(want, context),
    checkMemory(want.cluster, await readHost(context), await dockerFact(want, context)),
    checkCpus(want.cluster, await readHost(context), await dockerFact(want, context)),
  ]
  return found.find(({ state }) => state === 'blocked')
}
