import { closest } from 'fastest-levenshtein'
import * as kinds from '../problems/aws.ts'
import { type Occurrence, type Problem, type ProblemKind, problem } from '../problems/problem.ts'
import { type AwsCall, type AwsFault, kindOfFault, shownWords } from './fault.ts'
import { shownOfProcess } from './process.ts'
import { personsProfiles } from './persons-profiles.ts'
import { type AwsProfiles, type ProfileFault, profileNames } from './profiles.ts'
import { allowStatement, trustStatement } from './statements.ts'

/** A failed call to AWS as a problem with its plain words and its next command (facts aws, 7). */
export function problemOfCall(fault: AwsFault, call: AwsCall): Problem {
  const kind = kindOfFault(fault)
  const tell = (what: ProblemKind, occurrence: Occurrence) =>
    problem(what, { ...words(fault), ...occurrence })
  switch (kind) {
    case 'expired':
      return tell(kinds.awsSessionExpired, {
        detail: `The session of ${whose(call)} is over; it was used for ${call.action} on ${call.what}.`,
        next: signInAgain(call),
      })
    case 'key':
      return tell(kinds.awsKeyRefused, {
        detail: `AWS does not know the access key of ${whose(call)}${inRegion(call)}.`,
        next: [...signInAgain(call), ...askWho(call)],
      })
    case 'signature':
      return tell(kinds.awsSignatureRefused, {
        detail: `The secret key of ${whose(call)} does not belong to its access key.`,
        next: signInAgain(call),
      })
    case 'clock':
      return tell(kinds.awsClockDiffers, {
        detail: `AWS refused ${call.action} for the time in its signature.${skewOf(fault)}`,
        next: ['date -u', 'sudo timedatectl set-ntp true'],
      })
    case 'denied':
      return call.action.startsWith('sts:AssumeRole') ? roleRefused(fault, call) : denied(fault, call)
    case 'throttled':
      return tell(kinds.awsThrottled, {
        detail: `${call.action} on ${call.what} was refused for now.`,
        next: askWho(call),
      })
    case 'bucket':
      return tell(kinds.awsBucketMissing, {
        detail: `${call.what} was asked for.`,
        next: [`aws s3 ls${flag('--profile', call.profile)}`],
      })
    case 'timeout':
      return tell(kinds.awsTimedOut, {
        detail: `${call.action} on ${call.what} got no answer.${wayText(call)}`,
        next: askWho(call),
      })
    case 'unreachable':
      return tell(kinds.awsUnreachable, {
        detail: `${call.action} on ${call.what} found nobody${inRegion(call)}.${wayText(call)}`,
        next: askWho(call),
      })
    case 'tls':
      return tell(kinds.awsCertificateNotTrusted, {
        detail: `${call.action} on ${call.what} was not sent.${wayText(call)}`,
        next: ['export AWS_CA_BUNDLE=/path/to/company-ca.pem'],
      })
    case 'service':
      return tell(kinds.awsFails, {
        detail: `${call.action} on ${call.what} got ${fault.status === undefined ? fault.name : `status ${fault.status}`}.`,
        next: askWho(call),
      })
    case 'other':
      return tell(kinds.awsRefuses, {
        detail: `${call.action} on ${call.what} was answered with ${fault.name}.`,
        next: askWho(call),
      })
  }
}

function denied(fault: AwsFault, call: AwsCall): Problem {
  const who = call.roleArn === undefined ? whose(call) : `the role ${call.roleArn}`
  // S3 tells nobody that an object is missing who may not list the bucket (GetObject reference).
  const also =
    call.action === 's3:GetObject'
      ? ' Without s3:ListBucket, S3 says the same of an object that is not there.'
      : ''
  // IAM knows it for the caller alone, never for one repository (ECR API reference).
  const isToken = call.action === 'ecr:GetAuthorizationToken'
  return problem(kinds.awsAccessDenied, {
    ...words(fault),
    ...(isToken && { paste: { into: `a policy of ${who}`, text: allowStatement(call.action, '*') } }),
    detail: `${capital(who)} may not do ${call.action} on ${call.what}.${also}`,
    next: [...(isToken ? ['devk8s guard policy'] : []), ...askWho(call)],
  })
}

