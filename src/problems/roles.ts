// Problems of roles for pods: DK5100 to DK5109.
import type { ProblemKind } from './problem.ts'

export const roleNotAsked: ProblemKind = {
  code: 'DK5100',
  title: 'Nobody in the local cluster asks for this role',
  exit: 2,
  hint: 'A role is asked for by a pod (iam.amazonaws.com/role), by a service account (eks.amazonaws.com/role-arn), by an association that `devk8s aws import` has read, or by the ConfigMap of kOps; by its name or its whole ARN.',
}

export const noRoleName: ProblemKind = {
  code: 'DK5101',
  title: 'This is no IAM role',
  exit: 2,
  hint: 'A role is named as its annotation names it: by its name, with its path where it has one, or by its ARN, arn:aws:iam::123456789012:role/NAME.',
}

export const rolesNotWanted: ProblemKind = {
  code: 'DK5102',
  title: 'No agent answers for roles in this cluster',
  exit: 2,
  hint: 'Roles are told apart by the agent alone: the profile needs `aws.roles`, even an empty one, and `aws.lane` must not be `env`, where every pod has the developer’s own session.',
}

export const agentForeign: ProblemKind = {
  code: 'DK5103',
  title: 'What the AWS agent is made of is there already, and somebody else’s',
  exit: 1,
  hint: 'The agent has a namespace of its own, devk8s-system, and a few objects that are called devk8s-aws. devk8s takes over nothing that it did not make: a namespace would be opened to privileged pods, and a role would give the agent its rights. Rename what is there, or delete it if nobody needs it; `aws.lane: env` in the profile gives pods keys without an agent.',
}
