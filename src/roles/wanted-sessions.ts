import type { Gives, MappingDocument } from '../agent/documents.ts'
import type { AskedRole, Asking, KopsMapping } from '../agent/asked-role.ts'
import { createDecider, sessionIdOf } from '../agent/decide.ts'
import type { KubeObject } from '../kube/object.ts'
import { accountRoleAnnotation } from '../pods/names.ts'
import { accountOf, isLive } from '../pods/pod.ts'
import type { AssumeSays } from '../pods/roles.ts'
import type { AgentUpkeep } from '../upkeep/upkeep.ts'
import { assumeSaysOf } from './assume-says.ts'

/** A session that the cluster is to have. */
export type WantedSession = {
  readonly id: string
} & (
  | { readonly is: 'developer' }
  /** With the rule of the profile that names it. */
  | { readonly is: 'profile'; readonly profile: string; readonly pattern: string }
  | ({ readonly is: 'assume' } & AssumedRole)
)

/** A role that is assumed, and how. */
export interface AssumedRole {
  /** As pods ask for it. */
  readonly askedArn: string
  /** The role itself, or its twin. */
  readonly roleArn: string
  /** The rule of the profile that says so. */
  readonly pattern: string
  readonly says: AssumeSays
  readonly externalId?: string
  readonly sessionName?: string
}

/** What is in the cluster, as far as it asks for roles. */
export interface Askers {
  readonly objects: readonly KubeObject[]
  readonly kops: KopsMapping | undefined
}

/** Each is a call of STS twice an hour, and some kilobytes of one Secret. */
export const mostAssumed = 100
/** So that the pods of one namespace cannot take them all. */
export const mostOfNamespace = 25
/** Of all their ids: they stand in the Secret's annotations, which the API server bounds at 256 KiB together. */
export const mostIdLetters = 30_000

export const developerId = sessionIdOf({ is: 'developer' }, undefined)

/** A role that is asked for and not assumed. */
export interface LeftOut {
  readonly askedArn: string
  /** Of those that ask for more roles than a namespace may; undefined where all together are too many. */
  readonly namespace?: string
}

/**
 * The person's own session, always; that of each AWS profile that a rule names; and of the roles that are assumed those
 * which pods, service accounts, associations, kOps or the profile's own manifests ask for, or a rule names as a whole ARN.
 * There is a bound to those, for each namespace and for all: the profile's own come first, then the first of each
 * namespace, then the second of each.
 */
export function wantedSessions(
  agent: AgentUpkeep,
  mapping: MappingDocument,
  askers: Askers,
): { readonly wanted: readonly WantedSession[]; readonly left: readonly LeftOut[] } {
  const profiles = mapping.rules.flatMap(({ pattern, gives }): readonly WantedSession[] =>
    gives.is === 'profile'
      ? [{ id: sessionIdOf(gives, undefined), is: 'profile', profile: gives.profile, pattern }]
      : [],
  )
  const ranked = [...whole(agent, mapping), ...inTurns(asked(agent, mapping, askers), byRule(mapping))]
  const fair = unique(ranked.filter(({ rank }) => rank <= mostOfNamespace).map(({ session }) => session))
  const kept = new Set(
    within(
      fair.map(({ id }) => id),
      { sessions: mostAssumed, letters: mostIdLetters },
    ),
  )
  const left = ranked
    .filter(({ session }) => !kept.has(session.id))
    .map(({ session: { askedArn }, rank, namespace }): LeftOut => ({
      askedArn,
      ...(rank > mostOfNamespace && namespace !== undefined ? { namespace } : {}),
    }))
  return {
    wanted: [
      { id: developerId, is: 'developer' },
      ...unique(profiles),
      ...fair.filter(({ id }) => kept.has(id)),
    ],
    left: [...new Map(left.map((each) => [each.askedArn, each])).values()],
  }
}

/** The session that one of this id and of this rule would be today; undefined when the profile says otherwise by now. */
export function wantedAgain(
  id: string,
  pattern: string,
  { roles }: Pick<AgentUpkeep, 'roles'>,
  { rules }: Pick<MappingDocument, 'rules'>,
): WantedSession | undefined {
  const rule = rules.find((each) => each.pattern === pattern)
  const [, arn = '', extras = ''] = /^(?:assume|twin):([^?]*)(?:\?(.*))?$/s.exec(id) ?? []
  const told = new Map(
    extras.split('&').map((each) => {
      const at = each.indexOf('=')
      return [each.slice(0, at), each.slice(at + 1)]
    }),
  )
  const [externalId, sessionName] = [told.get('external-id'), told.get('session-name')]
  const asks: AskedRole = {
    role: arn,
    arn,
    from: 'pod',
    ...(externalId === undefined ? {} : { externalId }),
    ...(sessionName === undefined ? {} : { sessionName }),
  }
  const again = rule === undefined ? undefined : assumedOf(asks, pattern, rule.gives, roles)
  return again?.id === id ? again : undefined
}

/** As many as there is room for, from the first on; one that is too long is left out by itself. */
export function within(
  ids: readonly string[],
  room: { readonly sessions: number; readonly letters: number },
): readonly string[] {
  const kept: string[] = []
  let { letters } = room
  for (const id of ids) {
    if (kept.length >= room.sessions || id.length > letters) continue
    kept.push(id)
    letters -= id.length
  }
  return kept
}

export const lettersIn = (ids: readonly string[]): number => ids.reduce((sum, id) => sum + id.length, 0)

