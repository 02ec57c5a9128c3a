import {
  accountRole,
  type AskedRole,
  type Asking,
  type FoundRole,
  kopsRole,
  podExternalId,
  podRole,
  podSessionName,
  roleOf,
  rolesIn,
} from './asked-role.ts'
import type { Gives, MappingDocument } from './documents.ts'
import { isArn, isRole, spellingsOf } from './role-names.ts'
import { allowedRoles, permitted, restrictedBy, type RoleToCheck } from './restrictions.ts'
import { compileRules, isDenying, isRule, type Rules } from './rules.ts'
import { shown } from './words.ts'

// What becomes of the role that a pod asks for, by which rule, and whose session it gets: pure, and the same for the agent, which answers by
// it, and for `devk8s aws whoami` and `aws why`, which tell of it.

export type Refusal =
  | 'system-namespace'
  | 'namespace-off'
  | 'pod-off'
  | 'unmapped'
  | 'role-denied'
  | 'role-malformed'
  | 'not-permitted'
  | 'no-account'

export type Decision = {
  readonly asks: AskedRole | undefined
  /** The pattern of `aws.roles` that matched; undefined when none did, which means `developer`. */
  readonly pattern: string | undefined
  /** What the remote cluster would refuse and the profile only warns of. */
  readonly warnings: readonly string[]
} & (
  | { readonly is: 'given'; readonly gives: Exclude<Gives, { is: 'deny' }>; readonly session: string }
  | { readonly is: 'refused'; readonly why: Refusal; readonly detail: string }
)

type Granted = Exclude<Gives, { is: 'deny' }>
type Refused = { readonly why: Refusal; readonly detail: string }

const awsLabel = 'devk8s.dev/aws'
const skipLabel = 'eks.amazonaws.com/skip-pod-identity-webhook'

/** Namespaces of Kubernetes itself and of the agent: nothing there gets a session. */
const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease', 'devk8s-system']

/** What becomes of pods' requests by one mapping. */
export interface Decider {
  decide(asking: Asking): Decision
}

/** Some kilobytes each at worst. A node has at most 110 pods unless told otherwise. */
const mostRemembered = 250

/**
 * Reads the rules of the mapping once, and remembers what it has decided, so that a pod that asks without pause costs
 * nothing: the same `Decision` for whoever is the same in all that a decision rests on.
 */
export function createDecider(mapping: MappingDocument): Decider {
  const rules = compileRules(mapping.rules)
  const decided = new Map<string, Decision>()
  return {
    decide(asking) {
      const key = keyOf(asking)
      const before = decided.get(key)
      if (before !== undefined) return before
      const decision = decideBy(asking, mapping, rules)
      const [oldest] = decided.keys()
      if (decided.size >= mostRemembered && oldest !== undefined) decided.delete(oldest)
      decided.set(key, decision)
      return decision
    },
  }
}

/** All of it that a decision rests on. */
function keyOf(asking: Asking): string {
  const { namespace, serviceAccount, podAnnotations, podLabels, accountAnnotations } = asking
  const { namespaceAnnotations, namespaceLabels } = asking
  return JSON.stringify([
    namespace,
    serviceAccount,
    ...[podRole, podExternalId, podSessionName].map((name) => podAnnotations[name] ?? null),
    ...[awsLabel, skipLabel].map((name) => podLabels[name] ?? null),
    accountAnnotations?.[accountRole] ?? null,
    ...[allowedRoles, permitted].map((name) => namespaceAnnotations[name] ?? null),
    namespaceLabels[awsLabel] ?? null,
    kopsRole(asking) ?? null,
  ])
}

/**
 * What becomes of a pod's request: looked at in the order in which a person would, where it is, what it says of itself,
 * which role it asks for, what its namespace permits, what the profile says. Whatever is not clear is refused. Pure; who
 * asks often uses `createDecider`.
 * @returns never a session for a denied role, nor for one that is no role's name or ARN. Never throws.
 */
