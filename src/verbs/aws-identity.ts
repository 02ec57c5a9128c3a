import { createMemory } from '../engine/memory.ts'
import { sourceOf } from '../plan/compile-aws.ts'
import type { AwsIdentity, AwsSignIn } from '../ports/aws.ts'
import type { Json } from '../ports/event.ts'
import type { Profile } from '../profile/profile.ts'
import type { AdmitContext, Guarded } from '../upkeep/admit.ts'
import { untilText } from '../upkeep/until.ts'
import type { Session } from './session.ts'
import { renderTable } from './table.ts'

/** What a verb asks AWS with, in place of a step. */
export function admitContext({ ports, env, signal }: Session): AdmitContext {
  return { ports, env, signal, once: createMemory().once }
}

/** Whose identity the team's profile means, with another AWS profile in place of the team's. */
export function guardedBy(
  { name, aws }: Pick<Profile, 'name' | 'aws'>,
  profile: string | undefined,
): Guarded {
  const source = { ...sourceOf(aws ?? {}), ...(profile === undefined ? {} : { profile }) }
  return { source, accounts: aws?.accounts ?? {}, team: name }
}

/** Who one is, as `aws login` and `aws whoami` tell it. */
export interface ToldIdentity {
  readonly identity: AwsIdentity
  readonly signIn: AwsSignIn
  readonly guarded: Guarded
  /** Of the keys, ms since 1970; undefined for keys that do not end. */
  readonly expiresAtMs?: number
  readonly isAllowed: boolean
}

/** For `--json`. */
export function identityValue({ identity, signIn, guarded, expiresAtMs, isAllowed }: ToldIdentity) {
  const { account, arn, userId } = identity
  return {
    account,
    arn,
    userId,
    profile: signIn.profile ?? null,
    signIn: signIn.kind,
    region: guarded.source.region ?? signIn.region ?? null,
    role: guarded.source.roleArn ?? null,
    expiresAt: expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString(),
    allowed: isAllowed,
  } satisfies Json
}

/** For people, in lines of `columns` cells. */
export function identityText(told: ToldIdentity, nowMs: number, columns: number): string {
  const { identity, signIn, guarded, isAllowed } = told
  const region = guarded.source.region ?? signIn.region
  const { allow, deny } = guarded.accounts
  const isGuarded = allow !== undefined || deny !== undefined
  const verdict = isAllowed
    ? `, allowed by ${guarded.team ?? 'the team'}`
    : `, kept out by ${guarded.team ?? 'the team'}`
  const rows = [
    ['You', identity.arn],
    ['Account', `${identity.account}${isGuarded ? verdict : ''}`],
    ['Profile', signIn.profile ?? 'none named'],
    ['Signs in', wayText(signIn)],
    ...(guarded.source.roleArn === undefined ? [] : [['As role', guarded.source.roleArn]]),
    ...(region === undefined ? [] : [['Region', region]]),
    ['Keys end', endText(told, nowMs)],
  ]
  return renderTable(rows, columns)
}

function endText({ signIn: { kind }, guarded, expiresAtMs }: ToldIdentity, nowMs: number): string {
  if (expiresAtMs === undefined) return 'never; what gets into the cluster does'
  const isRenewed = (kind === 'sso' || kind === 'login') && guarded.source.roleArn === undefined
  return `${untilText(expiresAtMs, nowMs)}${isRenewed ? ', then new ones as long as the sign-in lasts' : ''}`
}

/** How the source comes by its keys, in words. */
function wayText({ kind, profile, signInProfile, from, mfaSerial }: AwsSignIn): string {
  const by =
    signInProfile === undefined || signInProfile === profile ? '' : `, by the profile ${signInProfile}`
  const code = mfaSerial === undefined ? '' : `, with a code of ${mfaSerial}`
  return `${wayNames[kind]}${from === undefined ? '' : `, from ${from}`}${by}${code}`
}

const wayNames: { readonly [K in AwsSignIn['kind']]: string } = {
  environment: 'keys in the environment of this shell',
  static: 'access keys of yours',
  sso: 'IAM Identity Center',
  login: 'aws login',
  process: 'a program (credential_process)',
  machine: 'the role of this machine',
}