type Assumed = Extract<WantedSession, { is: 'assume' }>

interface Ranked {
  readonly session: Assumed
  /** The how manieth of its namespace it is, from 1 on; 0 for those of the profile itself. */
  readonly rank: number
  readonly namespace?: string
}

interface AskedSession {
  readonly session: Assumed
  readonly namespace: string
}

/** The first of each namespace, then the second of each. */
function inTurns(all: readonly AskedSession[], order: Order): readonly Ranked[] {
  const namespaces = [...new Set(all.map(({ namespace }) => namespace))]
  return namespaces
    .flatMap((namespace) =>
      unique(
        all
          .filter((each) => each.namespace === namespace)
          .map(({ session }) => session)
          .toSorted(order),
      ).map((session, at) => ({
        session,
        rank: at + 1,
        namespace,
      })),
    )
    .toSorted((a, b) => a.rank - b.rank || order(a.session, b.session))
}

type Order = (a: Assumed, b: Assumed) => number

/** By the rule, then by name, so that the same are left out each time. */
const byRule =
  ({ rules }: MappingDocument): Order =>
  (a, b) => {
    const place = ({ pattern }: Assumed) => rules.findIndex((rule) => rule.pattern === pattern)
    return place(a) - place(b) || (a.id < b.id ? -1 : 1)
  }

/** The first of each. */
function unique<T extends { readonly id: string }>(all: readonly T[]): readonly T[] {
  return [...new Map(all.toReversed().map((each) => [each.id, each])).values()].toReversed()
}

/** Rules that name one role in full: known before anybody asks. */
function whole({ roles }: AgentUpkeep, { rules }: MappingDocument): readonly Ranked[] {
  return rules.flatMap(({ pattern, gives }) => {
    if (!/^arn:[^*]*:role\/[^*]+$/.test(pattern)) return []
    const session = assumedOf({ role: pattern, arn: pattern, from: 'pod' }, pattern, gives, roles)
    return session === undefined ? [] : [{ session, rank: 0 }]
  })
}

function asked(agent: AgentUpkeep, mapping: MappingDocument, askers: Askers): readonly AskedSession[] {
  const decider = createDecider(mapping)
  return askingIn(agent, mapping, askers).flatMap((asking) => {
    const decision = decider.decide(asking)
    if (decision.is !== 'given' || decision.asks === undefined || decision.pattern === undefined) return []
    const session = assumedOf(decision.asks, decision.pattern, decision.gives, agent.roles)
    return session === undefined ? [] : [{ session, namespace: asking.namespace }]
  })
}

function assumedOf(
  asks: AskedRole,
  pattern: string,
  gives: Gives,
  roles: AgentUpkeep['roles'],
): Assumed | undefined {
  const says = roles[pattern] === undefined ? undefined : assumeSaysOf(roles[pattern])
  if (gives.is !== 'assume' || asks.arn === undefined || says === undefined) return undefined
  const { arn, externalId, sessionName } = asks
  return {
    id: sessionIdOf(gives, asks),
    is: 'assume',
    askedArn: arn,
    roleArn: gives.twin ? `${arn}-dev` : arn,
    pattern,
    says,
    ...(externalId === undefined ? {} : { externalId }),
    ...(sessionName === undefined ? {} : { sessionName }),
  }
}

/** Everybody in the cluster who may ask: pods that live, service accounts, and those that are only told of. */
export function askingIn(
  { accountRoles, podRoles = [] }: Pick<AgentUpkeep, 'accountRoles' | 'podRoles'>,
  { associations }: Pick<MappingDocument, 'associations'>,
  { objects, kops }: Askers,
): readonly Asking[] {
  const namespaces = new Map(ofKind(objects, 'Namespace').map(({ metadata }) => [metadata.name, metadata]))
  const accounts = new Map(
    ofKind(objects, 'ServiceAccount').map(({ metadata }) => [
      `${metadata.namespace ?? 'default'}/${metadata.name}`,
      metadata.annotations ?? {},
    ]),
  )
  const asking = (account: string, pod?: Pick<KubeObject['metadata'], 'annotations' | 'labels'>): Asking => {
    const [namespace = '', serviceAccount = ''] = account.split('/')
    const { annotations = {}, labels = {} } = namespaces.get(namespace) ?? {}
    return {
      namespace,
      serviceAccount,
      podAnnotations: pod?.annotations ?? {},
      podLabels: pod?.labels ?? {},
      accountAnnotations: accounts.get(account) ?? planned(accountRoles[account]),
      namespaceAnnotations: annotations,
      namespaceLabels: labels,
      kops,
    }
  }
  const told = [
    ...accounts.keys(),
    ...associations.map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`),
    ...Object.keys(kops ?? {}).filter((account) => !account.includes('*')),
    ...Object.keys(accountRoles),
  ]
  return [
    ...ofKind(objects, 'Pod')
      .filter(isLive)
      .map((pod) => asking(accountOf(pod), pod.metadata)),
    ...podRoles.map((pod) => asking(`${pod.namespace}/${pod.serviceAccount}`, pod)),
    ...[...new Set(told)].map((account) => asking(account)),
  ]
}

/** Of the profile's own manifests, before it is in the cluster. */
const planned = (role: string | undefined) =>
  role === undefined ? undefined : { [accountRoleAnnotation]: role }

const ofKind = (objects: readonly KubeObject[], wanted: string): readonly KubeObject[] =>
  objects.filter(({ kind }) => kind === wanted)
