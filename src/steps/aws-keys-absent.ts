import { titleOf } from '../kube/object.ts'
import { checkOwnership } from '../minikube/ownership.ts'
import type { Finding, Runner, StepContext } from '../plan/step.ts'
import { readPolicies } from '../pods/policy-state.ts'
import { isDevK8sError, type Problem } from '../problems/problem.ts'
import { endUpkeep } from '../upkeep/ending.ts'
import { placesAround } from '../upkeep/places.ts'
import { keysIn, type SecretPlace } from '../upkeep/removal.ts'

/**
 * No AWS key of ours is left in the cluster, and none of the policies that hand them out, before it is stopped: its disk stays and is not encrypted. Never stands in
 * the way: keys that cannot be removed end by themselves.
 */
export const runner: Runner<'aws-keys.absent'> = {
  lane: 'cluster',
  settleMs: 0,

  async check({ want: { kubectl, minikube, upkeep } }, context): Promise<Finding> {
    const { files } = context.ports
    if ((await files.stat(upkeep)) === undefined) return { state: 'ready' }
    const record = { field: upkeep, effect: 'remove' } as const
    // Somebody deleted the cluster and made another of that name: what is in that one is theirs.
    if (!(await checkOwnership(files, minikube)).isOwn) return { state: 'drifted', changes: [record] }
    const [keys, policies] = await Promise.all([keysIn(kubectl, context), readPolicies(kubectl, context)])
    if ('problem' in keys) return { state: 'ready', notes: [{ level: 'info', text: unasked(keys.problem) }] }
    const objects = 'problem' in policies ? [] : policies.objects
    const fields = [...keys.secrets.map(titled), ...objects.map(titleOf)]
    return { state: 'drifted', changes: [record, ...fields.map(removal)] }
  },

  async apply({ want: { kubectl, minikube, upkeep } }, _found, context) {
    const { files } = context.ports
    if (!(await checkOwnership(files, minikube)).isOwn) return files.remove(upkeep)
    const places = placesAround(upkeep)
    try {
      await endUpkeep({ cluster: minikube.profile, target: kubectl, places }, context)
    } catch (error) {
      if (!isDevK8sError(error)) throw error
      tellOfLeft(error.problems[0], context)
    }
  },
}

const titled = ({ namespace, name }: SecretPlace) => `Secret ${namespace}/${name}`
const removal = (field: string) => ({ field, effect: 'remove' }) as const

const unasked = ({ detail }: Problem) =>
  `Whether AWS keys are in the cluster could not be asked; they end by themselves, and none is renewed in a cluster that is stopped. ${detail}`

function tellOfLeft({ code, detail }: Problem, { note }: StepContext): void {
  const text = `AWS keys may be left in the cluster (${code}): ${detail} They end by themselves, and devk8s renews them no more.`
  note({ level: 'warning', text })
}
