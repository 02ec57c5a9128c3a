import type { Change, Json, Note } from '../ports/event.ts'
import { driverSilent, minikubeUnreadable, resourcesShort } from '../problems/cluster.ts'
import { problem } from '../problems/problem.ts'
import { foreignFinding } from './adoption.ts'
import { compareCluster, unsupportedWishes } from './compare.ts'
import {
  halfMadeConsent,
  reconfigureConsent,
  recreateConsent,
  renderChange,
  renderCluster,
  volumeConsent,
} from './consents.ts'
import { pasteable } from './paste.ts'
import type { ProfileConfig } from './profile-config.ts'
import { info, kubeconfigNote, resetNote, surveyDetail, unsupportedNote, warning } from './notes.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Survey } from './survey.ts'
import type { ClusterFinding, MinikubeRef, WantedCluster } from './types.ts'

/** Everything the finding about a cluster depends on; read before, judged here. */
export interface ClusterView {
  readonly ref: MinikubeRef
  readonly wanted: WantedCluster
  readonly recreate: boolean
  readonly survey: Survey
  /** CA files missing or different in minikube's home. */
  readonly certificates: readonly string[]
  readonly kubeconfig: 'absent' | 'readable' | 'damaged'
  /** For a damaged file: its path, and what the cluster is once devk8s' copy of it, if it has one, is back. */
  readonly damaged?: { readonly path: string; readonly restored?: ProfileConfig }
}

/** Names of changes that `apply` acts upon: what was shown to the person is what is done. */
export const wholeCluster = 'cluster'
export const nodeVolume = 'cluster.volume'

/** What is to be done about a cluster, and what must be asked or said first. */
export function clusterFinding(view: ClusterView): ClusterFinding {
  const notes = [
    ...unsupportedWishes(view.wanted).map(unsupportedNote),
    ...kubeconfigNote(view.ref, view.kubeconfig),
    ...resetNote(view.ref, view.survey.evidence.resetAtMs),
  ]
  const found = judge(view)
  const { state, evidence } = view.survey
  const isForeign = !evidence.isOwn && state.kind !== 'absent'
  return withNotes(isForeign ? foreignFinding(view.ref, found) : found, notes, surveyDetail(view.survey))
}

function judge(view: ClusterView): ClusterFinding {
  const { ref, wanted, survey } = view
  const { state, config } = survey
  switch (state.kind) {
    case 'absent':
      return { state: 'absent', changes: [creation(wanted), ...certificateChanges(view)] }
    case 'half-made':
      return halfMade(view, state.stuck)
    case 'running':
    case 'stopped':
    case 'paused':
    case 'degraded':
      return config === undefined ? unreadable(ref, 'no profile') : existing(view, config)
    case 'container-gone':
      return config === undefined ? unreadable(ref, 'no profile') : nodeGone(view, config, state.hasVolume)
    case 'damaged':
      return damaged(view, state)
    case 'driver-silent':
      return silent(view)
    case 'unreadable':
      return unreadable(ref, state.text)
  }
}

function creation(wanted: WantedCluster): Change {
  return { field: wholeCluster, to: renderCluster(wanted), effect: 'create' }
}

/** A start that was cut short. What is stuck, or was begun with settings only a new node can take, is removed
 * first; anything else minikube finishes itself (running-k8s-075, -089, -136). */
function halfMade({ ref, wanted, survey }: ClusterView, stuck: boolean): ClusterFinding {
  const fixed = survey.config === undefined ? [] : recreateOnly(compareCluster(survey.config, wanted))
  const why = `An earlier start of ${ref.profile} was cut short before Kubernetes ran.`
  if (!stuck && fixed.length === 0) {
    const changes: readonly Change[] = [{ ...creation(wanted), from: 'half-made' }]
    return { state: 'absent', changes, notes: [info(`${why} minikube goes on from there.`)] }
  }
  const { isOwn, container, hasVolume } = survey.evidence
  const isOurs = isOwn && container !== 'present' && hasVolume !== true
  const change: Change = {
    field: wholeCluster,
    from: 'half-made',
    to: renderCluster(wanted),
    effect: 'recreate',
  }
  const reason = stuck
    ? `${why} minikube cannot go on from there (DRV_CP_ENDPOINT), so its remains are removed first.`
    : `${why} It was begun with other settings, so its remains are removed first.`
  return {
    state: 'drifted',
    changes: [change],
    consent: halfMadeConsent(ref, reason, isOurs),
    notes: [warning(reason)],
  }
}