export function decide(asking: Asking, mapping: MappingDocument): Decision {
  return decideBy(asking, mapping, compileRules(mapping.rules))
}

function decideBy(asking: Asking, mapping: MappingDocument, rules: Rules): Decision {
  const found = roleOf(asking, mapping)
  const off = switchedOff(asking)
  const base = { asks: found?.asks, pattern: undefined, warnings: [] }
  if (off !== undefined) return { ...base, is: 'refused', ...off }
  if (found === undefined) return withoutRole(asking)
  return withRole(found, asking, mapping, rules)
}

/**
 * The id of a session in `SessionsDocument`: `developer`, `profile:NAME`, and of one that is assumed `assume:ARN` or
 * `twin:ARN` (the ARN as asked for, without `-dev`), with `?external-id=…&session-name=…` where a pod asks for them, and
 * `rule=…` where the rule says more than that.
 * Different sessions have different ids; none holds a secret: an external id is none, by AWS's own words, and stands in
 * the pod's annotations.
 */
export function sessionIdOf(gives: Granted, asks: AskedRole | undefined): string {
  switch (gives.is) {
    case 'developer':
      return 'developer'
    case 'profile':
      return `profile:${gives.profile}`
    case 'assume': {
      const extras = [
        ...(asks?.externalId === undefined ? [] : [`external-id=${plain(asks.externalId)}`]),
        ...(asks?.sessionName === undefined ? [] : [`session-name=${plain(asks.sessionName)}`]),
        ...(gives.key === undefined ? [] : [`rule=${plain(gives.key)}`]),
      ]
      const id = `${gives.twin ? 'twin' : 'assume'}:${plain(asks?.arn ?? asks?.role ?? '')}`
      return extras.length === 0 ? id : `${id}?${extras.join('&')}`
    }
  }
}

