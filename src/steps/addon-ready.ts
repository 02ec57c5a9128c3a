import { readLive } from '../kube/live.ts'
import { workloadState, workloadStates, type WorkloadState } from '../kube/workloads.ts'
import {
  addonExpectation,
  clashingAddon,
  enableFailure,
  enableWarnings,
  optionChanges,
} from '../minikube/addons.ts'
import { applyBackup } from '../minikube/backup.ts'
import { addonEnableArgs, addonsListArgs } from '../minikube/commands.ts'
import { parseAddonsList } from '../minikube/lists.ts'
import { pasteable } from '../minikube/paste.ts'
import { readProfileConfig } from '../minikube/survey.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Finding, MinikubeRef, Runner, Step, StepContext } from '../plan/step.ts'
import type { Note } from '../ports/event.ts'
import type { Ran } from '../ports/exec.ts'
import { addonFailed, addonPaused, addonsClash, addonUnknown } from '../problems/cluster.ts'
import { fail, problem } from '../problems/problem.ts'

type AddonStep = Step<'addon.ready'>

/** minikube retries manifests for two minutes and then waits six for pods (facts sheet, 7.1). */
const enableTimeoutMs = 10 * 60_000

/** One read for all add-ons of a run. */
const workloadResources = ['Deployment.apps', 'DaemonSet.apps', 'StatefulSet.apps', 'Job.batch', 'Pod']

async function check(step: AddonStep, context: StepContext): Promise<Finding> {
  const { addon, options, minikube: ref, nodeArch } = step.want
  const config = await readProfileConfig(ref, context)
  const recorded = typeof config === 'object' ? config.addons : {}
  if (addon === 'registry-creds' && nodeArch === 'arm64') return withoutImage(recorded[addon] === true, ref)
  const clash = clashingAddon(addon)
  if (clash !== undefined && recorded[clash] === true) return clashing(addon, clash, ref)
  if (recorded[addon] !== true) {
    const change = { field: `addon.${addon}`, from: 'disabled', to: 'enabled', effect: 'create' } as const
    return { state: 'absent', changes: [change], detail: { enabled: false } }
  }
  const changes = typeof config === 'object' ? optionChanges(addon, options, config) : []
  if (changes.length > 0) return { state: 'drifted', changes, detail: { enabled: true } }
  return health(step, context)
}

/** minikube#21211: the image is built for amd64 alone and ends with "exec format error" anywhere else. */
function withoutImage(isEnabled: boolean, ref: MinikubeRef): Finding {
  const why = 'its image cannot run on arm64 nodes (minikube#21211)'
  const text = isEnabled
    ? `registry-creds is enabled, but ${why} and starts in vain again and again. To switch it off: ${pasteable(ref, 'addons', 'disable', 'registry-creds', '-p', ref.profile)}.`
    : `registry-creds is not enabled: ${why}.`
  const way = 'Pulling from ECR takes another way here, set up with the AWS part of the profile.'
  return {
    state: 'ready',
    notes: [{ level: 'warning', text: `${text} ${way}` }],
    detail: { enabled: isEnabled, supported: false },
  }
}

function clashing(addon: string, other: string, ref: MinikubeRef): Finding {
  return {
    state: 'blocked',
    problem: problem(addonsClash, {
      detail: `${addon} is wanted, and ${other} is enabled in ${ref.profile}: both take ports 80 and 443 of the node.`,
      next: [pasteable(ref, 'addons', 'disable', other, '-p', ref.profile), 'devk8s up'],
    }),
  }
}

/** "enabled" is only a wish in a file: the cluster says whether it runs. */
async function health(step: AddonStep, context: StepContext): Promise<Finding> {
  const { addon, kubectl } = step.want
  const expected = addonExpectation(addon)
  if (expected.kind === 'none') return { state: 'ready', detail: { enabled: true } }
  const live = await context.once(`kube.workloads ${kubectl.kubeconfig} ${kubectl.context}`, () =>
    readLive(context.ports.exec, kubectl, workloadResources, {}, context.signal),
  )
  if ('problem' in live) return { state: 'blocked', problem: live.problem }
  const states =
    expected.kind === 'known'
      ? expected.names.map((name) => namedState(live.objects, expected.namespace, name))
      : labelledStates(live.objects, expected.label, expected.value)
  const detail = { enabled: true, workloads: states.map((each) => ({ ...each, reasons: [...each.reasons] })) }
  const missing = states.filter(({ isReady }) => !isReady)
  if (states.length === 0) return { state: 'ready', notes: [unwatched(addon)], detail }
  if (missing.length === 0) return { state: 'ready', detail }
  return {
    state: 'drifted',
    changes: missing.map(({ workload, reasons }) => ({
      field: workload,
      to: `ready (now: ${reasons.join('; ')})`,
      effect: reasons === notThere ? 'create' : 'in-place',
    })),
    detail,
  }
}

const notThere: readonly string[] = ['not there yet']

