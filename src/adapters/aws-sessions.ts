import { createHash } from 'node:crypto'
import { sessionEndless, sessionOver } from '../aws/advice.ts'
import { ownSecondsOf, roleSecondsOf, sessionNameOf, sessionSecondsOf } from '../aws/arn.ts'
import { type CredentialPlan, deviceOf, type RoleHop } from '../aws/profiles.ts'
import type { AwsCredentials, AwsIdentity, SessionWants } from '../ports/aws.ts'
import { DevK8sError } from '../problems/problem.ts'
import type { World } from '../world.ts'
import { attempt, type Opened, stsOptions } from './aws-call.ts'
import { baseCredentials } from './aws-credentials.ts'
import type { Session } from './aws-identity.ts'
import { type CodeDesk, codeSessions } from './aws-mfa.ts'
import type { Owners } from './aws-owners.ts'
import { awsNow } from './aws-room.ts'
import type { AwsWire } from './aws-wire.ts'
import { tell } from './revealing.ts'

/** `here`: for calls of this machine. `leaving`: for a cluster, so always short-lived. */
type Use = 'here' | 'leaving'

interface Known {
  readonly keys: Promise<AwsCredentials>
  readonly askedAtMs: number
  /** What the files said then. */
  readonly basis: string
}

/**
 * Credentials of sources, each asked for once by however many calls side by side. Their ends are told by the clock of
 * AWS; src/adapters/aws.ts puts them into this machine's.
 */
export interface Credentials {
  /** For calls of this machine; long-term keys as they are. */
  here(opened: Opened, signal: AbortSignal): Promise<AwsCredentials>
  /** @throws DevK8sError where there are none with a token and an end. */
  session(opened: Opened, signal: AbortSignal): Promise<OwnedSession>
}

/** A session, and whose it is. */
export interface OwnedSession {
  readonly session: Session
  readonly owner: AwsIdentity
}

/** Credentials that end sooner than this, in ms, are asked for anew. */
const renewedBeforeMs = 60_000
/** How long, in ms, those are kept of which nobody says when they end: the person may take others at any time. */
const endlessKeptMs = 60_000
/** What must be left of a session's life for it to be handed out again: whoever renews at half of it gets a new one. */
const freshShare = 0.75

export function credentialsFrom(
  desk: CodeDesk,
  { owners, wire }: { readonly owners: Owners; readonly wire: AwsWire },
): Credentials {
  const known = new Map<string, Known>()
  const nowMs = () => awsNow({ clock: desk.clock, wire })
  const codes = codeSessions({ ...desk, clock: { now: nowMs } })

  async function isGood({ keys, askedAtMs }: Known, opened: Opened, use: Use): Promise<boolean> {
    const { expiresAtMs } = endingByAws(await keys, opened, use)
    const ageMs = desk.clock.now() - askedAtMs
    if (expiresAtMs === undefined) return ageMs >= 0 && ageMs < endlessKeptMs
    const leftMs = expiresAtMs - nowMs()
    // When it was asked for, nobody knew yet how wrong this machine's clock is, so its life is reckoned from its age.
    return leftMs > (use === 'here' ? renewedBeforeMs : freshShare * (leftMs + ageMs))
  }

  /** `aws login` is told for how long keys are good, and writes down until when that is by this machine's clock. */
  function endingByAws(keys: AwsCredentials, opened: Opened, use: Use): AwsCredentials {
    const isOfLogin = opened.plan.base.kind === 'login' && rolesOf(opened, use).length === 0
    if (!isOfLogin || keys.expiresAtMs === undefined) return keys
    return { ...keys, expiresAtMs: keys.expiresAtMs - wire.aheadMs() }
  }

  /** A credential_process may ask the person something, so calls side by side for the same identity ask once. */
  async function once(opened: Opened, use: Use, signal: AbortSignal): Promise<AwsCredentials> {
    const id = idOf(opened, use)
    const basis = basisOf(opened)
    const before = known.get(id)
    if (before?.basis === basis && (await isGood(before, opened, use))) return before.keys
    // Somebody else may have asked meanwhile.
    const now = known.get(id)
    if (now !== undefined && now !== before && now.basis === basis) return now.keys
    const keys = credentialsOf(opened, use, signal)
    const asked: Known = { keys, askedAtMs: desk.clock.now(), basis }
    known.set(id, asked)
    // What failed is asked for anew by the next call; whoever waits for it now is told the same.
    keys.catch(() => known.get(id) === asked && known.delete(id))
    return keys
  }

  /** The first credentials, then one role after the other: those of the profile, then the one that was asked for. */
  async function credentialsOf(opened: Opened, use: Use, signal: AbortSignal): Promise<AwsCredentials> {
    let keys = told(await firstOf(opened, use, signal))
    for (const role of rolesOf(opened, use)) {
      const before = keys
      const call = { ...opened.call, action: 'sts:AssumeRole', what: role.roleArn, roleArn: role.roleArn }
      const { session, owner } = await attempt(call, opened.room, signal, async (stop) => {
        const { assumeRole } = await import('./aws-sts.ts')
        return assumeRole(role, await stsOptions(opened, before, role.roleArn), stop)
      })
      keys = told(session)
      if (owner !== undefined) owners.know(keys, owner)
    }
    return keys
  }

  /** Nothing is done with keys before output can be kept free of them. */
  function told(keys: AwsCredentials): AwsCredentials {
    tell(keys.secretAccessKey, wire.onReveal)
    tell(keys.sessionToken ?? '', wire.onReveal)
    return keys
  }

  /** Before any role; long-term keys with their device's code where a role or a cluster wants it. */
  async function firstOf(opened: Opened, use: Use, signal: AbortSignal): Promise<AwsCredentials> {
    const { plan, room, source } = opened
    const keys = told(await keysOf(opened, signal))
    // STS gives sessions to long-term keys only. Those of a session may have had their code already.
    if (keys.sessionToken !== undefined) return keys
    const device = deviceOf(plan, room.profiles)
    if (device !== undefined && (device.isForRole || use === 'leaving')) {
      return codes.get(keys, device, opened, signal)
    }
    // What the AWS CLI does without a code is done without one, but better with one that was typed anyway.
    if (device !== undefined) return (await codes.kept(keys, device, renewedBeforeMs)) ?? keys
    const hasRole = plan.hops.length > 0 || source.roleArn !== undefined
    return hasRole || use === 'here' ? keys : ownSession(keys, opened, signal)
  }

  return {
    here: async (opened, signal) => endingByAws(await once(opened, 'here', signal), opened, 'here'),
    async session(opened, signal) {
      const keys = await once(opened, 'leaving', signal)
      const { sessionToken } = keys
      if (sessionToken === undefined || keys.expiresAtMs === undefined) {
        throw new DevK8sError(sessionEndless(opened.call))
      }
      // Before the end is looked at, since the answer tells what time it is.
      const owner = await owners.of(keys, opened, signal)
      const { expiresAtMs = 0 } = endingByAws(keys, opened, 'leaving')
      if (expiresAtMs <= nowMs()) {
        throw new DevK8sError(sessionOver(opened.call, expiresAtMs + wire.aheadMs()))
      }
      return { session: { ...keys, sessionToken, expiresAtMs }, owner }
    },
  }
}

