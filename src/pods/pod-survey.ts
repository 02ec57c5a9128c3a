import { callTimeoutMs, getArgs, kubectlCommand, parseObjects } from '../kube/kubectl.ts'
import { readNamed } from '../kube/live.ts'
import type { KubeObject } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import { DevK8sError, type Problem } from '../problems/problem.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { type LiveKeys, liveKeys } from './keys-secret.ts'
import { keysSecret } from './names.ts'
import { type OwnSources, readOwnSources } from './own-sources.ts'
import { accountOf, type OwnerRef, ownerOf } from './pod.ts'
import { refuseUnknownPod } from './no-pod.ts'
import { keysPolicy } from './policies.ts'
import { literalTexts, readPolicies } from './policy-state.ts'

/** All that says what a pod gets, and why. */
export interface PodSurvey {
  readonly pod: KubeObject
  readonly namespaceLabels: Readonly<Record<string, string>>
  /** Undefined when it is not in the cluster. */
  readonly account: KubeObject | undefined
  /** The owner that no controller owns in turn. */
  readonly owner: OwnerRef | undefined
  /** The keys of its namespace. */
  readonly keys: LiveKeys | undefined
  readonly policy: PolicyView
  /** What brings AWS keys in its namespace, whatever the policy knows. */
  readonly ownSources: OwnSources
}

export interface PolicyView {
  /** False where the API server has no policies. */
  readonly isServed: boolean
  readonly isThere: boolean
  /** Service accounts that it knows to have a role. */
  readonly serviceAccounts: readonly string[]
  /** Secrets and ConfigMaps that it knows to bring keys, `Secret namespace/name`. */
  readonly ownSources: readonly string[]
}

type Place = { readonly namespace: string; readonly name: string }
type Context = Pick<StepContext, 'ports' | 'signal'>
type Ref = { readonly kind: string; readonly name: string; readonly apiVersion?: string }

/** @throws DevK8sError DK5081 when there is no such pod, else of the DK40xx that kubectl's failure means. */
export async function podSurvey(
  upkeep: Upkeep,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  context: Context,
): Promise<PodSurvey> {
  const read = async (refs: readonly Ref[]) => named(upkeep, namespace, refs, context)
  const [[pod], policies, own] = await Promise.all([
    read([{ kind: 'Pod', name }]),
    readPolicies(upkeep.kubectl, context),
    readOwnSources({ kubectl: upkeep.kubectl, namespace }, context),
  ])
  if ('problem' in policies) throw new DevK8sError(policies.problem)
  if ('problem' in own) throw new DevK8sError(own.problem)
  if (pod === undefined) return missing({ namespace, name }, upkeep, context)
  const owner = ownerOf(pod)
  const others = await read([
    { kind: 'Namespace', name: namespace },
    { kind: 'ServiceAccount', name: accountOf(pod).slice(namespace.length + 1) },
    { kind: 'Secret', name: keysSecret },
    ...(owner?.kind === 'ReplicaSet'
      ? [{ kind: 'ReplicaSet', name: owner.name, apiVersion: 'apps/v1' }]
      : []),
  ])
  const found = (kind: string) => others.find((object) => object.kind === kind)
  const parent = found('ReplicaSet')
  const policy = policies.objects.find(
    ({ kind, metadata }) => kind === 'MutatingAdmissionPolicy' && metadata.name === keysPolicy,
  )
  return {
    pod,
    namespaceLabels: found('Namespace')?.metadata.labels ?? {},
    account: found('ServiceAccount'),
    owner: (parent === undefined ? undefined : ownerOf(parent)) ?? owner,
    keys: liveKeys(others).get(namespace),
    policy: {
      isServed: policies.isServed,
      isThere: policy !== undefined,
      serviceAccounts: policy === undefined ? [] : literalTexts(policy, 'serviceAccounts'),
      ownSources: policy === undefined ? [] : literalTexts(policy, 'ownSources'),
    },
    ownSources: own.sources,
  }
}

async function named(
  { kubectl }: Upkeep,
  namespace: string,
  refs: readonly Ref[],
  { ports, signal }: Context,
): Promise<readonly KubeObject[]> {
  const objects = refs.map(({ kind, name, apiVersion = 'v1' }) => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
  }))
  const live: { readonly objects: readonly KubeObject[] } | { readonly problem: Problem } = await readNamed(
    ports.exec,
    kubectl,
    objects,
    signal,
  )
  if ('problem' in live) throw new DevK8sError(live.problem)
  return live.objects
}

/** Names change with every rollout, so those that there are now are shown. */
async function missing(place: Place, { kubectl }: Upkeep, { ports, signal }: Context): Promise<never> {
  const command = kubectlCommand(kubectl, getArgs(['Namespace', 'Pod']), { changes: false })
  const found = parseObjects(await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal }), kubectl)
  signal.throwIfAborted()
  return refuseUnknownPod(place, 'problem' in found ? [] : found.objects)
}
