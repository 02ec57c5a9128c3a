import { backupPath } from '../minikube/backup.ts'
import { ownCertificates } from '../minikube/certificates.ts'
import { networkRemoveArgs, type Leftover, volumeRemoveArgs } from '../minikube/commands.ts'
import { applyDelete } from '../minikube/delete.ts'
import { earlierRunPath, waitForEarlierRun } from '../minikube/earlier-run.ts'
import { checkLeftovers } from '../minikube/leftovers.ts'
import { checkOwnership, ownershipPath } from '../minikube/ownership.ts'
import { pasteable } from '../minikube/paste.ts'
import { profilePaths } from '../minikube/paths.ts'
import { readProfileConfig } from '../minikube/survey.ts'
import type { Finding, MinikubeRef, Runner, Step, StepContext } from '../plan/step.ts'
import type { Change } from '../ports/event.ts'
import { clusterForeign } from '../problems/cluster.ts'
import { problem } from '../problems/problem.ts'

type AbsentStep = Step<'cluster.absent'>

/** Whether there is anything of the profile; where minikube has one by files alone, so that a damaged profile and a
 * daemon that is down can be deleted too (running-k8s-151). The command that leads here asks; this step does not. */
async function check(step: AbsentStep, context: StepContext): Promise<Finding> {
  const { minikube: ref } = step.want
  const { files } = context.ports
  if ((await hasProfile(ref, context)) && !(await checkOwnership(files, ref)).isOwn) return foreign(ref)
  const changes = await remains(ref, context)
  if (changes.length === 0) return { state: 'ready' }
  const config = await readProfileConfig(ref, context)
  const detail = typeof config === 'object' ? { driver: config.driver, kubernetes: config.kubernetes } : {}
  return { state: 'drifted', changes, detail }
}

/** Whoever has lost the record of an own cluster takes it over first; what is somebody else's is theirs to delete. */
function foreign(ref: MinikubeRef): Finding {
  return {
    state: 'blocked',
    problem: problem(clusterForeign, {
      detail: `minikube has a cluster ${ref.profile}, and ${ownershipPath(ref)}, the record that devk8s made or took over that very cluster, is not there or is of another.`,
      next: [pasteable(ref, 'delete', '-p', ref.profile), 'devk8s up'],
    }),
  }
}

async function remains(ref: MinikubeRef, context: StepContext): Promise<readonly Change[]> {
  const { files } = context.ports
  const paths = profilePaths(ref)
  const changes: Change[] = []
  if (await hasProfile(ref, context)) {
    changes.push({ field: 'cluster', from: ref.profile, effect: 'remove' })
  } else {
    for (const kind of await leftovers(ref, context)) {
      changes.push({ field: `docker ${kind}`, from: ref.profile, effect: 'remove' })
    }
  }
  // What minikube keeps under the name is ours only with the record; a dry run of anybody's leaves a folder too (078).
  const { isOwn } = await checkOwnership(files, ref)
  const minikubes = isOwn ? [paths.profileFolder, paths.machineFolder] : []
  const places = [...minikubes, ...(await ownFiles(ref, context))]
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

/** What Docker still holds of a cluster of devk8s' own whose files in minikube's home were removed by hand. */
async function leftovers(ref: MinikubeRef, context: StepContext): Promise<readonly Leftover[]> {
  const { isOwn, driver } = await checkOwnership(context.ports.files, ref)
  if (!isOwn || driver !== 'docker') return []
  const found = await checkLeftovers(ref, ['container', 'volume', 'network'], context)
  return found === 'unreachable' ? [] : found
}

async function ownFiles(ref: MinikubeRef, context: StepContext): Promise<readonly string[]> {
  return [
    backupPath(ref, 'profile'),
    backupPath(ref, 'machine'),
    `${ref.kubeconfig}.damaged`,
    earlierRunPath(ref),
    ...(await ownCertificates(ref, context.ports.files)),
    // Last, since without it the rest would be somebody else's.
    ownershipPath(ref),
  ]
}

/**
 * `minikube delete -p` and, when that has succeeded, what it leaves: a profile folder with nothing but events
 * (078), what Docker still holds, and the files devk8s keeps. A machine folder that stays means the node stays, and
 * is left to be seen.
 */
async function apply(step: AbsentStep, _found: Finding, context: StepContext): Promise<void> {
  const { minikube: ref } = step.want
  const { files } = context.ports
  const paths = profilePaths(ref)
  await waitForEarlierRun(ref, context)
  // Of a profile that is not there minikube removes container, volume and network all the same (027).
  if ((await hasProfile(ref, context)) || (await leftovers(ref, context)).length > 0) {
    await applyDelete(ref, context)
  }
  if (!(await hasProfile(ref, context))) await removeLeftovers(ref, context)
  const { isOwn } = await checkOwnership(files, ref)
  if (isOwn && (await files.stat(paths.profileConfig)) === undefined) await files.remove(paths.profileFolder)
  for (const path of await ownFiles(ref, context)) await files.remove(path)
}

/** What minikube did not take along. That it is gone is what the check that follows looks at. */
async function removeLeftovers(ref: MinikubeRef, context: StepContext): Promise<void> {
  const left = await leftovers(ref, context)
  const how = { timeoutMs: 60_000, signal: context.signal }
  if (left.includes('volume')) await context.ports.exec.run(volumeRemoveArgs(ref), how)
  if (left.includes('network')) await context.ports.exec.run(networkRemoveArgs(ref), how)
}

/** Gone, with node, volume and minikube's files of this one profile. Other profiles are never touched. */
export const runner: Runner<'cluster.absent'> = { lane: 'cluster', check, apply, settleMs: 15_000 }
