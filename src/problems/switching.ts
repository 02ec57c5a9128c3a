// Problems of changing contexts and namespaces: DK4050 to DK4059.
import type { ProblemKind } from './problem.ts'

export const contextUnknown: ProblemKind = {
  code: 'DK4050',
  title: 'There is no such context',
  exit: 2,
  hint: 'No context of your kubeconfig files has this name, alias, or part of a name. `devk8s contexts list` shows what there is, and `devk8s contexts sync` brings what your team’s profile has.',
}

export const contextAmbiguous: ProblemKind = {
  code: 'DK4051',
  title: 'Several contexts fit',
  exit: 2,
  hint: 'A part of a name is enough as long as no other context has it. Nothing was changed; write more of the name.',
}

export const contextOnlyByName: ProblemKind = {
  code: 'DK4052',
  title: 'A protected context is not found by a part of its name',
  exit: 2,
  hint: 'What happens in a protected context matters to others, so it must be meant: write its whole name or an alias.',
}

export const contextNotGiven: ProblemKind = {
  code: 'DK4053',
  title: 'Which context was not said, and nobody can be asked',
  exit: 2,
  hint: 'In a terminal a list opens to pick from. Elsewhere the name has to be on the command line.',
}

export const nothingBefore: ProblemKind = {
  code: 'DK4054',
  title: 'There is nothing to go back to',
  exit: 1,
  hint: 'Going back needs an earlier switch by devk8s with the same kubeconfig files, or in the same shell when that is bound to a context.',
}

export const namespaceUnknown: ProblemKind = {
  code: 'DK4056',
  title: 'There is no such namespace',
  exit: 2,
  hint: 'The cluster was asked and has no namespace of that name. With --force it becomes the context’s namespace all the same.',
}

export const namespacesUnanswered: ProblemKind = {
  code: 'DK4057',
  title: 'The cluster did not say which namespaces it has',
  exit: 1,
  hint: 'The cluster cannot be reached, does not accept the credentials, or does not let you list its namespaces. `devk8s namespaces NAME` works without the list.',
}

export const noCurrentContext: ProblemKind = {
  code: 'DK4058',
  title: 'No context is the current one',
  exit: 4,
  hint: 'The kubeconfig files name no current context, or one that is not in them.',
}

export const shellNotStarted: ProblemKind = {
  code: 'DK4059',
  title: 'The shell could not be started',
  exit: 4,
  hint: 'devk8s starts the program that SHELL names, and sh without it. Set SHELL to a shell that is there.',
}