/**
 * What the files say of whose credentials they are. Once it is something else, what was kept is not what the person wants
 * any more. As a hash, so that no key lies in memory for it.
 */
function basisOf({ plan, room: { profiles, env } }: Opened): string {
  const { base } = plan
  const section = 'profile' in base ? profiles[base.profile] : undefined
  const signIn = profiles[`sso-session.${section?.['sso_session'] ?? ''}`]
  const ofEnvironment =
    base.kind === 'environment'
      ? [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY'], env['AWS_SESSION_TOKEN']]
      : []
  return createHash('sha256')
    .update(JSON.stringify([plan, section, signIn, ofEnvironment]))
    .digest('hex')
}

/** The same for the same credentials. */
function idOf({ plan, source, place }: Opened, use: Use): string {
  const { roleArn, sessionName, sessionSeconds, externalId, policy } = source
  const isSignedIn =
    plan.base.kind !== 'static' && plan.base.kind !== 'process' && plan.base.kind !== 'environment'
  // Those of a sign-in are the same for all uses.
  const isAsItIs = isSignedIn && plan.hops.length === 0 && roleArn === undefined
  return JSON.stringify([
    place.profile,
    ...(isAsItIs ? [] : [use, roleArn, sessionName, sessionSeconds, externalId, policy]),
  ])
}

/** Of the one provider that the plan names. */
async function keysOf({ plan, room, call }: Opened, signal: AbortSignal): Promise<AwsCredentials> {
  // It has a longer deadline of its own.
  if (plan.base.kind === 'process') return baseCredentials(plan.base, room, signal)
  const { roleArn: _asked, ...own } = call
  const first = { ...own, action: firstAction(plan), what: 'the credentials' }
  return attempt(first, room, signal, async (stop) => baseCredentials(plan.base, room, stop))
}

/** GetSessionToken without a code. */
async function ownSession(keys: AwsCredentials, opened: Opened, signal: AbortSignal): Promise<Session> {
  const call = { ...opened.call, action: 'sts:GetSessionToken', what: 'a session' }
  return attempt(call, opened.room, signal, async (stop) => {
    const { getSessionToken } = await import('./aws-sts.ts')
    const seconds = ownSecondsOf(opened.source.sessionSeconds)
    return getSessionToken({ seconds }, await stsOptions(opened, keys), stop)
  })
}

/** The roles on the way. Only the last one's session leaves, and only the one that was asked for can have a policy. */
function rolesOf({ plan, source, room }: Opened, use: Use) {
  const { roleArn } = source
  const asked = roleArn === undefined ? [] : [{ roleArn, ...sessionOf(source) }]
  const all: readonly (Omit<RoleHop, 'profile'> & { readonly policy?: string })[] = [...plan.hops, ...asked]
  return all.map((hop, index) => {
    const isLeaving = use === 'leaving' && index === all.length - 1
    const wanted = isLeaving ? (source.sessionSeconds ?? hop.seconds) : hop.seconds
    return {
      ...hop,
      sessionName: hop.sessionName ?? sessionNameOf(userOf(room.env)),
      seconds: isLeaving ? roleSecondsOf(wanted) : sessionSecondsOf(wanted),
    }
  })
}

const userOf = (env: World['env']) => env['USER'] || env['LOGNAME'] || env['USERNAME']

const sessionOf = ({ sessionName, sessionSeconds, externalId, policy }: SessionWants) => ({
  ...(sessionName !== undefined && { sessionName }),
  ...(sessionSeconds !== undefined && { seconds: sessionSeconds }),
  ...(externalId !== undefined && { externalId }),
  ...(policy && { policy }),
})

function firstAction({ base }: CredentialPlan): string {
  if (base.kind === 'sso') return 'sso:GetRoleCredentials'
  if (base.kind === 'login') return 'signin:CreateOAuth2Token'
  return base.kind.startsWith('web-identity') ? 'sts:AssumeRoleWithWebIdentity' : 'sts:GetSessionToken'
}
