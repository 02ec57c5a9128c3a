import { sessionEndless, sessionOver } from '../aws/advice.ts'
import { ownSecondsOf, roleSecondsOf, sessionNameOf, sessionSecondsOf } from '../aws/arn.ts'
import { type CredentialPlan, deviceOf, type RoleHop } from '../aws/profiles.ts'
import type { AwsCredentials, SessionWants } from '../ports/aws.ts'
import { DevK8sError } from '../problems/problem.ts'
import type { World } from '../world.ts'
import { attempt, type Opened, stsOptions } from './aws-call.ts'
import { baseCredentials } from './aws-credentials.ts'
import type { Session } from './aws-identity.ts'
import { type CodeDesk, codeSessions } from './aws-mfa.ts'

/** `here`: for calls of this machine. `leaving`: for a cluster, so always short-lived. */
type Use = 'here' | 'leaving'

interface Known {
  readonly credentials: Promise<AwsCredentials>
  readonly askedAtMs: number
}

/** Credentials of sources, each asked for once by however many calls side by side. */
export interface Credentials {
  /** For calls of this machine; long-term keys as they are. */
  here(opened: Opened, signal: AbortSignal): Promise<AwsCredentials>
  /** @throws DevK8sError where there are none with a token and an end. */
  session(opened: Opened, signal: AbortSignal): Promise<Session>
}

/** Credentials that end sooner than this, in ms, are asked for anew. */
const renewedBeforeMs = 60_000
/** What must be left of a session's life for it to be handed out again: whoever renews at half of it gets a new one. */
const freshShare = 0.75

export function credentialsFrom(desk: CodeDesk): Credentials {
  const known = new Map<string, Known>()
  const codes = codeSessions(desk)
  const { clock } = desk

  async function isGood({ credentials, askedAtMs }: Known, use: Use): Promise<boolean> {
    const { expiresAtMs } = await credentials
    if (expiresAtMs === undefined) return true
    const leftMs = expiresAtMs - clock.now()
    return leftMs > (use === 'here' ? renewedBeforeMs : freshShare * (expiresAtMs - askedAtMs))
  }

  /** A credential_process may ask the person something, so calls side by side for the same identity ask once. */
  async function once(opened: Opened, use: Use, signal: AbortSignal): Promise<AwsCredentials> {
    const id = idOf(opened, use)
    const before = known.get(id)
    if (before !== undefined && (await isGood(before, use))) return before.credentials
    // Somebody else may have asked meanwhile.
    const now = known.get(id)
    if (now !== undefined && now !== before) return now.credentials
    const asked: Known = { credentials: credentialsOf(opened, use, signal), askedAtMs: clock.now() }
    known.set(id, asked)
    // What failed is asked for anew by the next call; whoever waits for it now is told the same.
    asked.credentials.catch(() => known.get(id) === asked && known.delete(id))
    return asked.credentials
  }

  /** The first credentials, then one role after the other: those of the profile, then the one that was asked for. */
  async function credentialsOf(opened: Opened, use: Use, signal: AbortSignal): Promise<AwsCredentials> {
    let credentials = await firstOf(opened, use, signal)
    for (const role of rolesOf(opened, use)) {
      const before = credentials
      const call = { ...opened.call, action: 'sts:AssumeRole', what: role.roleArn, roleArn: role.roleArn }
      credentials = await attempt(call, opened.room, signal, async (stop) => {
        const { assumeRole } = await import('./aws-sts.ts')
        return assumeRole(role, await stsOptions(opened, before, role.roleArn), stop)
      })
    }
    return credentials
  }

  /** Before any role; long-term keys with their device's code where a role or a cluster wants it. */
  async function firstOf(opened: Opened, use: Use, signal: AbortSignal): Promise<AwsCredentials> {
    const { plan, room, source } = opened
    const keys = await keysOf(opened, signal)
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
    here: async (opened, signal) => once(opened, 'here', signal),
    async session(opened, signal) {
      const found = await once(opened, 'leaving', signal)
      const { sessionToken, expiresAtMs } = found
      if (sessionToken === undefined || expiresAtMs === undefined) {
        throw new DevK8sError(sessionEndless(opened.call))
      }
      if (expiresAtMs <= clock.now()) throw new DevK8sError(sessionOver(opened.call, expiresAtMs))
      return { ...found, sessionToken, expiresAtMs }
    },
  }
}

/** The same for the same credentials. */
function idOf({ plan, source, place }: Opened, use: Use): string {
  const { roleArn, sessionName, sessionSeconds, policy } = source
  const isSignedIn =
    plan.base.kind !== 'static' && plan.base.kind !== 'process' && plan.base.kind !== 'environment'
  // Those of a sign-in are the same for all uses.
  const isAsItIs = isSignedIn && plan.hops.length === 0 && roleArn === undefined
  return JSON.stringify([
    place.profile,
    ...(isAsItIs ? [] : [use, roleArn, sessionName, sessionSeconds, policy]),
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
  const { roleArn, policy } = source
  const asked = roleArn === undefined ? [] : [{ roleArn, ...sessionOf(source), ...(policy && { policy }) }]
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

const sessionOf = ({ sessionName, sessionSeconds }: SessionWants) => ({
  ...(sessionName !== undefined && { sessionName }),
  ...(sessionSeconds !== undefined && { seconds: sessionSeconds }),
})

function firstAction({ base }: CredentialPlan): string {
  if (base.kind === 'sso') return 'sso:GetRoleCredentials'
  if (base.kind === 'login') return 'signin:CreateOAuth2Token'
  return base.kind.startsWith('web-identity') ? 'sts:AssumeRoleWithWebIdentity' : 'sts:GetSessionToken'
}
