import type { Gives, MappingDocument, MappingRule } from '../agent/documents.ts'
import { parseArn } from '../aws/arn.ts'
import { isRecord } from '../kubeconfig/entries.ts'
import type { KubeObject } from '../kube/object.ts'
import { hashAnnotation, managedLabel, upkeepLabel } from '../kube/objects.ts'
import type { Hashing } from '../ports/hash.ts'
import { type AssumeSays, orderedRules, type RoleSays } from '../pods/roles.ts'
import type { AgentUpkeep } from '../upkeep/upkeep.ts'
import { assumeSaysOf, profileIn } from './assume-says.ts'
import { agentName, agentNamespace } from './names.ts'

const mappingKey = 'mapping.json'

/** What only the person's session and sign-in tell. */
export interface MappingFacts {
  readonly region?: string | undefined
  /** Of the person's own session: `arn:aws:sts::123456789012:assumed-role/developer/anna`. */
  readonly developerArn?: string | undefined
  /** Completes names of roles as long as no session tells the account: that of the mapping before. */
  readonly baseBefore?: string | undefined
}

/** What the agent is told: the profile's rules, made to be matched, and what roles are completed with. */
export function mappingOf(agent: AgentUpkeep, facts: MappingFacts, hashing: Hashing): MappingDocument {
  const { region, developerArn, baseBefore } = facts
  const base = agent.baseRoleArn ?? baseRoleArnOf(developerArn) ?? baseBefore
  return {
    version: 1,
    ...(region === undefined ? {} : { region }),
    ...(base === undefined ? {} : { baseRoleArn: base }),
    rules: orderedRules(agent.roles).map(({ pattern, expression, says }): MappingRule => ({
      pattern,
      expression,
      gives: givesOf(says, hashing),
    })),
    associations: agent.associations,
    restrictions: agent.restrictions,
    imdsV1: agent.imdsV1,
  }
}

/** Roles of the account that these keys are of: `arn:aws:iam::123456789012:role/`. */
function baseRoleArnOf(arn: string | undefined): string | undefined {
  const parts = arn === undefined ? undefined : parseArn(arn)
  return parts === undefined || parts.account === ''
    ? undefined
    : `arn:${parts.partition}:iam::${parts.account}:role/`
}

/** What is no word of the profile's gives nothing: its check lets none through. */
function givesOf(says: RoleSays, hashing: Hashing): Gives {
  const assume = assumeSaysOf(says)
  if (assume !== undefined) {
    const key = keyOf(assume, hashing)
    return { is: 'assume', twin: assume.assume === 'twin', ...(key === undefined ? {} : { key }) }
  }
  const profile = profileIn(says)
  if (profile !== undefined) return { is: 'profile', profile }
  return { is: says === 'developer' ? 'developer' : 'deny' }
}

/** Tells sessions of one role apart for which two rules say different things: one's policy is not the other's. */
function keyOf({ fallback, policy }: AssumeSays, hashing: Hashing): string | undefined {
  const isPlain = (fallback ?? 'deny') === 'deny' && policy === undefined
  return isPlain
    ? undefined
    : hashOf(JSON.stringify([fallback ?? 'deny', policy ?? []]), hashing).slice(0, 12)
}

/** The ConfigMap that the agent watches, with the hash of what is in it. */
export function renderMapping(mapping: MappingDocument, hashing: Hashing): KubeObject {
  const text = mappingText(mapping)
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: agentName,
      namespace: agentNamespace,
      labels: { [managedLabel]: 'true', [upkeepLabel]: 'true' },
      annotations: { [hashAnnotation]: hashOf(text, hashing) },
    },
    data: { [mappingKey]: text },
  }
}

/** The mapping in the cluster. */
export interface LiveMapping {
  /** Undefined when it cannot be read. */
  readonly mapping: MappingDocument | undefined
  readonly text: string
  /** It is not what devk8s wrote. */
  readonly isEdited: boolean
}

/** Undefined when there is none. */
export function liveMapping(objects: readonly KubeObject[], hashing: Hashing): LiveMapping | undefined {
  const found = objects.find(
    ({ kind, metadata }) =>
      kind === 'ConfigMap' && metadata.name === agentName && metadata.namespace === agentNamespace,
  )
  if (found === undefined) return undefined
  const data = found['data']
  const value = isRecord(data) ? data[mappingKey] : undefined
  const text = typeof value === 'string' ? value : ''
  return {
    text,
    mapping: parseMapping(text),
    isEdited: found.metadata.annotations?.[hashAnnotation] !== hashOf(text, hashing),
  }
}

/** Whether the cluster has exactly this. */
export const isMapping = (live: LiveMapping | undefined, mapping: MappingDocument): boolean =>
  live !== undefined && !live.isEdited && live.text === mappingText(mapping)

const mappingText = (mapping: MappingDocument): string => `${JSON.stringify(mapping, null, 2)}\n`

/** Only what is looked at here is looked at: the rest is compared as text. */
function parseMapping(text: string): MappingDocument | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) && value['version'] === 1 ? (value as unknown as MappingDocument) : undefined
  } catch {
    return undefined
  }
}

function hashOf(text: string, hashing: Hashing): string {
  const hasher = hashing.sha256()
  hasher.update(text)
  return hasher.hex()
}
