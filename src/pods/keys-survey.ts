import type { StepContext } from '../plan/step.ts'
import type { Problem } from '../problems/problem.ts'
import { readClusterObjects, readOurSecrets, readSecretsNamed } from '../upkeep/cluster-survey.ts'
import { isAhead } from '../upkeep/due.ts'
import { servedNamespaces } from '../upkeep/served-namespaces.ts'
import { sourceKey } from '../upkeep/source-key.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { isWhole } from './keys-damage.ts'
import { keysDueAt, type LiveKeys, liveKeys } from './keys-secret.ts'
import { keysSecret } from './names.ts'

/** A namespace that gets keys, with the Secret that it has. */
export interface ServedNamespace {
  readonly namespace: string
  readonly keys?: LiveKeys & { readonly isOurs: true }
}

/** Keys in a cluster, and which of them want doing. */
export interface KeysSurvey {
  /** Namespaces of the profile that are there and open, with the Secret that each has. */
  readonly served: readonly ServedNamespace[]
  /** Namespaces of the profile that are not there yet. */
  readonly missing: readonly string[]
  /** Those of the profile that a person, or Kubernetes itself, keeps for itself. */
  readonly closed: readonly string[]
  /** Those in which somebody else has a Secret of that name. */
  readonly foreign: readonly string[]
  /** Where keys of ours are that nobody asks for any more. */
  readonly unwanted: readonly string[]
}

/** Two calls of kubectl side by side that all keepers share; one more when a namespace has no Secret of ours. */
export async function keysSurvey(
  upkeep: Upkeep,
  context: Pick<StepContext, 'ports' | 'signal' | 'once'>,
): Promise<KeysSurvey | { readonly problem: Problem }> {
  const { kubectl, pods } = upkeep
  const [cluster, ours] = await Promise.all([
    readClusterObjects(upkeep, context),
    readOurSecrets(kubectl, context),
  ])
  if ('problem' in cluster) return cluster
  if ('problem' in ours) return ours
  const wanted = pods?.namespaces ?? []
  const open = servedNamespaces(cluster.objects)
  const served = wanted.filter((namespace) => open.includes(namespace))
  const secrets = await readSecretsNamed(keysSecret, served, ours.objects, kubectl, context)
  if ('problem' in secrets) return secrets
  const there = cluster.objects.flatMap(({ kind, metadata }) => (kind === 'Namespace' ? [metadata.name] : []))
  return sorted(wanted, there, open, liveKeys(secrets.objects))
}

function sorted(
  wanted: readonly string[],
  there: readonly string[],
  open: readonly string[],
  secrets: ReadonlyMap<string, LiveKeys>,
): KeysSurvey {
  const isForeign = (namespace: string) => secrets.get(namespace)?.isOurs === false
  const served = wanted.filter((namespace) => open.includes(namespace) && !isForeign(namespace))
  const ours = [...secrets.values()].filter(({ isOurs }) => isOurs).map(({ namespace }) => namespace)
  return {
    served: served.map((namespace) => {
      const keys = secrets.get(namespace)
      return keys === undefined ? { namespace } : { namespace, keys: { ...keys, isOurs: true } }
    }),
    missing: wanted.filter((namespace) => !there.includes(namespace)),
    closed: wanted.filter((namespace) => there.includes(namespace) && !open.includes(namespace)),
    foreign: wanted.filter((namespace) => open.includes(namespace) && isForeign(namespace)),
    unwanted: ours.filter((namespace) => !served.includes(namespace)),
  }
}

/** Why the keys of a namespace are to be written anew; undefined while they need not be. */
export function dueReason(
  keys: LiveKeys | undefined,
  source: Upkeep['source'],
  nowMs: number,
): 'missing' | 'unreadable' | 'damaged' | 'other-identity' | 'other-region' | 'age' | undefined {
  if (keys === undefined) return 'missing'
  const { record, session } = keys
  if (record === undefined) return 'unreadable'
  if (session === undefined || !isWhole(session)) return 'damaged'
  if (record.source !== sourceKey(source)) return 'other-identity'
  if (source.region !== undefined && record.region !== source.region) return 'other-region'
  return isAhead(record.issuedAtMs, nowMs) || nowMs >= keysDueAt(record) ? 'age' : undefined
}
