import { checkOwnership } from '../minikube/ownership.ts'
import type { Finding, Runner, StepContext } from '../plan/step.ts'
import { routesLeft } from '../problems/agent.ts'
import { isDevK8sError, type Problem } from '../problems/problem.ts'
import { endParts, endUpkeep } from '../upkeep/ending.ts'
import { leavingsChanges, leavingsIn } from '../upkeep/leavings.ts'
import { placesAround } from '../upkeep/places.ts'
import { upkeepAt } from '../upkeep/records.ts'

/**
 * No AWS key of ours is left in the cluster, and none of what hands them out: policies, the agent, rules in the nodes.
 * Before it is stopped all goes: its disk stays and is not encrypted; that never stands in the way, as keys that cannot be
 * removed end by themselves. In a cluster that goes on, what the profile asks for no more goes, and must.
 */
export const runner: Runner<'aws-keys.absent'> = {
  lane: 'cluster',
  settleMs: 0,

  async check({ want: { kubectl, minikube, upkeep, parts } }, context): Promise<Finding> {
    const { files } = context.ports
    if ((await files.stat(upkeep)) === undefined) return { state: 'ready' }
    const record = { field: upkeep, effect: 'remove' } as const
    // Somebody deleted the cluster and made another of that name: what is in that one is theirs.
    if (!(await checkOwnership(files, minikube)).isOwn) return { state: 'drifted', changes: [record] }
    const ended = { target: kubectl, upkeep: await upkeepAt(files, upkeep) }
    const found = await leavingsIn(parts === undefined ? ended : { ...ended, parts }, context)
    if ('problem' in found) {
      if (parts !== undefined) return { state: 'blocked', problem: found.problem }
      return { state: 'ready', notes: [{ level: 'info', text: unasked(found.problem) }] }
    }
    const isAll = parts?.includes('policies') !== false
    const changes = [...(isAll ? [record] : []), ...leavingsChanges(found)]
    return changes.length === 0 ? { state: 'ready' } : { state: 'drifted', changes }
  },

  async apply({ want: { kubectl, minikube, upkeep, parts } }, _found, context) {
    const { files } = context.ports
    if (!(await checkOwnership(files, minikube)).isOwn) return files.remove(upkeep)
    const ending = { cluster: minikube.profile, target: kubectl, places: placesAround(upkeep) }
    if (parts !== undefined) {
      await endParts(ending, parts, context)
      return
    }
    try {
      await endUpkeep(ending, context)
    } catch (error) {
      if (!isDevK8sError(error)) throw error
      for (const each of error.problems) tellOfLeft(each, context)
    }
  },
}

const unasked = ({ detail }: Problem) =>
  `Whether AWS keys are in the cluster could not be asked; they end by themselves, and none is renewed in a cluster that is stopped. ${detail}`

function tellOfLeft({ code, detail }: Problem, { note }: StepContext): void {
  const text =
    code === routesLeft.code
      ? `${routesLeft.title} (${code}): ${detail} They are gone when the node stops.`
      : `AWS keys may be left in the cluster (${code}): ${detail} They end by themselves, and devk8s renews them no more.`
  note({ level: 'warning', text })
}
