import { originalPath } from '../minikube/backup.ts'
import { stopArgs } from '../minikube/commands.ts'
import { lastWords, namedError, parseEvents, parsePlainReason } from '../minikube/events.ts'
import { ownershipPath } from '../minikube/ownership.ts'
import { pasteable } from '../minikube/paste.ts'
import { applyPrivateKubeconfig } from '../minikube/private-kubeconfig.ts'
import { runWithProgress } from '../minikube/run-start.ts'
import { describe } from '../minikube/start-problems.ts'
import { checkCluster, type Survey } from '../minikube/survey.ts'
import type { Finding, MinikubeRef, Runner, Step, StepContext } from '../plan/step.ts'
import {
  clusterForeign,
  driverSilent,
  minikubeUnreadable,
  profileDamaged,
  stopFailed,
} from '../problems/cluster.ts'
import { fail, problem } from '../problems/problem.ts'
import { afterEarlierRun, checkWaiting } from './cluster-waiting.ts'

type StoppedStep = Step<'cluster.stopped'>

/** minikube itself gives up after two minutes (facts sheet, 6.4). */
const stopTimeoutMs = 4 * 60_000

async function check(step: StoppedStep, context: StepContext): Promise<Finding> {
  return (await checkWaiting(step.want.minikube, 'stopped', context)) ?? look(step, context)
}

async function look(step: StoppedStep, context: StepContext): Promise<Finding> {
  const { minikube: ref } = step.want
  const survey = await checkCluster(ref, context)
  const found = judge(ref, survey)
  // Whoever made it may be at work in it; devk8s up asks, once, whether it is devk8s' from now on.
  const isForeign = found.state === 'drifted' && !survey.evidence.isOwn
  return { ...(isForeign ? foreign(ref) : found), detail: { state: survey.state.kind } }
}

function judge(ref: MinikubeRef, survey: Survey): Finding {
  const { state } = survey
  const stop: Finding = {
    state: 'drifted',
    changes: [{ field: 'cluster', from: state.kind, to: 'stopped', effect: 'in-place' }],
  }
  switch (state.kind) {
    case 'absent':
    case 'stopped':
      return { state: 'ready' }
    case 'running':
    case 'paused':
    case 'degraded':
      return stop
    case 'half-made':
      return survey.evidence.status?.kind === 'nodes' ? stop : { state: 'ready' }
    case 'container-gone': {
      // minikube stop would try for 7 s and exit 82 (running-121); there is nothing to stop.
      const text = `The node of ${ref.profile} was removed behind minikube's back, so nothing runs. devk8s up makes a new one.`
      return { state: 'ready', notes: [{ level: 'warning', text }] }
    }
    case 'damaged':
      return damaged(ref, survey, state)
    case 'driver-silent': {
      const driver = survey.config?.driver ?? 'the driver'
      const detail = `${driver} does not answer, so whether ${ref.profile} runs is not known.`
      return blocked(driverSilent, detail, [`${driver} version`, 'devk8s down'])
    }
    case 'unreadable':
      return blocked(minikubeUnreadable, `minikube status -p ${ref.profile} answered: ${state.text}`, [
        pasteable(ref, 'status', '-p', ref.profile, '-o', 'json'),
      ])
  }
}

/** minikube stop exits 38 on a damaged profile (running-135); up can mend it, and docker can stop the node. */
function damaged(
  ref: MinikubeRef,
  survey: Survey,
  { part, missing }: Extract<Survey['state'], { kind: 'damaged' }>,
): Finding {
  const isDocker = survey.config === undefined || survey.config.driver === 'docker'
  const how = missing ? 'missing' : 'damaged'
  const detail = `minikube's file ${originalPath(ref, part)} is ${how}, so minikube cannot stop ${ref.profile}.`
  return blocked(profileDamaged, detail, ['devk8s up', ...(isDocker ? [`docker stop ${ref.profile}`] : [])])
}

function foreign(ref: MinikubeRef): Finding {
  const detail = `minikube has a cluster ${ref.profile}, and ${ownershipPath(ref)}, the record that devk8s made or took over that very cluster, is not there or is of another.`
  return blocked(clusterForeign, detail, [pasteable(ref, 'stop', '-p', ref.profile), 'devk8s up'])
}

function blocked(kind: typeof stopFailed, detail: string, next: readonly string[]): Finding {
  return { state: 'blocked', problem: problem(kind, { detail, next }) }
}

async function apply(step: StoppedStep, before: Finding, context: StepContext): Promise<void> {
  const { minikube: ref } = step.want
  const found = await afterEarlierRun(ref, before, context, (afresh) => look(step, afresh))
  if (found.state === 'ready') return
  // With a kubeconfig it cannot read, stop halts the node and then exits 38 (running-k8s-126).
  await applyPrivateKubeconfig(context.ports.files, ref)
  const ran = await runWithProgress(ref, stopArgs(ref), stopTimeoutMs, context)
  context.signal.throwIfAborted()
  if (ran.outcome === 'exited' && ran.exitCode === 0) return
  const events = parseEvents(ran.stdout)
  const reason = namedError(events) ?? parsePlainReason(ran.stderr)
  const how = ran.outcome === 'exited' ? describe(reason, ran.exitCode) : ran.outcome
  fail(stopFailed, {
    detail: `minikube stop -p ${ref.profile} ended with ${how}.`,
    next: ['devk8s down', 'devk8s doctor'],
    evidence: lastWords(events, ran.stderr),
  })
}

/** Halted, with everything in it kept. The private kubeconfig loses its entries; the user's own keeps its context. */
export const runner: Runner<'cluster.stopped'> = { lane: 'cluster', check, apply, settleMs: 15_000 }
