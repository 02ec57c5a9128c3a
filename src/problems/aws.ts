// Problems of the DK5xxx family: AWS.
import type { ProblemKind } from './problem.ts'

export const awsProfileMissing: ProblemKind = {
  code: 'DK5001',
  title: 'There is no such AWS profile',
  exit: 4,
  hint: 'Profiles are sections of ~/.aws/config and ~/.aws/credentials, or of the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name. Each person makes their own; a team’s profile only names them.',
}

export const awsProfileUnusable: ProblemKind = {
  code: 'DK5002',
  title: 'The AWS profile cannot be used as it is written',
  exit: 4,
  hint: 'What ~/.aws/config says about it leads to no credentials, in the AWS CLI neither. The detail names the keys that are missing or contradict each other.',
}

export const awsNotSignedIn: ProblemKind = {
  code: 'DK5003',
  title: 'There are no AWS credentials',
  exit: 4,
  hint: 'No AWS profile is named, the environment holds no keys, no default profile signs in, and this machine is none of AWS’s own.',
}

export const awsSsoSignInNeeded: ProblemKind = {
  code: 'DK5004',
  title: 'You are not signed in to AWS',
  exit: 4,
  hint: 'The profile signs in through IAM Identity Center, whose session is over or was never started. It needs a browser and you.',
}

export const awsLoginNeeded: ProblemKind = {
  code: 'DK5005',
  title: 'The AWS sign-in has ended',
  exit: 4,
  hint: 'The profile uses aws login, whose session lasts twelve hours at most. It needs a browser and you.',
}

export const awsMfaNeeded: ProblemKind = {
  code: 'DK5006',
  title: 'The AWS profile asks for a code that nobody can type here',
  exit: 4,
  hint: 'It wants a second factor, and kubectl without a terminal, scripts and the broker cannot ask for one. Sign in once in a terminal: the session is kept for twelve hours, and all of them use it.',
}

export const awsCredentialProcessFails: ProblemKind = {
  code: 'DK5007',
  title: 'The program that hands out AWS credentials fails',
  exit: 4,
  hint: 'The profile’s credential_process is a program of yours, such as aws-vault or granted. Run it by hand: it must print one JSON document with Version, AccessKeyId and SecretAccessKey.',
}

export const awsSessionExpired: ProblemKind = {
  code: 'DK5008',
  title: 'The AWS session is over',
  exit: 4,
  hint: 'The keys were good for a time only. Sign in again where they came from; keys in environment variables of a shell cannot be renewed by anyone else.',
}

export const awsKeyRefused: ProblemKind = {
  code: 'DK5009',
  title: 'AWS does not know the access key',
  exit: 4,
  hint: 'It was deleted or deactivated, or it belongs to another partition (China, GovCloud), or the account has not enabled the region.',
}

export const awsSignatureRefused: ProblemKind = {
  code: 'DK5010',
  title: 'AWS does not accept the signature',
  exit: 4,
  hint: 'The access key exists, but the secret key does not belong to it. A copy that lost a character, or a quote, is the usual reason.',
}

export const awsClockDiffers: ProblemKind = {
  code: 'DK5011',
  title: 'The clock of this machine is wrong for AWS',
  exit: 4,
  hint: 'AWS refuses requests that are signed more than some minutes before or after its own time. A machine that slept is the usual reason.',
}

export const awsAccessDenied: ProblemKind = {
  code: 'DK5012',
  title: 'The AWS identity may not do this',
  exit: 4,
  hint: 'You are signed in, but no policy allows the action, or one forbids it. Ask whoever runs the account for the permission that the detail names.',
}

export const awsRoleRefused: ProblemKind = {
  code: 'DK5013',
  title: 'The AWS role does not let you in',
  exit: 4,
  hint: 'The trust policy of the role must name your identity, and your identity must be allowed sts:AssumeRole on it. A role that does not exist gives the same answer.',
}

