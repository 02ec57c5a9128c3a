// Problems of proving a pull and a push: DK5070 to DK5079.
import type { ProblemKind } from './problem.ts'

export const imageNotEcr: ProblemKind = {
  code: 'DK5070',
  title: 'This is no image of a private ECR registry',
  exit: 2,
  hint: 'What is proved is a pull from ECR: ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG, as the pod’s manifest has it. Images of other registries need nothing from AWS.',
}

export const pullNotAllowed: ProblemKind = {
  code: 'DK5071',
  title: 'AWS does not let this identity pull the image',
  exit: 4,
  hint: 'A pull needs ecr:GetAuthorizationToken for the caller, and ecr:BatchGetImage and ecr:GetDownloadUrlForLayer for the repository. The statement that is missing stands in the answer, to be pasted; whoever looks after IAM puts it where the detail says.',
}

export const repositoryNotFound: ProblemKind = {
  code: 'DK5072',
  title: 'The registry has no such repository',
  exit: 4,
  hint: 'Account and region are part of an image’s name: the same repository in another region is another one. Through a pull-through cache the first pull makes the repository, and needs two more permissions.',
}

export const imageNotFound: ProblemKind = {
  code: 'DK5073',
  title: 'The repository has no such image',
  exit: 4,
  hint: 'The repository is there, the tag or digest is not: never pushed, removed by a lifecycle policy, or written differently. A pull-through cache fetches by tag only, never by digest.',
}

export const registryTokenRefused: ProblemKind = {
  code: 'DK5074',
  title: 'The registry does not take its own token',
  exit: 4,
  hint: 'A token is good for one region and twelve hours. A proxy that drops the Authorization header looks the same, and so does a clock that is wrong.',
}

export const registryNotReached: ProblemKind = {
  code: 'DK5075',
  title: 'The registry cannot be reached',
  exit: 4,
  hint: 'AWS gave a token, so AWS itself is reached; the registry has a name of its own, and layers come from S3. A firewall or VPC endpoint must let both through: ACCOUNT.dkr.ecr.REGION.amazonaws.com and prod-REGION-starport-layer-bucket.s3.REGION.amazonaws.com.',
}

export const layersNotReached: ProblemKind = {
  code: 'DK5076',
  title: 'The registry gives the image, but its layers cannot be had',
  exit: 4,
  hint: 'ECR keeps layers in S3 and sends every client on to it. A firewall, a proxy or the policy of an S3 VPC endpoint that knows only the registry’s name stops pulls here.',
}

export const podCannotPull: ProblemKind = {
  code: 'DK5077',
  title: 'A pod cannot pull the image that this machine can',
  exit: 1,
  hint: 'The image and the permissions are fine. What differs is the node: the pull secret awsecr-cred in the namespace, whether the pod was given it, the node’s network and clock, and its architecture.',
}

export const podProofUndecided: ProblemKind = {
  code: 'DK5078',
  title: 'The pod that was to pull the image did not come that far',
  exit: 1,
  hint: 'It says nothing about the image: the pod was not scheduled, was refused, or pulls longer than it was given. The pull from this machine succeeded.',
}

export const registryAnswerUnusable: ProblemKind = {
  code: 'DK5079',
  title: 'The registry’s answer makes no sense',
  exit: 1,
  hint: 'It is no image manifest, or not the one that was asked for: most often a proxy that answers in the registry’s place. A registry that is busy says so, and lets one in later.',
}
