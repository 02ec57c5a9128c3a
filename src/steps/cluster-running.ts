import { owner } from '../minikube/adoption.ts'
import { applyBackup, applyRestore, dropBackups, originalPath, readBackup } from '../minikube/backup.ts'
import { checkCertificates } from '../minikube/certificates.ts'
import { startArgs, volumeRemoveArgs } from '../minikube/commands.ts'
import { keepFixedFields } from '../minikube/compare.ts'
import { applyDelete } from '../minikube/delete.ts'
import { parseEvents, tellsOfReset } from '../minikube/events.ts'
import { clusterFinding, nodeVolume, wholeCluster, type ClusterView } from '../minikube/findings.ts'
import { resetWarning } from '../minikube/notes.ts'
import { applyOwnership } from '../minikube/ownership.ts'
import { profilePaths } from '../minikube/paths.ts'
import { applyPrivateKubeconfig, checkPrivateKubeconfig } from '../minikube/private-kubeconfig.ts'
import { parseProfileConfig } from '../minikube/profile-config.ts'
import { runWithProgress } from '../minikube/run-start.ts'
import { startProblem } from '../minikube/start-problems.ts'
import { checkCluster, readProfileConfig, type Survey } from '../minikube/survey.ts'
import type { Finding, MinikubeRef, Runner, Step, StepContext } from '../plan/step.ts'
import type { Change } from '../ports/event.ts'
import type { Ran } from '../ports/exec.ts'
import { volumeInUse } from '../problems/cluster.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import { afterEarlierRun, checkWaiting } from './cluster-waiting.ts'
import { checkNewNode } from './machine-new-node.ts'

type ClusterStep = Step<'cluster.running'>

async function check(step: ClusterStep, context: StepContext): Promise<Finding> {
  return (await checkWaiting(step.want.minikube, 'running', context)) ?? look(step, context)
}

async function look(step: ClusterStep, context: StepContext): Promise<Finding> {
  const { cluster, minikube: ref, recreate } = step.want
  const { files } = context.ports
  const survey = await checkCluster(ref, context, cluster.driver)
  const certificates = await checkCertificates(ref, cluster.caCertificates, context.ports)
  const found = clusterFinding({
    ref,
    wanted: cluster,
    recreate,
    survey,
    certificates: certificates.map(({ path }) => path),
    kubeconfig: await checkPrivateKubeconfig(files, ref),
    ...(await damagedPart(ref, survey, context)),
  })
  // Nothing is deleted to make room for what this machine cannot make.
  return isRecreated(found) ? ((await checkNewNode(step.want, context)) ?? found) : found
}

/** Without the machine folder, which holds the key of the node, a copy of one file would mend nothing; and a copy
 * is of devk8s' own cluster, never of one that somebody else has made under its name since. */
async function damagedPart(
  ref: MinikubeRef,
  { state, evidence, config }: Survey,
  { ports: { files } }: StepContext,
): Promise<Pick<ClusterView, 'damaged'>> {
  if (state.kind !== 'damaged') return {}
  const path = originalPath(ref, state.part)
  const copy = await readBackup(files, ref, state.part)
  const mends = evidence.isOwn && (evidence.hasMachineFolder || !state.missing)
  if (copy === undefined || !mends) return { damaged: { path } }
  const restored = state.part === 'profile' ? parseProfileConfig(copy) : config
  return { damaged: { path, ...(typeof restored === 'object' && { restored }) } }
}

function isRecreated(found: Finding): boolean {
  return changesOf(found).some(({ field, effect }) => field === wholeCluster && effect === 'recreate')
}

function changesOf(found: Finding): readonly Change[] {
  return found.state === 'absent' || found.state === 'drifted' ? found.changes : []
}

/** Does what the finding showed, no more: what is deleted here was named there, and agreed to. */
async function apply(step: ClusterStep, before: Finding, context: StepContext): Promise<void> {
  const { cluster, minikube: ref } = step.want
  const { files } = context.ports
  const found = await afterEarlierRun(ref, before, context, (afresh) => look(step, afresh))
  const changes = changesOf(found)
  const isStarted = changes.some(({ field }) => field !== owner)
  if (!isStarted || changes.some(({ field }) => field === owner)) await keep(ref, cluster.driver, context)
  if (!isStarted) return
  const aside = await applyPrivateKubeconfig(files, ref)
  if (aside !== undefined) {
    context.note({ level: 'info', text: `The damaged private kubeconfig is now ${aside}.` })
  }
  await makeRoom(step, changes, context)
  await restore(ref, changes, context)
  await copyCertificates(ref, cluster.caCertificates, context)
  const ran = await start(step, context)
  context.signal.throwIfAborted()
  const isOver = ran.outcome === 'exited' && ran.exitCode === 0
  // Recorded running-k8s-113: exits 0 although the cluster was reset. The check that follows a good end reads
  // it in minikube's events; elsewhere it has to be said here.
  if (tellsOfReset(parseEvents(ran.stdout)) && !(isOver && (await isResetKept(ref, context)))) {
    context.note(resetWarning(ref))
  }
  if (!isOver) throw new DevK8sError(startProblem(ran, ref))
  await keep(ref, cluster.driver, context)
}

