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
import type { Command } from '../ports/exec.ts'
import { clusterForeign, deleteFailed, driverSilent } from '../problems/cluster.ts'
import { fail, problem } from '../problems/problem.ts'

type AbsentStep = Step<'cluster.absent'>

/** Whether there is anything of the profile; where minikube has one by files alone, so that a damaged profile and a
 * daemon that is down can be deleted too (running-k8s-151). The command that leads here asks; this step does not. */
async function check(step: AbsentStep, context: StepContext): Promise<Finding> {
  const { minikube: ref } = step.want
  const { files } = context.ports
  if ((await hasProfile(ref, context)) && !(await checkOwnership(files, ref)).isOwn) return foreign(ref)
  const left = (await hasProfile(ref, context)) ? [] : await leftovers(ref, context)
  if (left === 'unreachable') return { state: 'blocked', problem: problem(driverSilent, silence(ref)) }
  const changes = await remains(ref, left, context)
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

/** Without the record nobody would look at Docker again, so it stays until Docker has answered. */
function silence(ref: MinikubeRef): { readonly detail: string; readonly next: readonly string[] } {
  return {
    detail: `docker does not answer, so whether it still holds a container, a volume or a network of ${ref.profile} is not known. Start Docker, then run devk8s destroy again; until then ${ownershipPath(ref)}, the record that the cluster was devk8s' own, stays.`,
    next: ['docker version', 'devk8s destroy'],
  }
}

async function remains(
  ref: MinikubeRef,
  left: readonly Leftover[],
  context: StepContext,
): Promise<readonly Change[]> {
  const { files } = context.ports
  const paths = profilePaths(ref)
  const changes: Change[] = []
  if (await hasProfile(ref, context)) {
    changes.push({ field: 'cluster', from: ref.profile, effect: 'remove' })
  } else {
    for (const kind of left) {
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
async function leftovers(
  ref: MinikubeRef,
  context: StepContext,
): Promise<readonly Leftover[] | 'unreachable'> {
  const { isOwn, driver } = await checkOwnership(context.ports.files, ref)
  if (!isOwn || driver !== 'docker') return []
  return checkLeftovers(ref, ['container', 'volume', 'network'], context)
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
  if ((await hasProfile(ref, context)) || (await leftoversNow(ref, context)).length > 0) {
    await applyDelete(ref, context)
  }
  // What minikube kept is still devk8s' own: with the record, the check that follows and the next run see it.
  if (await hasProfile(ref, context)) return
  await removeLeftovers(ref, context)
  const { isOwn } = await checkOwnership(files, ref)
  if (isOwn && (await files.stat(paths.profileConfig)) === undefined) await files.remove(paths.profileFolder)
  for (const path of await ownFiles(ref, context)) await files.remove(path)
}

/** Removes what minikube did not take along. @throws DevK8sError DK3020 when Docker keeps some of it. */
async function removeLeftovers(ref: MinikubeRef, context: StepContext): Promise<void> {
  const words: string[] = []
  const commands: string[] = []
  for (const kind of await leftoversNow(ref, context)) {
    const command = removeArgs(ref, kind)
    if (command === undefined) continue
    const ran = await context.ports.exec.run(command, { timeoutMs: 60_000, signal: context.signal })
    context.signal.throwIfAborted()
    if (ran.outcome === 'exited' && ran.exitCode === 0) continue
    words.push(ran.stderr.trim() || ran.outcome)
    commands.push([command.program, ...command.args].join(' '))
  }
  const left = await leftoversNow(ref, context)
  if (left.length === 0) return
  fail(deleteFailed, {
    detail: `minikube has deleted ${ref.profile}, but Docker still holds of it: ${left.join(', ')}.`,
    next: [
      ...(left.includes('container') ? [`docker rm -f ${ref.profile}`] : []),
      ...commands,
      'devk8s destroy',
    ],
    evidence: words,
  })
}

/** minikube deletes the container; where it did not, its reason counts, so it is not removed behind its back. */
function removeArgs(ref: MinikubeRef, kind: Leftover): Command | undefined {
  switch (kind) {
    case 'container':
      return undefined
    case 'volume':
      return volumeRemoveArgs(ref)
    case 'network':
      return networkRemoveArgs(ref)
  }
}

/** @throws DevK8sError DK3009 when Docker does not answer. */
async function leftoversNow(ref: MinikubeRef, context: StepContext): Promise<readonly Leftover[]> {
  const left = await leftovers(ref, context)
  return left === 'unreachable' ? fail(driverSilent, silence(ref)) : left
}

/** Gone, with node, volume and minikube's files of this one profile. Other profiles are never touched. */
export const runner: Runner<'cluster.absent'> = { lane: 'cluster', check, apply, settleMs: 15_000 }
