// Problems of AWS keys for pods: DK5080 to DK5089.
import type { ProblemKind } from './problem.ts'

export const policiesWithoutEffect: ProblemKind = {
  code: 'DK5080',
  title: 'The policies for AWS keys have no effect',
  exit: 1,
  hint: 'They are in the cluster, but a pod that the API server was asked to admit on trial came back unchanged. The API server takes a few seconds to notice new policies; after that, another admission policy or webhook may undo them, or the server was started without the feature.',
}

export const podNotFound: ProblemKind = {
  code: 'DK5081',
  title: 'There is no such pod in the local cluster',
  exit: 2,
  hint: 'A pod is named as NAME or NAMESPACE/NAME; without a namespace it is looked for in the namespace of the local context. Names of pods change with every rollout.',
}

export const workloadNotAttachable: ProblemKind = {
  code: 'DK5082',
  title: 'Keys cannot be attached to this',
  exit: 2,
  hint: 'Keys are attached to what makes pods: Deployments, StatefulSets, DaemonSets and CronJobs. The pods of a Job cannot be changed once it is there, nor can a pod: their manifests get keys by the label devk8s.dev/aws: "on", or without policies by `envFrom: [{ secretRef: { name: aws-credentials } }]`.',
}

export const workloadNotFound: ProblemKind = {
  code: 'DK5083',
  title: 'There is no such workload in the local cluster',
  exit: 2,
  hint: 'A workload is named as KIND/NAME, such as deploy/api, in the namespace of the local context or the one given with -n.',
}

export const namespaceWithoutKeys: ProblemKind = {
  code: 'DK5084',
  title: 'The namespace has no AWS keys',
  exit: 2,
  hint: 'Keys are kept in the namespaces of the team’s profile alone, and in none with the label devk8s.dev/aws: "off". Add the namespace to the profile and run `devk8s up`.',
}

export const keysNotWanted: ProblemKind = {
  code: 'DK5085',
  title: 'The profile asks for no AWS keys for pods',
  exit: 2,
  hint: 'Pods get AWS keys when the team’s profile has `aws.roles`, even an empty one: `roles: {}` gives every pod that would have a role in the cloud the developer’s session.',
}

export const roleDenied: ProblemKind = {
  code: 'DK5086',
  title: 'The profile denies this role',
  exit: 2,
  hint: 'The team’s profile says `deny` for it under `aws.roles`: pods that would have it in the cloud get no keys on a laptop, by whatever way.',
}

export const nothingToAttach: ProblemKind = {
  code: 'DK5087',
  title: 'There is nothing to attach here',
  exit: 2,
  hint: 'Keys are attached where pods get them in environment variables, with `aws.lane: env`. The agent needs nothing in a manifest: pods with a role of kube2iam find it at the metadata addresses, pods of a service account with a role are told of it when they are made, and any other pod asks for it by the label devk8s.dev/aws: "on".',
}