/** A controller of that name, else a bare pod, else the pods that some other kind of controller of that name
 * runs (the registry add-on has a ReplicationController). */
function namedState(objects: readonly KubeObject[], namespace: string, name: string): WorkloadState {
  const within = objects.filter((object) => object.metadata.namespace === namespace)
  const pods = within.filter(({ kind }) => kind === 'Pod')
  const controller = within.find(({ kind, metadata }) => kind !== 'Pod' && metadata.name === name)
  if (controller !== undefined) return workloadState(controller, pods)
  const bare = pods.find(({ metadata }) => metadata.name === name)
  if (bare !== undefined) return workloadState(bare)
  const states = pods.filter((pod) => isOwnedBy(pod, name)).map((pod) => workloadState(pod))
  const waiting = states.find(({ isReady }) => !isReady)
  return waiting ?? states[0] ?? { workload: `${namespace}/${name}`, isReady: false, reasons: notThere }
}

function isOwnedBy({ metadata }: KubeObject, name: string): boolean {
  const owners: unknown = 'ownerReferences' in metadata ? metadata.ownerReferences : undefined
  return Array.isArray(owners) && owners.some((owner: { readonly name?: unknown }) => owner.name === name)
}

function labelledStates(
  objects: readonly KubeObject[],
  label: string,
  value: string,
): readonly WorkloadState[] {
  return workloadStates(objects.filter((object) => object.metadata.labels?.[label] === value))
}

function unwatched(addon: string): Note {
  return {
    level: 'info',
    text: `${addon} is enabled. devk8s does not know its workloads and found none that carry its label, so whether it runs was not checked.`,
  }
}

/**
 * Enables it, and enables it again when objects of it are missing or its options have changed. What is all there and only not ready yet, as
 * after every start, is waited for: minikube has applied those manifests itself.
 */
async function apply(step: AddonStep, found: Finding, context: StepContext): Promise<void> {
  const { addon, options, minikube: ref } = step.want
  const { ports, signal } = context
  if (found.state === 'drifted' && found.changes.every(({ effect }) => effect === 'in-place')) {
    context.progress({ message: `Waiting for ${addon}` })
    return
  }
  context.progress({ message: `Enabling ${addon}` })
  const command = addonEnableArgs(ref, addon, options)
  const ran = await ports.exec.run(command, { timeoutMs: enableTimeoutMs, signal })
  signal.throwIfAborted()
  if (ran.outcome !== 'exited' || ran.exitCode !== 0) await notEnabled(step, ran, context)
  for (const text of enableWarnings(ran.stdout, ran.stderr)) context.note({ level: 'info', text })
  await applyBackup(ports.files, ref)
  await requireOptions(step, context)
}

/** minikube only warns about the name of an image that the add-on does not have, and exits 0. */
async function requireOptions(step: AddonStep, context: StepContext): Promise<void> {
  const { addon, options, minikube: ref } = step.want
  const config = await readProfileConfig(ref, context)
  const ignored = typeof config === 'object' ? optionChanges(addon, options, config) : []
  if (ignored.length === 0) return
  const names = ignored.map(({ field, to }) => `${field.split('.').slice(2).join('.')}=${to}`)
  fail(addonFailed, {
    detail: `minikube enabled ${addon} and took no notice of ${names.join(', ')}: the add-on has no image of that name.`,
    next: [pasteable(ref, 'addons', 'images', addon), 'devk8s profile validate'],
  })
}

async function notEnabled(step: AddonStep, ran: Ran, context: StepContext): Promise<never> {
  const { addon, minikube: ref } = step.want
  const how = ran.outcome === 'exited' ? `exit ${ran.exitCode}` : ran.outcome
  const detail = `minikube addons enable ${addon} -p ${ref.profile}: ${how}. ${enableFailure(ran.stderr)}`
  // Any failure of the "is it paused?" check ends so, a lost node included (facts sheet, 7.1).
  if (ran.exitCode === 11) fail(addonPaused, { detail, next: ['devk8s up'] })
  // Exit 10 both for an unknown add-on (running-k8s-014) and for one that failed (running-k8s-039): the list tells.
  if (ran.exitCode === 10 && !(await isKnown(step, context))) {
    fail(addonUnknown, { detail, next: [pasteable(ref, 'addons', 'list'), 'devk8s profile validate'] })
  }
  fail(addonFailed, { detail, next: ['devk8s up', 'devk8s status'] })
}

async function isKnown(step: AddonStep, { ports, signal }: StepContext): Promise<boolean> {
  const ran = await ports.exec.run(addonsListArgs(step.want.minikube), { timeoutMs: 30_000, signal })
  const listed = ran.exitCode === 0 ? parseAddonsList(ran.stdout) : undefined
  return listed === undefined || Object.hasOwn(listed, step.want.addon)
}

/** Enabled in minikube's profile and really ready in the cluster. */
export const runner: Runner<'addon.ready'> = { lane: 'cluster', check, apply, settleMs: 180_000 }
