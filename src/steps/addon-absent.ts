import { enableFailure } from '../minikube/addons.ts'
import { applyBackup } from '../minikube/backup.ts'
import { addonDisableArgs } from '../minikube/commands.ts'
import { pasteable } from '../minikube/paste.ts'
import { readProfileConfig } from '../minikube/survey.ts'
import type { Finding, Runner, Step, StepContext } from '../plan/step.ts'
import { addonNotRemoved } from '../problems/cluster.ts'
import { fail } from '../problems/problem.ts'

type AddonStep = Step<'addon.absent'>

/** Deleting manifests waits for their pods to end. */
const disableTimeoutMs = 5 * 60_000

/** minikube's record decides: what it calls enabled is applied again at every start (running-k8s-031). */
async function check(step: AddonStep, context: StepContext): Promise<Finding> {
  const { addon, minikube: ref } = step.want
  const config = await readProfileConfig(ref, context)
  const isEnabled = typeof config === 'object' && config.addons[addon] === true
  if (!isEnabled) return { state: 'ready' }
  return {
    state: 'drifted',
    changes: [{ field: `addon.${addon}`, from: 'enabled', to: 'disabled', effect: 'remove' }],
  }
}

/** minikube deletes what it applied for the add-on; objects that others made stay. */
async function apply(step: AddonStep, _found: Finding, context: StepContext): Promise<void> {
  const { addon, minikube: ref } = step.want
  const { ports, signal } = context
  context.progress({ message: `Disabling ${addon}` })
  const ran = await ports.exec.run(addonDisableArgs(ref, addon), { timeoutMs: disableTimeoutMs, signal })
  signal.throwIfAborted()
  if (ran.outcome !== 'exited' || ran.exitCode !== 0) {
    const how = ran.outcome === 'exited' ? `exit ${ran.exitCode}` : ran.outcome
    fail(addonNotRemoved, {
      detail: `minikube addons disable ${addon} -p ${ref.profile}: ${how}. ${enableFailure(ran.stderr)}`,
      next: ['devk8s up', pasteable(ref, 'addons', 'list', '-p', ref.profile)],
    })
  }
  await applyBackup(ports.files, ref)
}

/** Switched off: an add-on that the profile names as not wanted. Add-ons it does not name are left alone. */
export const runner: Runner<'addon.absent'> = { lane: 'cluster', check, apply, settleMs: 0 }
