import { classifyFailure } from '../kube/failures.ts'
import { callTimeoutMs, getArgs, kubectlCommand, parseObjects } from '../kube/kubectl.ts'
import type { KubeObject } from '../kube/object.ts'
import type { KubectlRef, StepContext } from '../plan/step.ts'
import { policyApiOf } from '../pods/policy-api.ts'
import { DevK8sError } from '../problems/problem.ts'
import { batchSize } from '../upkeep/apply-in-batches.ts'
import type { Standing } from '../upkeep/keeper.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { pullSecret } from '../pods/names.ts'
import { listed } from './secret-standing.ts'
import type { Survey } from './survey.ts'

// Where Kubernetes has no MutatingAdmissionPolicy (before 1.32), pods get the pull secret from their service account.

/** On service accounts that devk8s has given the pull secret; what they are found by when it is taken back. */
export const attachedLabel = 'devk8s.dev/pull-secret'
export const attachedSelector = `${attachedLabel}=${pullSecret}`

type Context = Pick<StepContext, 'ports' | 'signal'>

/** The standing, with what is due at service accounts. */
export function withAccounts(standing: Standing, survey: Survey, upkeep: Upkeep): Standing {
  const lacking = lackingAccounts(survey, upkeep)
  if (lacking.length === 0) return standing
  const field = `imagePullSecrets of ServiceAccount ${listed(lacking.map(titleOf))}`
  const to = `${pullSecret} as well: this Kubernetes has no policies that could add it to pods`
  return { ...standing, changes: [...standing.changes, { field, to, effect: 'in-place' }] }
}

/** @throws DevK8sError of the DK40xx that kubectl's failure means. */
export async function attachAccounts(survey: Survey, upkeep: Upkeep, context: Context): Promise<void> {
  await patchAccounts(lackingAccounts(survey, upkeep), attachPatch, upkeep.kubectl, context)
}

/**
 * Takes the pull secret back from every service account that devk8s gave it to.
 * @throws DevK8sError of the DK40xx that kubectl's failure means.
 */
export async function detachAccounts(kubectl: KubectlRef, context: Context): Promise<void> {
  const { ports, signal } = context
  const command = kubectlCommand(kubectl, getArgs(['ServiceAccount'], { selector: attachedSelector }), {
    changes: false,
  })
  const found = parseObjects(await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal }), kubectl)
  if ('problem' in found) throw new DevK8sError(found.problem)
  await patchAccounts(found.objects, detachPatch, kubectl, context)
}

type Patch = readonly {
  readonly op: 'add' | 'remove' | 'test'
  readonly path: string
  readonly value?: unknown
}[]

const labelPath = `/metadata/labels/${attachedLabel.replaceAll('/', '~1')}`

/**
 * Appends and leaves the rest: to server-side apply and to a strategic patch alike, a service account's
 * imagePullSecrets is one value (measured with v1.35.1: a strategic patch replaces the whole list).
 */
export function attachPatch(account: KubeObject): Patch {
  const reference = { name: pullSecret }
  return [
    account.metadata.labels === undefined
      ? { op: 'add', path: '/metadata/labels', value: { [attachedLabel]: pullSecret } }
      : { op: 'add', path: labelPath, value: pullSecret },
    pullSecretsOf(account).length === 0
      ? { op: 'add', path: '/imagePullSecrets', value: [reference] }
      : { op: 'add', path: '/imagePullSecrets/-', value: reference },
  ]
}

/** Takes our entry out, and fails rather than take another's that has come to its place. */
export function detachPatch(account: KubeObject): Patch {
  const at = pullSecretsOf(account).findIndex((each) => each.name === pullSecret)
  const path = `/imagePullSecrets/${at}`
  const ours: Patch = [
    { op: 'test', path: `${path}/name`, value: pullSecret },
    { op: 'remove', path },
  ]
  return [{ op: 'remove', path: labelPath }, ...(at === -1 ? [] : ours)]
}

function pullSecretsOf({ imagePullSecrets }: KubeObject): readonly { readonly name?: unknown }[] {
  return Array.isArray(imagePullSecrets) ? imagePullSecrets : []
}

function lackingAccounts({ accounts }: Survey, { kubernetes }: Upkeep): readonly KubeObject[] {
  return policyApiOf(kubernetes) === undefined ? accounts.filter((account) => !hasPullSecret(account)) : []
}

const hasPullSecret = (account: KubeObject) => pullSecretsOf(account).some(({ name }) => name === pullSecret)

/** One call for all that need the same patch, up to a batch: kubectl patches every object that standard input names. */
async function patchAccounts(
  accounts: readonly KubeObject[],
  patchOf: (account: KubeObject) => Patch,
  kubectl: KubectlRef,
  { ports, signal }: Pick<StepContext, 'ports' | 'signal'>,
): Promise<void> {
  const groups = new Map<string, KubeObject[]>()
  for (const account of accounts) {
    const patch = JSON.stringify(patchOf(account))
    groups.set(patch, [...(groups.get(patch) ?? []), account])
  }
  for (const [patch, group] of groups) {
    for (let at = 0; at < group.length; at += batchSize) {
      const stdin = renderNames(group.slice(at, at + batchSize))
      const args = ['patch', '-f', '-', '--type', 'json', '-p', patch]
      const command = kubectlCommand(kubectl, args, { changes: true, stdin })
      const ran = await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal })
      signal.throwIfAborted()
      const failure = classifyFailure(ran, kubectl)
      if (failure !== undefined) throw new DevK8sError(failure)
    }
  }
}

function renderNames(accounts: readonly KubeObject[]): string {
  const items = accounts.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
  }))
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

const titleOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? 'default'}/${metadata.name}`
