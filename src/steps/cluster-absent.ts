import { backupPath } from '../minikube/backup.ts'
import { applyDelete } from '../minikube/delete.ts'
import { profilePaths } from '../minikube/paths.ts'
import { readProfileConfig } from '../minikube/survey.ts'
import type { Finding, MinikubeRef, Runner, Step, StepContext } from '../plan/step.ts'
import type { Change } from '../ports/event.ts'

type AbsentStep = Step<'cluster.absent'>

/** Whether there is anything of the profile; by files alone, so that a damaged profile and a daemon that is
 * down can be deleted too (running-k8s-151). The command that leads here asks; this step does not. */
async function check(step: AbsentStep, context: StepContext): Promise<Finding> {
  const { minikube: ref } = step.want
  const changes = await remains(ref, context)
  if (changes.length === 0) return { state: 'ready' }
  const config = await readProfileConfig(ref, context)
  const detail = typeof config === 'object' ? { driver: config.driver, kubernetes: config.kubernetes } : {}
  return { state: 'drifted', changes, detail }
}

async function remains(ref: MinikubeRef, context: StepContext): Promise<readonly Change[]> {
  const { files } = context.ports
  const paths = profilePaths(ref)
  const changes: Change[] = []
  if (await hasProfile(ref, context)) {
    changes.push({ field: 'cluster', from: ref.profile, effect: 'remove' })
  }
  const places = [paths.profileFolder, paths.machineFolder, ...ownFiles(ref)]
  for (const field of places) {
    if ((await files.stat(field)) !== undefined) changes.push({ field, effect: 'remove' })
  }
  return changes
}

async function hasProfile(ref: MinikubeRef, context: StepContext): Promise<boolean> {
  const { files } = context.ports
  const paths = profilePaths(ref)
  const found = await Promise.all([files.stat(paths.profileConfig), files.stat(paths.machineFolder)])
  return found.some((each) => each !== undefined)
}

function ownFiles(ref: MinikubeRef): readonly string[] {
  return [backupPath(ref, 'profile'), backupPath(ref, 'machine'), `${ref.kubeconfig}.damaged`]
}

/**
 * `minikube delete -p` and, when that has succeeded, what it leaves: a profile folder with nothing but events
 * (078) and the copies devk8s keeps. A machine folder that stays means the node stays, and is left to be seen.
 */
async function apply(step: AbsentStep, _found: Finding, context: StepContext): Promise<void> {
  const { minikube: ref } = step.want
  const { files } = context.ports
  const paths = profilePaths(ref)
  if (await hasProfile(ref, context)) await applyDelete(ref, context)
  if ((await files.stat(paths.profileConfig)) === undefined) await files.remove(paths.profileFolder)
  for (const path of ownFiles(ref)) await files.remove(path)
}

/** Gone, with node, volume and minikube's files of this one profile. Other profiles are never touched. */
export const runner: Runner<'cluster.absent'> = { lane: 'cluster', check, apply, settleMs: 15_000 }
