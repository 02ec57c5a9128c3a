// Problems of private images from ECR: DK5060 to DK5069.
import type { ProblemKind } from './problem.ts'

export const pullTokensStale: ProblemKind = {
  code: 'DK5060',
  title: 'ECR gave no new pull token',
  exit: 1,
  hint: 'What is in the cluster stays as it is: a token that ECR has handed out is good for twelve hours, whatever becomes of the session it was asked with. The cause is told beside this; after that is mended, `devk8s up` or `devk8s aws refresh` renews.',
}

export const ecrRegionUnknown: ProblemKind = {
  code: 'DK5061',
  title: 'It is not known in which region the private images are',
  exit: 2,
  hint: 'A pull token of ECR is for one region. Name them in the profile, as in `aws: { ecr: { registries: [{ account: "123456789012", regions: [eu-west-1] }] } }`, or give the AWS profile a region.',
}

export const pullSecretForeign: ProblemKind = {
  code: 'DK5062',
  title: 'A Secret for pulling images is managed by somebody else',
  exit: 1,
  hint: 'devk8s takes no field from another manager. Delete the Secret to have devk8s make it anew, or label its namespace `devk8s.dev/aws=off` to keep devk8s out.',
}
