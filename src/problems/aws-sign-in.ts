// Problems of signing in to AWS, and of accounts: DK5040 to DK5049.
import type { ProblemKind } from './problem.ts'

export const awsAccountDenied: ProblemKind = {
  code: 'DK5040',
  title: 'The team keeps devk8s out of this AWS account',
  exit: 4,
  hint: 'aws.accounts.deny in the profile of the team lists accounts, most often of production, whose keys must not get into a laptop’s cluster. Nothing was written. Use an AWS profile of another account.',
}

export const awsAccountNotAllowed: ProblemKind = {
  code: 'DK5041',
  title: 'This AWS account is none of those that the team allows',
  exit: 4,
  hint: 'aws.accounts.allow in the profile of the team lists the only accounts whose keys may get into a laptop’s cluster. Nothing was written. Use an AWS profile of one of them.',
}

export const awsCliMissing: ProblemKind = {
  code: 'DK5042',
  title: 'Signing in this way needs the AWS CLI, version 2.32 or newer',
  exit: 4,
  hint: 'A profile with login_session signs in by `aws login`, which only the AWS CLI has, from version 2.32 on; version 1 is another program and never gets it. Profiles of IAM Identity Center need no CLI.',
}

export const awsSignInStopped: ProblemKind = {
  code: 'DK5043',
  title: 'The AWS CLI ended without a sign-in',
  exit: 4,
  hint: 'It was started to sign in, and said itself what went wrong. Run it by hand to see it again.',
}

export const deviceSignInExpired: ProblemKind = {
  code: 'DK5044',
  title: 'The sign-in was not finished in time',
  exit: 4,
  hint: 'The code is good for some minutes only, and nobody confirmed it in a browser meanwhile. Start again for a new one.',
}

export const deviceSignInRefused: ProblemKind = {
  code: 'DK5045',
  title: 'The sign-in was refused in the browser',
  exit: 5,
  hint: 'Somebody pressed the button that says no, or the session of the browser is one of somebody else’s. Nothing was kept.',
}

export const awsSignInUnfit: ProblemKind = {
  code: 'DK5046',
  title: 'The team’s sign-in cannot be written into the AWS config file',
  exit: 2,
  hint: 'aws.sso in the profile of the team needs account and role to make an AWS profile of, and none of its values may hold what has a meaning in that file: blanks, brackets, quotes or line ends.',
}

export const awsIdentityUnasked: ProblemKind = {
  code: 'DK5047',
  title: 'This is another AWS identity than the one whose keys the cluster has',
  exit: 4,
  hint: 'What is renewed by itself, by `status`, `switch` or the broker, stays with the account whose keys the cluster has: other keys in the environment, or another sign-in under the same profile, do not get into the cluster. Nothing was written. Use the first account again, or run `devk8s aws refresh` for the new one.',
}
