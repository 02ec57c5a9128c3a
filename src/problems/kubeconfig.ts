// Problems of the DK4xxx family: changing kubeconfig files.
import type { ProblemKind } from './problem.ts'

export const kubeconfigReadOnly: ProblemKind = {
  code: 'DK4040',
  title: 'A kubeconfig file cannot be written',
  exit: 4,
  hint: 'The file or its folder is read-only: mounted from a Kubernetes secret, made by Nix, or protected by hand. devk8s leaves it so. A shell can be bound to another context without writing to it: `eval "$(devk8s env NAME)"`, or `devk8s switch NAME --shell`.',
}

export const versionUnknown: ProblemKind = {
  code: 'DK4041',
  title: 'There is no such earlier version of the kubeconfig',
  exit: 2,
  hint: 'Before the first change that a command makes devk8s keeps the file as it was, the last ten versions of each. Changes that other programs made are not kept. `devk8s contexts undo --list` shows which versions there are.',
}

export const kubeconfigMoved: ProblemKind = {
  code: 'DK4042',
  title: 'The kubeconfig changed in the meantime',
  exit: 1,
  hint: 'Another program wrote the file between the question and the answer, so what was agreed is no longer what would happen. Look again and decide anew.',
}
