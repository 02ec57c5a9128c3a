import type { KubeObject } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import { pullSecret } from '../pods/names.ts'
import type { Problem } from '../problems/problem.ts'
import {
  readClusterObjects,
  readEverySecretNamed,
  readOurSecrets,
  readSecretsNamed,
} from '../upkeep/cluster-survey.ts'
import { servedNamespaces } from '../upkeep/served-namespaces.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { type AddonDeployment, addonDeployment } from './addon-deployment.ts'
import { type LivePullSecret, livePullSecrets } from './pull-secret.ts'

/** What of image pulling is in a cluster. */
export interface Survey {
  readonly namespaces: readonly string[]
  /** By namespace, those of served namespaces alone. */
  readonly secrets: ReadonlyMap<string, LivePullSecret>
  /** Undefined when registry-creds is not in the cluster. */
  readonly addon: AddonDeployment | undefined
  /** Of served namespaces; none where policies can run, since nobody asks for them there. */
  readonly accounts: readonly KubeObject[]
}

/** Two calls of kubectl side by side that all keepers share; one more when a namespace has no Secret of ours. */
export async function readSurvey(
  upkeep: Upkeep,
  context: Pick<StepContext, 'ports' | 'signal' | 'once'>,
): Promise<Survey | { readonly problem: Problem }> {
  const { kubectl, images } = upkeep
  // Those that registry-creds writes have no label of ours.
  const isOfAddon = images?.mode === 'addon'
  const [cluster, first] = await Promise.all([
    readClusterObjects(upkeep, context),
    isOfAddon ? readEverySecretNamed(pullSecret, kubectl, context) : readOurSecrets(kubectl, context),
  ])
  if ('problem' in cluster) return cluster
  const namespaces = servedNamespaces(cluster.objects)
  if ('problem' in first) return first
  const secrets = isOfAddon
    ? first
    : await readSecretsNamed(pullSecret, namespaces, first.objects, kubectl, context)
  if ('problem' in secrets) return secrets
  const served = new Set(namespaces)
  return {
    namespaces,
    secrets: new Map([...livePullSecrets(secrets.objects)].filter(([namespace]) => served.has(namespace))),
    addon: addonDeployment(cluster.objects),
    accounts: cluster.objects.filter(
      ({ kind, metadata }) => kind === 'ServiceAccount' && served.has(metadata.namespace ?? 'default'),
    ),
  }
}

/** The same, read anew: after a change, or a failed one. */
export async function surveyNow(
  upkeep: Upkeep,
  context: Pick<StepContext, 'ports' | 'signal'>,
): Promise<Survey | { readonly problem: Problem }> {
  return readSurvey(upkeep, { ...context, once: async (_key, read) => read() })
}
