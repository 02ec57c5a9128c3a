import { parseArn, sessionNameOf } from '../aws/arn.ts'
import { asContext } from '../contexts/sign-in-advice.ts'
import type { StepContext } from '../plan/step.ts'
import type { SessionWants } from '../ports/aws.ts'
import { awsIdentityUnasked } from '../problems/aws-sign-in.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import { pushActions } from '../registry/actions.ts'
import { admit, admitAccount, type Guarded, refusalOf } from '../upkeep/admit.ts'
import { askAgainAt } from '../upkeep/due.ts'
import { lifetimeOf } from '../upkeep/lifetime.ts'
import { insistOnAccount } from '../upkeep/same-account.ts'
import { pullOnlyPolicy, sessionWantsOf } from '../upkeep/session-wants.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import type { Judged } from './session-due.ts'
import type { SessionRecord } from './session-records.ts'
import type { LiveSessions, SessionKeys } from './sessions-secret.ts'
import type { AssumedRole } from './wanted-sessions.ts'

/** A session as it goes into the cluster. */
export interface Minted {
  readonly record: SessionRecord
  readonly keys: SessionKeys
}

export interface Minting {
  readonly upkeep: Upkeep
  /** What the cluster has now. */
  readonly live: LiveSessions | undefined
  readonly isUnasked: boolean
}

/**
 * Asks AWS for the session that is wanted, and for whose it is. Nothing of an account that the team does not let in, or
 * that nobody asked for, is given back.
 * @throws DevK8sError of the family DK5: what AWS says, DK5040, DK5041, DK5047.
 */
export async function mint(judged: Judged, minting: Minting, context: StepContext): Promise<Minted> {
  const { wanted } = judged
  const profile = wanted.is === 'profile' ? wanted.profile : undefined
  return asContext(profile, async () => minted(judged, minting, context))
}

async function minted(
  { wanted, source, reason }: Judged,
  { upkeep, live, isUnasked }: Minting,
  context: StepContext,
): Promise<Minted> {
  const { ports, signal } = context
  const guarded = {
    ...upkeep,
    source: sourceWanted({ wanted }, upkeep),
    ...(wanted.is === 'profile' ? { rule: wanted.pattern } : {}),
  }
  await admitBefore(wanted, guarded, context)
  const wants = wantsOf({ wanted }, guarded, ports.host.userName?.())
  const session = await ports.aws.session(wants, signal)
  const { account } = session
  await admitAccount(guarded, account, context)
  const before = live?.records.sessions[wanted.id]
  // A role names its account itself, and a rule its AWS profile: only the person's own may change behind one's back.
  if (wanted.is !== 'assume') {
    const own = before === undefined ? [] : [{ source: before.source, account: before.account }]
    await insistOnAccount({ upkeep: guarded, account, kept: own, isUnasked }, context)
  }
  const owner = await ports.aws.callerIdentity(wants, signal)
  if (owner.account !== account) {
    fail(awsIdentityUnasked, {
      detail: `While a session of the account ${account} was asked for, the keys became those of ${owner.account}.`,
      next: ['devk8s aws whoami', 'devk8s aws refresh'],
    })
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiresAtMs } = session
  const isRepeated = live?.keys.get(wanted.id)?.accessKeyId === accessKeyId
  return {
    keys: { accessKeyId, secretAccessKey, sessionToken },
    record: {
      source,
      account,
      arn: owner.arn,
      userId: owner.userId,
      ...timesOf(isRepeated ? before : undefined, expiresAtMs, {
        nowMs: ports.clock.now(),
        isAged: reason === 'age',
      }),
      ...(wanted.is === 'assume' ? { pattern: wanted.pattern } : {}),
    },
  }
}

/**
 * From when until when it is good. Where AWS gave the very same session again, its age stays what it was, and it is asked
 * for again when it is nearly over.
 * @param before what is said of the very same session.
 */
function timesOf(
  before: SessionRecord | undefined,
  expiresAtMs: number,
  { nowMs, isAged }: { readonly nowMs: number; readonly isAged: boolean },
): Pick<SessionRecord, 'issuedAtMs' | 'expiresAtMs' | 'renewAtMs'> {
  if (before === undefined) return lifetimeOf(nowMs, expiresAtMs)
  const lifetime = lifetimeOf(Math.min(before.issuedAtMs, nowMs), expiresAtMs)
  const renewAtMs = isAged ? askAgainAt(nowMs, lifetime.expiresAtMs) : before.renewAtMs
  return { ...lifetime, ...(renewAtMs === undefined ? {} : { renewAtMs }) }
}

/** Before AWS is asked for a session: whose it will be is known by then, or asked. */
async function admitBefore(wanted: Judged['wanted'], guarded: Guarded, context: StepContext): Promise<void> {
  if (wanted.is !== 'assume') {
    await admit(guarded, context)
    return
  }
  const account = parseArn(wanted.roleArn)?.account ?? ''
  const refused = await refusalOf(guarded, { account }, context)
  if (refused !== undefined) {
    const detail = `${wanted.roleArn} is of the account ${account}, which the team’s profile does not let in.`
    throw new DevK8sError({ ...refused, detail, next: [] })
  }
}

/** Whose keys it begins with, and where. */
function sourceWanted({ wanted }: Pick<Judged, 'wanted'>, { source }: Upkeep): Upkeep['source'] {
  const { profile, region } = source
  const place = region === undefined ? {} : { region }
  switch (wanted.is) {
    case 'developer':
      return source
    case 'profile':
      return { ...place, profile: wanted.profile }
    case 'assume':
      return { ...place, ...(profile === undefined ? {} : { profile }), roleArn: wanted.roleArn }
  }
}

function wantsOf(
  { wanted }: Pick<Judged, 'wanted'>,
  guarded: Pick<Upkeep, 'source'>,
  userName: string | undefined,
): SessionWants {
  const wants = sessionWantsOf(guarded, userName)
  return wanted.is === 'assume' ? { ...wants, ...ofRole(wanted, userName) } : wants
}

/** What the profile says the session may do, and never a push to ECR. */
function ofRole({ says: { policy }, externalId, sessionName }: AssumedRole, userName: string | undefined) {
  return {
    sessionName: sessionName ?? sessionNameOf(userName),
    policy: policy === undefined ? pullOnlyPolicy : policyOf(policy),
    ...(externalId === undefined ? {} : { externalId }),
  }
}

const policyOf = (statements: readonly Readonly<Record<string, unknown>>[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [...statements, { Effect: 'Deny', Action: pushActions, Resource: '*' }],
  })
