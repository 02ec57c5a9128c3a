// Problems of keeping a cluster's AWS session fresh: DK5050 to DK5059.
import type { ProblemKind } from './problem.ts'

export const nothingKeptFresh: ProblemKind = {
  code: 'DK5050',
  title: 'No cluster gets anything from AWS',
  exit: 4,
  hint: 'devk8s up writes down what the cluster gets, when the profile has aws.ecr or aws.roles. devk8s down takes it away again with the keys.',
}

export const whichCluster: ProblemKind = {
  code: 'DK5051',
  title: 'It is not clear which cluster is meant',
  exit: 2,
  hint: 'Several clusters of this machine get keys from AWS, and none of them is that of the profile here.',
}

export const upkeepDamaged: ProblemKind = {
  code: 'DK5052',
  title: 'The file that says what is kept fresh from AWS cannot be used',
  exit: 4,
  hint: 'devk8s up writes it anew from the profile. Nothing is renewed by a file that is not as devk8s writes it, since keys would follow it anywhere.',
}

export const upkeepForeign: ProblemKind = {
  code: 'DK5053',
  title: 'The cluster of that name is not the one that devk8s made',
  exit: 4,
  hint: 'AWS keys are put only into clusters that devk8s made or took over, by its own record. One that was deleted and made again by hand is another.',
}

export const brokerNotStarted: ProblemKind = {
  code: 'DK5054',
  title: 'The broker could not be started',
  exit: 1,
  hint: 'Without a broker every devk8s up, status, switch to the local context and aws refresh renews what is due, so nothing is lost but the renewal in the background.',
}

export const brokerNotStopped: ProblemKind = {
  code: 'DK5055',
  title: 'The broker could not be stopped',
  exit: 1,
  hint: 'Its service or its process did not end. The detail says which; end it by hand, then run the command again.',
}

export const notAllRenewed: ProblemKind = {
  code: 'DK5056',
  title: 'Not all could be renewed',
  exit: 1,
  hint: 'What is still good stays in the cluster until it ends. The detail says which part failed, and why.',
}

export const keysNotRemoved: ProblemKind = {
  code: 'DK5057',
  title: 'AWS keys may be left in the cluster',
  exit: 1,
  hint: 'A cluster that does not run cannot be asked, and its disk keeps what it had. The keys are short-lived and nobody renews them any more; start the cluster and run the command again to remove them at once.',
}

export const renewalHeld: ProblemKind = {
  code: 'DK5058',
  title: 'Somebody has been renewing AWS keys for too long',
  exit: 6,
  hint: 'A renewal takes seconds, and one process at a time renews a cluster. One that hangs, or one that was killed and whose number another program has by now, keeps all others from renewing. Look what the process is; when it is no devk8s, remove the lock file.',
}