function roleRefused(fault: AwsFault, call: AwsCall): Problem {
  const role = call.roleArn ?? call.what
  const name = role.split('/').at(-1) ?? role
  const trust = trustStatement(fault.message)
  return problem(kinds.awsRoleRefused, {
    ...words(fault),
    ...(trust !== undefined && { paste: { into: `the trust policy of ${role}`, text: trust } }),
    detail: `${capital(whose(call))} may not assume ${role}.`,
    next: [`aws iam get-role --role-name ${word(name)}${flag('--profile', call.profile)}`, ...askWho(call)],
  })
}

/** How far the clocks differ, as the answer's date tells it. */
function skewOf({ skewMs }: AwsFault): string {
  const minutes = Math.round(Math.abs(skewMs ?? 0) / 60_000)
  if (skewMs === undefined || minutes === 0) return ''
  const side = skewMs > 0 ? 'ahead of' : 'behind'
  return ` This machine’s clock is ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} ${side} that of AWS.`
}

/** Sign-in of a profile that only a person can do: SSO and `aws login`. `reason` is what the SDK says. */
export function signInNeeded(signIn: 'sso' | 'login', profile: string, reason: string): Problem {
  const kind = signIn === 'sso' ? kinds.awsSsoSignInNeeded : kinds.awsLoginNeeded
  return problem(kind, {
    detail: `The AWS profile ${profile} has no valid session.`,
    next: signInAgain({ profile, signIn }),
    ...evidence(reason),
  })
}

/** Keys in the environment that say themselves that they are over. */
export function environmentExpired(at: string): Problem {
  return problem(kinds.awsSessionExpired, {
    detail: `The environment variables of this shell hold AWS keys that ended at ${at}.`,
    next: signInAgain({ signIn: 'environment' }),
  })
}

/** No credentials anywhere. */
export function notSignedIn(profiles: AwsProfiles): Problem {
  const known = personsProfiles(profiles)
  const namesWith = (usable: boolean) =>
    known.flatMap(({ name, isUsable }) => (isUsable === usable ? [name] : []))
  const [usable, wayless] = [namesWith(true), namesWith(false)]
  const next =
    usable[0] === undefined
      ? ['aws configure sso', 'aws configure']
      : [`export AWS_PROFILE=${word(usable[0])}`]
  return problem(kinds.awsNotSignedIn, {
    detail: foundText(usable, wayless),
    next: ['devk8s aws login', ...next],
  })
}

/** A section that only names a region, or nothing, is there to the person and leads nowhere. */
function foundText(usable: readonly string[], wayless: readonly string[]): string {
  const without = wayless.join(', ')
  if (usable.length > 0) {
    const also = wayless.length === 0 ? '' : ` Without a way to sign in: ${without}.`
    return `No AWS profile is named, and no default signs in. There are: ${usable.join(', ')}.${also}`
  }
  return wayless.length === 0
    ? 'No AWS profile is set up on this machine.'
    : `No AWS profile on this machine has a way to sign in: ${without}.`
}

/** What the files say about a profile leads nowhere. */
export function problemOfProfile(fault: ProfileFault, profiles: AwsProfiles): Problem {
  switch (fault.fault) {
    case 'missing':
      return profileMissing(fault, profiles)
    case 'unusable':
      return problem(kinds.awsProfileUnusable, {
        detail: `The AWS profile ${fault.profile} leads to no credentials: ${fault.reason}.`,
        next: [
          `aws configure list --profile ${word(fault.profile)}`,
          `aws configure sso --profile ${word(fault.profile)}`,
        ],
      })
  }
}

/** Nobody is there to type the code of a device. */
export function codeNeeded(profile: string, serial: string): Problem {
  return problem(kinds.awsMfaNeeded, {
    detail: `The AWS profile ${profile} wants a code of ${serial}.`,
    next: ['devk8s aws login'],
  })
}

/** AWS did not take the code that was typed. */
export function codeRefused(serial: string, reason: string): Problem {
  return problem(kinds.awsCodeRefused, {
    detail: `The code of ${serial} was refused.`,
    next: ['devk8s aws login'],
    ...evidence(reason),
  })
}