export const awsRegionMissing: ProblemKind = {
  code: 'DK5014',
  title: 'No AWS region is named',
  exit: 4,
  hint: 'It is taken from the profile of the team, then AWS_REGION, AWS_DEFAULT_REGION, and the region of the AWS profile.',
}

export const awsCodeRefused: ProblemKind = {
  code: 'DK5015',
  title: 'AWS does not take the code of the device',
  exit: 4,
  hint: 'Each code is good for half a minute and for one use. A phone whose clock is wrong shows codes that are never taken, and so does the code of another account.',
}

export const awsSessionEndless: ProblemKind = {
  code: 'DK5016',
  title: 'The AWS session does not say when it ends',
  exit: 4,
  hint: 'What enters a cluster is renewed before it ends, so its end must be known. Programs that export keys note it in AWS_CREDENTIAL_EXPIRATION, or as x_security_token_expires beside keys in a file; a profile that signs in by itself is better.',
}

export const awsUnreachable: ProblemKind = {
  code: 'DK5020',
  title: 'AWS cannot be reached',
  exit: 4,
  hint: 'There is no network, a VPN or proxy is in the way, or the region does not exist, whose host name then does not either.',
}

export const awsTimedOut: ProblemKind = {
  code: 'DK5021',
  title: 'AWS does not answer in time',
  exit: 1,
  hint: 'It was tried twice. A firewall that drops packets looks like this, and so does a proxy that has to be named in HTTPS_PROXY.',
}

export const awsCertificateNotTrusted: ProblemKind = {
  code: 'DK5022',
  title: 'The certificate that AWS shows is not trusted',
  exit: 4,
  hint: 'In a company this is most often a proxy that opens encrypted traffic and signs it with a CA of its own. Name its file in AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS. Never turn verification off.',
}

export const awsThrottled: ProblemKind = {
  code: 'DK5023',
  title: 'AWS asks to be left alone for a while',
  exit: 1,
  hint: 'The account sent more requests than it is allowed, from any program of anyone in it. Run the command again later.',
}

export const awsFails: ProblemKind = {
  code: 'DK5024',
  title: 'AWS reports a fault of its own',
  exit: 1,
  hint: 'It was tried twice. Run the command again later; the AWS Health Dashboard says when a region has trouble.',
}

export const awsRefuses: ProblemKind = {
  code: 'DK5025',
  title: 'AWS refuses the request',
  exit: 1,
  hint: 'It gave a reason that devk8s has no advice for; it is quoted.',
}

export const awsBucketMissing: ProblemKind = {
  code: 'DK5030',
  title: 'There is no such S3 bucket',
  exit: 4,
  hint: 'The name is misspelt, or the bucket lies in another partition than the AWS profile.',
}

export const kopsClusterMissing: ProblemKind = {
  code: 'DK5031',
  title: 'The kOps state store does not have this cluster',
  exit: 4,
  hint: 'kOps keeps a folder per cluster there, by the cluster’s full name. The name or the store in the profile of the team is wrong, or the cluster was deleted.',
}

export const kopsStateUnusable: ProblemKind = {
  code: 'DK5032',
  title: 'What the kOps state store says of the cluster cannot be used',
  exit: 1,
  hint: 'The file that the detail names is not what kOps writes, or not of a version that devk8s knows.',
}

export const kopsKeyMissing: ProblemKind = {
  code: 'DK5033',
  title: 'No client certificate can be signed for the kOps cluster',
  exit: 4,
  hint: 'That takes the private key of the cluster’s CA, and a load balancer that passes client certificates on. Where a team keeps either back, it signs in by other means: describe them under cluster and user in the profile of the team.',
}

export const kopsServerUnknown: ProblemKind = {
  code: 'DK5034',
  title: 'The address of the kOps cluster is not in its state store',
  exit: 4,
  hint: 'The names of a cluster that uses gossip, or no DNS, resolve only inside of it; from outside it is the address of its load balancer, which only the cloud knows.',
}
