import type { AskedRole, Asking } from './asked-role.ts'
import { createDecider, type Decider, type Decision } from './decide.ts'
import type { MappingDocument, SessionEntry } from './documents.ts'
import type { Refused } from './refusal.ts'
import {
  byAws,
  byDecision,
  expiredSession,
  namespaceUnknown,
  noMapping,
  noSession,
  otherRole,
} from './refused-sessions.ts'
import { accountUnknown } from './refused-askers.ts'
import type { PodView, View } from './view.ts'

// What a pod gets: the decision by the mapping, and the session it names, looked up once for each request so that no
// answer has parts of two.

/** A pod's role, before its session is looked for. */
export interface Role {
  readonly is: 'role'
  readonly pod: PodView
  readonly decision: Extract<Decision, { is: 'given' }>
}

/** A session that has not expired. */
export interface Grant {
  readonly is: 'granted'
  readonly pod: PodView
  readonly decision: Extract<Decision, { is: 'given' }>
  readonly session: SessionEntry
}

interface Decided {
  readonly is: 'decided'
  readonly decision: Decision
}

export interface Deciding {
  readonly view: View
  readonly decisions: Decisions
}

/** What was decided, as long as nothing has changed that it rests on: to read fifty rules takes milliseconds. */
export interface Decisions {
  on(pod: PodView, asking: () => Asking, mapping: MappingDocument, restsOn: readonly unknown[]): Decision
}

export function createDecisions(): Decisions {
  const deciders = new WeakMap<MappingDocument, Decider>()
  const before = new WeakMap<PodView, { readonly restsOn: readonly unknown[]; readonly decision: Decision }>()
  return {
    on(pod, asking, mapping, others) {
      const restsOn = [mapping, ...others]
      const known = before.get(pod)
      // The view has another object for whatever has changed.
      if (known?.restsOn.every((each, index) => each === restsOn[index]) === true) return known.decision
      const decider = deciders.get(mapping) ?? createDecider(mapping)
      deciders.set(mapping, decider)
      const decision = decider.decide(asking())
      before.set(pod, { restsOn, decision })
      return decision
    },
  }
}

/** Only when all is known that it depends on: what a namespace forbids must not be given because it is not known yet. */
export function decisionOn(pod: PodView, { view, decisions }: Deciding): Decided | Refused {
  const mapping = view.mapping()
  if (mapping === undefined) return noMapping(pod)
  const namespace = view.namespace(pod.namespace)
  if (namespace === undefined) return namespaceUnknown(pod)
  const account = view.account(pod.namespace, pod.serviceAccount)
  if (account === undefined) return accountUnknown(pod)
  const kops = view.kops()
  const asking = (): Asking => ({
    namespace: pod.namespace,
    serviceAccount: pod.serviceAccount,
    podAnnotations: pod.annotations,
    podLabels: pod.labels,
    accountAnnotations: account.annotations,
    namespaceAnnotations: namespace.annotations,
    namespaceLabels: namespace.labels,
    kops,
  })
  const decision = decisions.on(pod, asking, mapping, [account.annotations, namespace, kops])
  return { is: 'decided', decision }
}

export function roleOf(pod: PodView, deciding: Deciding): Role | Refused {
  const decided = decisionOn(pod, deciding)
  if (decided.is === 'refused') return decided
  const { decision } = decided
  return decision.is === 'given'
    ? { is: 'role', pod, decision }
    : byDecision(decision.why, decision.detail, pod)
}

/** @param asked a role as the request names it; undefined where it names none. */
export function grantOf(pod: PodView, deciding: Deciding, nowMs: number, asked?: string): Grant | Refused {
  const { view } = deciding
  const role = roleOf(pod, deciding)
  if (role.is === 'refused') return role
  const { decision } = role
  const base = view.mapping()?.baseRoleArn
  if (asked !== undefined && !isOwnRole(asked, decision.asks, base)) {
    return otherRole(asked, decision.asks?.role, pod)
  }
  const session = view.session(decision.session)
  const isOver = session !== undefined && !(Date.parse(session.expiresAt) > nowMs)
  if (session !== undefined && !isOver) return { is: 'granted', pod, decision, session }
  // Why AWS gave no other one says more than that the last one is over.
  const failed = view.refusedSession(decision.session)
  if (failed !== undefined) return byAws(failed.reason, failed.next, pod)
  return session === undefined ? noSession(pod) : expiredSession(session.expiresAt, pod)
}

/** What the metadata service calls the session of a pod that names no role. */
const withoutRole = 'devk8s-developer'

/** As kube2iam lists it: the name for a role of the mapping's own account, the ARN for another (server.go). */
export function listedRole(asks: AskedRole | undefined, baseRoleArn: string | undefined): string {
  if (asks === undefined) return withoutRole
  const { arn } = asks
  if (arn === undefined) return asks.role
  return baseRoleArn !== undefined && arn.startsWith(baseRoleArn) ? arn.slice(baseRoleArn.length) : arn
}

/** As it is written, completed, or listed: the same role each time. */
function isOwnRole(asked: string, asks: AskedRole | undefined, baseRoleArn: string | undefined): boolean {
  return [asks?.role, asks?.arn, listedRole(asks, baseRoleArn)].includes(asked)
}