/** Keys of a session of which nobody says when it ends. */
export function sessionEndless(call: Pick<AwsCall, 'profile' | 'signIn' | 'signInProfile'>): Problem {
  return problem(kinds.awsSessionEndless, {
    detail: `${capital(whose(call))} ${call.profile === undefined ? 'hold' : 'has'} the keys of a session, and nothing says when it ends.`,
    next: call.signIn === 'environment' ? ['devk8s aws login'] : signInAgain(call),
  })
}

/** A session that says itself that it is over. */
export function sessionOver(
  call: Pick<AwsCall, 'profile' | 'signIn' | 'signInProfile'>,
  expiresAtMs: number,
): Problem {
  return problem(kinds.awsSessionExpired, {
    detail: `The session of ${whose(call)} ended at ${new Date(expiresAtMs).toISOString()}.`,
    next: signInAgain(call),
  })
}

function profileMissing(
  { profile, namedBy }: Extract<ProfileFault, { fault: 'missing' }>,
  profiles: AwsProfiles,
): Problem {
  const known = profileNames(profiles)
  const nearest = known.length === 0 ? undefined : closest(profile, [...known])
  const list = known.length === 0 ? 'There are none.' : `There are: ${known.join(', ')}`
  const by = namedBy === undefined ? '' : `, which the profile ${namedBy} has as its source_profile`
  return problem(kinds.awsProfileMissing, {
    detail: `There is no AWS profile ${profile}${by}. ${list}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
    next: [
      'devk8s aws login',
      `aws configure sso --profile ${word(profile)}`,
      `aws configure --profile ${word(profile)}`,
    ],
  })
}

/** A credential_process that failed: its name without arguments, which may be secret, and its last words. */
export function processFailed(
  profile: string,
  program: string,
  reason: string,
  said: readonly string[],
): Problem {
  return problem(kinds.awsCredentialProcessFails, {
    detail: `${program}, the credential_process of the AWS profile ${profile}, ${reason}.`,
    next: [`aws sts get-caller-identity --profile ${word(profile)}`],
    ...(said.length > 0 && { evidence: said.slice(-5).map(shownOfProcess) }),
  })
}

export function regionMissing(call: Pick<AwsCall, 'action' | 'profile'>): Problem {
  const set =
    call.profile === undefined ? [] : [`aws configure set region eu-west-1 --profile ${word(call.profile)}`]
  return problem(kinds.awsRegionMissing, {
    detail: `${call.action} needs one${call.profile === undefined ? '' : `, and the AWS profile ${call.profile} has none`}.`,
    next: [...set, 'export AWS_REGION=eu-west-1'],
  })
}

/** How the person renews what they sign in with. */
function signInAgain(call: Pick<AwsCall, 'profile' | 'signIn' | 'signInProfile'>): readonly string[] {
  const of = flag('--profile', call.signInProfile ?? call.profile)
  if (call.signIn === 'sso') return ['devk8s aws login', `aws sso login${of}`]
  if (call.signIn === 'login') return ['devk8s aws login', `aws login${of}`]
  if (call.signIn === 'static') return [`aws configure${of}`]
  if (call.signIn !== 'environment') return [`aws configure list${of}`]
  return ['unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN', 'aws configure list-profiles']
}

const askWho = ({ profile }: Pick<AwsCall, 'profile'>) => [
  `aws sts get-caller-identity${flag('--profile', profile)}`,
]

function whose({ profile, signIn }: Pick<AwsCall, 'profile' | 'signIn'>): string {
  if (profile !== undefined) return `the AWS profile ${profile}`
  return signIn === 'environment' ? 'the environment variables' : 'the AWS credentials in force'
}

const inRegion = ({ region }: Pick<AwsCall, 'region'>) => (region === undefined ? '' : ` in ${region}`)
const wayText = ({ way }: Pick<AwsCall, 'way'>) => (way === undefined ? '' : ` ${way}`)
const capital = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
const flag = (name: string, value: string | undefined) =>
  value === undefined ? '' : ` ${name} ${word(value)}`

function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

const words = ({ message }: AwsFault) => evidence(message)

function evidence(message: string): Pick<Occurrence, 'evidence'> {
  const line = shownWords(message)
  return line === '' ? {} : { evidence: [line] }
}