/** A cluster with a node: started if need be, and brought in line as far as that goes without a new one. */
function existing(view: ClusterView, config: ProfileConfig): ClusterFinding {
  const { ref, wanted, recreate, survey } = view
  const differences = compareCluster(config, wanted)
  const fixed = recreateOnly(differences)
  const broken = survey.state.kind === 'degraded'
  const diskFull =
    survey.state.kind === 'degraded' && survey.state.parts.find((part) => part.includes('Storage'))
  if (diskFull) return full(ref, diskFull)
  if (recreate && (fixed.length > 0 || broken)) {
    const change: Change = {
      field: wholeCluster,
      from: renderState(view),
      to: renderCluster(wanted),
      effect: 'recreate',
    }
    const why = broken
      ? `The cluster is not healthy: ${renderState(view)}.`
      : 'These cannot be changed in place:'
    return {
      state: 'drifted',
      changes: [change, ...differences],
      consent: recreateConsent(ref, why, differences),
    }
  }
  const taken = differences.filter((change) => change.effect !== 'recreate')
  const changes = [...stateChange(view), ...taken, ...certificateChanges(view), ...kubeconfigChange(view)]
  const notes = fixed.map((change) =>
    warning(
      `${renderChange(change)}: an existing cluster cannot take this. devk8s up --recreate makes the cluster anew; everything in it is lost then.`,
    ),
  )
  if (changes.length === 0) return { state: 'ready', changes: fixed, notes }
  const reconfigured = taken.filter((change) => change.effect === 'restart')
  return {
    state: 'drifted',
    changes,
    notes,
    ...(reconfigured.length > 0 ? { consent: reconfigureConsent(ref, reconfigured) } : {}),
  }
}

function recreateOnly(changes: readonly Change[]): readonly Change[] {
  return changes.filter((change) => change.effect === 'recreate')
}

/** The node was removed by hand. Only with docker can its volume outlive it. */
function nodeGone(
  { ref, wanted, survey }: ClusterView,
  config: ProfileConfig,
  hasVolume: boolean,
): ClusterFinding {
  const isDocker = config.driver === 'docker'
  const changes: readonly Change[] = [
    { field: 'cluster.node', from: 'removed', to: renderCluster(wanted), effect: 'create' },
  ]
  if (!isDocker || !hasVolume) {
    const text = `The node of ${ref.profile} was removed behind minikube's back, and its data with it. A new one is made.`
    return { state: 'drifted', changes, notes: [warning(text)] }
  }
  const fixed = recreateOnly(compareCluster(config, wanted))
  const text = `The node container ${ref.profile} was removed behind minikube's back; its volume is still there, but a new node does not come up on it.`
  return {
    state: 'drifted',
    changes: [{ field: nodeVolume, from: ref.profile, effect: 'remove' }, ...changes],
    consent: volumeConsent(ref, config),
    notes: [warning(text), ...fixed.map((change) => warning(`${renderChange(change)}: kept as it is.`))],
    detail: { volume: survey.evidence.hasVolume === true },
  }
}