/** What has a meaning in an id, and whatever no role's name has, by its number. */
const plain = (text: string): string =>
  text.replaceAll(/[^\w+=,.@:/-]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

function switchedOff({ namespace, namespaceLabels, podLabels }: Asking): Refused | undefined {
  if (systemNamespaces.includes(namespace)) {
    return {
      why: 'system-namespace',
      detail: `Pods of ${namespace} get no AWS session: the namespace belongs to the cluster itself.`,
    }
  }
  if (namespaceLabels[awsLabel] === 'off') {
    return {
      why: 'namespace-off',
      detail: `The namespace ${namespace} says so itself: it has the label ${awsLabel}: "off".`,
    }
  }
  const off = podLabels[awsLabel] === 'off' ? `${awsLabel}: "off"` : undefined
  const skip = podLabels[skipLabel] === undefined ? undefined : skipLabel
  const label = off ?? skip
  return label === undefined
    ? undefined
    : { why: 'pod-off', detail: `The pod says so itself: it has the label ${label}.` }
}

function withoutRole({ namespace, serviceAccount, podLabels }: Asking): Decision {
  const base = { asks: undefined, pattern: undefined, warnings: [] }
  if (podLabels[awsLabel] === 'on') {
    const gives = { is: 'developer' } as const
    return { ...base, is: 'given', gives, session: sessionIdOf(gives, undefined) }
  }
  return {
    ...base,
    is: 'refused',
    why: 'unmapped',
    detail:
      `Neither the pod (annotation ${podRole}) nor its service account ${namespace}/${serviceAccount} ` +
      `(annotation ${accountRole}, EKS association, kOps) names a role, and the pod has no label ${awsLabel}: "on".`,
  }
}

function withRole(found: FoundRole, asking: Asking, mapping: MappingDocument, rules: Rules): Decision {
  const { asks } = found
  const malformed = rolesIn(found).find((role) => !isRole(role))
  const base = { asks, pattern: undefined, warnings: [] }
  if (malformed !== undefined) {
    const detail = `“${shown(malformed)}” is no IAM role: neither a name, with a path or without, nor an ARN.`
    return { ...base, is: 'refused', why: 'role-malformed', detail }
  }
  const remotely = refusedRemotely(found, asking, mapping)
  if (remotely !== undefined && mapping.restrictions.mode === 'refuse') {
    return { ...base, is: 'refused', ...remotely }
  }
  const warnings = remotely === undefined ? [] : [`The remote cluster would refuse this. ${remotely.detail}`]
  return { ...byRules(found, mapping.baseRoleArn, rules), warnings }
}

/** For a role of the pod's own by what its namespace says, for any other by STS. */
function refusedRemotely(found: FoundRole, asking: Asking, mapping: MappingDocument): Refused | undefined {
  const { from } = found.asks
  if (from !== 'pod') return withoutArn(found, arnPlaces[from])
  const detail = restrictionOf(found.asks, asking, mapping)
  return detail === undefined ? undefined : { why: 'not-permitted', detail }
}

const arnPlaces = {
  association: 'an EKS association',
  'service-account': `the annotation ${accountRole} of a service account`,
  kops: 'kOps’ ConfigMap',
} as const

/**
 * Only kube2iam and kiam complete a name. EKS's webhook warns in its log and puts what is written into AWS_ROLE_ARN
 * (amazon-eks-pod-identity-webhook pkg/cache/cache.go, addSA), where STS takes an ARN alone (AssumeRoleWithWebIdentity
 * reference); with its `--compose-role-arn`, which EKS does not set, it completes as well.
 */
function withoutArn(found: FoundRole, place: string): Refused | undefined {
  const name = rolesIn(found).find((role) => !isArn(role))
  if (name === undefined) return undefined
  const detail = `“${shown(name)}” is the name of a role: ${place} needs its whole ARN, without which STS gives no session.`
  return { why: 'role-malformed', detail }
}

function restrictionOf(
  asks: AskedRole,
  { namespace, namespaceAnnotations }: Asking,
  { baseRoleArn, restrictions }: MappingDocument,
): string | undefined {
  const role: RoleToCheck = { arn: asks.arn ?? asks.role, namespace, baseRoleArn: baseRoleArn ?? '' }
  return restrictedBy(role, namespaceAnnotations, restrictions.format)
}

function byRules({ asks, through }: FoundRole, baseRoleArn: string | undefined, rules: Rules): Decision {
  const ruled = (role: string) => rules.ruleOf(spellingsOf(role, baseRoleArn))
  const ofThrough = through === undefined ? undefined : ruled(through)
  const rule = isDenying(ofThrough) ? ofThrough : ruled(asks.role)
  if (rule !== undefined && !isRule(rule)) {
    const detail = `The rule “${shown(rule.unreadable)}” of the profile’s aws.roles cannot be read.`
    return { asks, pattern: rule.unreadable, warnings: [], is: 'refused', why: 'role-denied', detail }
  }
  const base = { asks, pattern: rule?.pattern, warnings: [] }
  const gives = rule?.gives ?? { is: 'developer' }
  if (gives.is === 'deny') {
    const detail = `The team’s profile denies ${shown(asks.role)} on laptops: “${rule?.pattern ?? ''}: deny” in aws.roles.`
    return { ...base, is: 'refused', why: 'role-denied', detail }
  }
  const cannot = gives.is === 'assume' ? unassumable(asks) : undefined
  if (cannot !== undefined) return { ...base, is: 'refused', ...cannot }
  return { ...base, is: 'given', gives, session: sessionIdOf(gives, asks) }
}

function unassumable({ arn, role, externalId }: AskedRole): Refused | undefined {
  if (arn === undefined) {
    const detail = `${shown(role)} is a role’s name, and the AWS account it belongs to is not known yet.`
    return { why: 'no-account', detail }
  }
  if (externalId === undefined || /^[\w+=,.@:/-]{2,1224}$/.test(externalId)) return undefined
  return { why: 'role-malformed', detail: `AWS takes no external id like “${shown(externalId)}”.` }
}