/** Removes what was agreed to. A cluster that is made anew is devk8s' own before it is begun. */
async function makeRoom(step: ClusterStep, changes: readonly Change[], context: StepContext): Promise<void> {
  const { cluster, minikube: ref } = step.want
  const { files } = context.ports
  const whole = changes.find(({ field }) => field === wholeCluster)
  if (whole?.effect === 'recreate') await applyDelete(ref, context)
  if (whole?.effect === 'recreate' || (whole?.effect === 'create' && whole.from === undefined)) {
    await dropBackups(files, ref)
    await applyOwnership(files, ref, cluster.driver)
  }
  if (changes.some(({ field, effect }) => field === nodeVolume && effect === 'remove')) {
    await removeVolume(ref, context)
  }
}

/** A cluster that runs as devk8s' own: what it takes to know it again, and to mend it. */
async function keep(ref: MinikubeRef, driver: string, context: StepContext): Promise<void> {
  const config = await readProfileConfig(ref, context)
  await applyOwnership(context.ports.files, ref, typeof config === 'object' ? config.driver : driver)
  await applyBackup(context.ports.files, ref)
}

async function start(step: ClusterStep, context: StepContext): Promise<Ran> {
  const { cluster, minikube: ref, startTimeoutMs } = step.want
  const config = await readProfileConfig(ref, context)
  const existing = typeof config === 'object' ? config : undefined
  const command = startArgs(existing === undefined ? cluster : keepFixedFields(existing, cluster), ref, {
    existing: existing !== undefined,
    clearFeatureGates: existing !== undefined && existing.featureGates !== '',
    clearMount: existing !== undefined && existing.mount !== '',
    // minikube's own default is 6 minutes; it must give up, with a reason, before it is ended from here.
    waitTimeoutS: Math.max(30, Math.min(360, Math.floor(startTimeoutMs / 2000))),
  })
  return runWithProgress(ref, command, startTimeoutMs, context)
}

async function removeVolume(ref: MinikubeRef, context: StepContext): Promise<void> {
  const command = volumeRemoveArgs(ref)
  const ran = await context.ports.exec.run(command, { timeoutMs: 60_000, signal: context.signal })
  context.signal.throwIfAborted()
  if (ran.outcome === 'exited' && ran.exitCode === 0) return
  fail(volumeInUse, {
    detail: `docker volume rm ${ref.profile}: ${ran.stderr.trim() || ran.outcome}`,
    next: [`docker ps -a --filter volume=${ref.profile}`, 'devk8s up'],
  })
}

async function restore(ref: MinikubeRef, changes: readonly Change[], context: StepContext): Promise<void> {
  const { files } = context.ports
  for (const part of ['profile', 'machine'] as const) {
    if (!changes.some(({ field }) => field === originalPath(ref, part))) continue
    const text = await readBackup(files, ref, part)
    if (text !== undefined) await applyRestore(files, ref, part, text)
  }
}

async function isResetKept(ref: MinikubeRef, { ports: { files } }: StepContext): Promise<boolean> {
  return tellsOfReset(parseEvents((await files.readText(profilePaths(ref).events)) ?? ''))
}

/** minikube installs what lies in home `certs/` into the node's trust store at each start (facts sheet, 12). */
async function copyCertificates(
  ref: MinikubeRef,
  sources: readonly string[],
  context: StepContext,
): Promise<void> {
  const { files } = context.ports
  const differing = await checkCertificates(ref, sources, context.ports)
  if (differing.length === 0) return
  await files.makeFolder(profilePaths(ref).certificates)
  for (const { path, content } of differing) await files.write(path, content, { mode: 0o644 })
}

/** Started, and in line with the profile as far as that goes without deleting anything unasked. */
export const runner: Runner<'cluster.running'> = { lane: 'cluster', check, apply, settleMs: 120_000 }
