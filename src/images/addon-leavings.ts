import type { StepContext } from '../plan/step.ts'
import type { KubeObject } from '../kube/object.ts'
import { awsLabel, pullSecret } from '../pods/names.ts'
import type { Problem } from '../problems/problem.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { readClusterObjects, readEverySecretNamed } from '../upkeep/cluster-survey.ts'
import { servedNamespaces } from '../upkeep/served-namespaces.ts'
import { addonDeployment, type AddonDeployment } from './addon-deployment.ts'
import { livePullSecrets } from './pull-secret.ts'
import type { Registry } from './addon-config.ts'
import { readAddonSecret } from './addon-keys.ts'
import { isWorthless, registriesOf } from './secret-state.ts'

/** What registry-creds made of the keys that it was given. */
export interface AddonLeavings {
  /** Undefined when it does not run. */
  readonly running: AddonDeployment | undefined
  readonly secrets: readonly { readonly namespace: string; readonly name: string }[]
}

const nothing: AddonLeavings = { running: undefined, secrets: [] }

/**
 * What goes with the keys of registry-creds: its pull secrets, which have no label of ours, and itself as long as it runs,
 * since it keeps its session in its environment and writes them again. Nothing where it is not what pulls, or pulls with
 * keys of somebody else.
 */
export async function addonLeavings(
  upkeep: Upkeep | undefined,
  context: Pick<StepContext, 'ports' | 'signal' | 'once'>,
): Promise<AddonLeavings | { readonly problem: Problem }> {
  if (upkeep?.images?.mode !== 'addon') return nothing
  const { kubectl } = upkeep
  const [cluster, secrets, own] = await Promise.all([
    readClusterObjects(upkeep, context),
    readEverySecretNamed(pullSecret, kubectl, context),
    readAddonSecret(kubectl, context),
  ])
  if ('problem' in cluster) return cluster
  if ('problem' in secrets) return secrets
  if ('problem' in own) return own
  const { live } = own
  const isOurs = live?.isOurs === true
  if (live !== undefined && !isOurs && !live.isPlaceholder) return nothing
  const { region, registries = [] } = (isOurs ? live.record : undefined) ?? {}
  const given: readonly Registry[] =
    region === undefined ? [] : registries.map((account) => ({ account, region }))
  const wanted = [...registriesOf(upkeep, [], []), ...given]
  const namespaces = isOurs ? openNamespaces(cluster.objects) : servedNamespaces(cluster.objects)
  const found = [...livePullSecrets(secrets.objects).values()].filter(
    ({ namespace, isOurs: isKept, isDockerConfig, config }) =>
      namespaces.includes(namespace) && !isKept && isDockerConfig && isWorthless(config, wanted),
  )
  const addon = addonDeployment(cluster.objects)
  return {
    running: (addon?.replicas ?? 0) > 0 ? addon : undefined,
    secrets: found.map(({ namespace }) => ({ namespace, name: pullSecret })),
  }
}

/** registry-creds writes to all but kube-system (facts aws, 2.6); these are the ones that no person keeps devk8s out of. */
const openNamespaces = (objects: readonly KubeObject[]): readonly string[] =>
  objects
    .filter(({ kind, metadata }) => kind === 'Namespace' && metadata.labels?.[awsLabel] !== 'off')
    .map(({ metadata }) => metadata.name)
