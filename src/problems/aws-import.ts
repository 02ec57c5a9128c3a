// Problems of importing EKS Pod Identity associations: DK5120 to DK5129.
import type { ProblemKind } from './problem.ts'

export const importSourceOpen: ProblemKind = {
  code: 'DK5120',
  title: 'Which EKS cluster is meant is not clear',
  exit: 2,
  hint: 'It is named with --cluster: a cluster by its name in EKS, or a context of the team’s profile that has `eks`. Without it the profile has to have exactly one such context; with --remove, exactly one cluster has to be imported.',
}

export const notAnEksCluster: ProblemKind = {
  code: 'DK5121',
  title: 'This names no EKS cluster',
  exit: 2,
  hint: 'Pod Identity is a service of EKS. Names of its clusters have up to 100 letters, digits, dashes and underscores; clusters of kOps keep their roles in a ConfigMap, which is read from the local cluster itself.',
}

export const importClusterMissing: ProblemKind = {
  code: 'DK5122',
  title: 'There is no such EKS cluster',
  exit: 2,
  hint: 'Clusters belong to one account and one region: a context of the profile says both, a name alone is looked for with `aws.profile` and `aws.region`.',
}

export const importNotPermitted: ProblemKind = {
  code: 'DK5123',
  title: 'The AWS identity may not read Pod Identity associations',
  exit: 4,
  hint: 'Two actions that change nothing are needed, and not in every role that may otherwise look at EKS. Whoever runs the account adds the statement; somebody else’s import cannot be used in its place.',
}

export const notImported: ProblemKind = {
  code: 'DK5124',
  title: 'Nothing was imported from this cluster',
  exit: 2,
  hint: 'What was imported is kept by the name of the EKS cluster, on this machine alone.',
}