function damaged(
  view: ClusterView,
  { part, missing }: Extract<ClusterState, { kind: 'damaged' }>,
): ClusterFinding {
  const { ref, wanted, recreate, damaged: file } = view
  const path = file?.path ?? `${part} config of ${ref.profile}`
  const from = missing ? 'missing' : 'damaged'
  const what = missing
    ? `minikube's file ${path} is missing, although other parts of ${ref.profile} are still there: its node or its volume may hold data.`
    : `minikube's file ${path} is damaged, so minikube can neither start nor stop ${ref.profile}; the node itself is as it was.`
  const restored = file?.restored
  if (restored !== undefined && !recreate) {
    const change: Change = { field: path, from, to: 'the copy devk8s keeps', effect: 'in-place' }
    return restoration(view, restored, change, `${what} It is restored from devk8s' copy.`)
  }
  const change: Change = {
    field: wholeCluster,
    from,
    to: renderCluster(wanted),
    effect: 'recreate',
  }
  const instead =
    restored === undefined
      ? 'devk8s has no copy that would help. If you have one, put it there and run devk8s up again.'
      : "devk8s up without --recreate restores it from devk8s' copy, and keeps the cluster."
  const why = `${what} ${instead}`
  return {
    state: 'drifted',
    changes: [change],
    consent: recreateConsent(ref, why, []),
    notes: [warning(why)],
  }
}

/** The start that follows a restored file takes wishes as any other does, so it shows them and asks as any other. */
function restoration(
  view: ClusterView,
  restored: ProfileConfig,
  change: Change,
  text: string,
): ClusterFinding {
  const differences = compareCluster(restored, view.wanted)
  const taken = differences.filter(({ effect }) => effect !== 'recreate')
  const reconfigured = taken.filter(({ effect }) => effect === 'restart')
  return {
    state: 'drifted',
    changes: [change, ...taken, ...certificateChanges(view)],
    notes: [
      warning(text),
      ...recreateOnly(differences).map((each) => warning(`${renderChange(each)}: kept as it is.`)),
    ],
    ...(reconfigured.length > 0 ? { consent: reconfigureConsent(view.ref, reconfigured) } : {}),
  }
}

function silent({ ref, survey }: ClusterView): ClusterFinding {
  const driver = survey.config?.driver ?? 'the driver'
  return {
    state: 'blocked',
    problem: problem(driverSilent, {
      detail: `${driver} does not answer, so the state of ${ref.profile} is not known. Its data is not affected.`,
      next: [`${driver} version`, 'devk8s doctor'],
      evidence: lastLines(survey.statusStderr),
    }),
  }
}

function unreadable(ref: MinikubeRef, text: string): ClusterFinding {
  return {
    state: 'blocked',
    problem: problem(minikubeUnreadable, {
      detail: `minikube status -p ${ref.profile} answered: ${text === '' ? 'nothing' : text}`,
      next: ['devk8s doctor', pasteable(ref, 'status', '-p', ref.profile, '-o', 'json')],
    }),
  }
}

/** minikube says InsufficientStorage when /var of the node is 99 % full; starting again does not help. */
function full(ref: MinikubeRef, part: string): ClusterFinding {
  return {
    state: 'blocked',
    problem: problem(resourcesShort, {
      detail: `The disk of the node is full (${part}).`,
      next: [pasteable(ref, '-p', ref.profile, 'ssh', '--', 'sudo crictl rmi --prune'), 'devk8s up'],
    }),
  }
}

function stateChange(view: ClusterView): readonly Change[] {
  if (view.survey.state.kind === 'running') return []
  return [{ field: wholeCluster, from: renderState(view), to: 'running', effect: 'in-place' }]
}

function renderState({ survey: { state } }: ClusterView): string {
  return state.kind === 'degraded' ? state.parts.join(', ') : state.kind
}

function certificateChanges({ certificates }: ClusterView): readonly Change[] {
  return certificates.map((field) => ({ field, to: 'trusted by the node', effect: 'in-place' }))
}

function kubeconfigChange({ ref, kubeconfig }: ClusterView): readonly Change[] {
  if (kubeconfig !== 'damaged') return []
  return [{ field: ref.kubeconfig, from: 'not valid YAML', to: 'written anew', effect: 'in-place' }]
}

function withNotes(
  finding: ClusterFinding,
  notes: readonly Note[],
  detail: Readonly<Record<string, Json>>,
): ClusterFinding {
  return {
    ...finding,
    notes: [...(finding.notes ?? []), ...notes],
    detail: { ...detail, ...finding.detail },
  }
}

function lastLines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-3)
}
