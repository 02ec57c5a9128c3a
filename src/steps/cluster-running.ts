import { applyBackup, applyRestore, originalPath, readBackup } from '../minikube/backup.ts'
import { checkCertificates } from '../minikube/certificates.ts'
import { startArgs, volumeRemoveArgs } from '../minikube/commands.ts'
import { keepFixedFields } from '../minikube/compare.ts'
import { applyDelete } from '../minikube/delete.ts'
import { parseEvents, tellsOfReset } from '../minikube/events.ts'
import { clusterFinding, nodeVolume, wholeCluster } from '../minikube/findings.ts'
import { resetWarning } from '../minikube/notes.ts'
import { profilePaths } from '../minikube/paths.ts'
import { applyPrivateKubeconfig, checkPrivateKubeconfig } from '../minikube/private-kubeconfig.ts'
import { runWithProgress } from '../minikube/run-start.ts'
import { startProblem } from '../minikube/start-problems.ts'
import { checkCluster, readProfileConfig } from '../minikube/survey.ts'
import type { Finding, MinikubeRef, Runner, Step, StepContext } from '../plan/step.ts'
import type { Change } from '../ports/event.ts'
import type { Ran } from '../ports/exec.ts'
import { volumeInUse } from '../problems/cluster.ts'
import { DevK8sError, fail } from '../problems/problem.ts'

type ClusterStep = Step<'cluster.running'>

async function check(step: ClusterStep, context: StepContext): Promise<Finding> {
  const { cluster, minikube: ref, recreate } = step.want
  const { files } = context.ports
  const survey = await checkCluster(ref, context)
  const certificates = await checkCertificates(files, profilePaths(ref).certificates, cluster.caCertificates)
  const { state } = survey
  return clusterFinding({
    ref,
    wanted: cluster,
    recreate,
    survey,
    certificates: certificates.map(({ path }) => path),
    kubeconfig: await checkPrivateKubeconfig(files, ref),
    ...(state.kind === 'damaged'
      ? {
          damaged: {
            path: originalPath(ref, state.part),
            hasCopy: (await readBackup(files, ref, state.part)) !== undefined,
          },
        }
      : {}),
  })
}

/** Does what the finding showed, no more: what is deleted here was named there, and agreed to. */
async function apply(step: ClusterStep, found: Finding, context: StepContext): Promise<void> {
  const { cluster, minikube: ref } = step.want
  const { files } = context.ports
  const changes = found.state === 'absent' || found.state === 'drifted' ? found.changes : []
  const aside = await applyPrivateKubeconfig(files, ref)
  if (aside !== undefined) {
    context.note({ level: 'info', text: `The damaged private kubeconfig is now ${aside}.` })
  }
  if (changes.some(({ field, effect }) => field === wholeCluster && effect === 'recreate')) {
    await applyDelete(ref, context)
  }
  if (changes.some(({ field, effect }) => field === nodeVolume && effect === 'remove')) {
    await removeVolume(ref, context)
  }
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
  await applyBackup(files, ref)
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
  return runWithProgress(command, startTimeoutMs, profilePaths(ref).cache, context)
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
  const folder = profilePaths(ref).certificates
  const differing = await checkCertificates(files, folder, sources)
  if (differing.length === 0) return
  await files.makeFolder(folder)
  for (const { path, content } of differing) await files.write(path, content, { mode: 0o644 })
}

/** Started, and in line with the profile as far as that goes without deleting anything unasked. */
export const runner: Runner<'cluster.running'> = { lane: 'cluster', check, apply, settleMs: 120_000 }
