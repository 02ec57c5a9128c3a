// Problems of the command line itself: DK2900 to DK2999. All end with exit code 2 and change nothing.
import type { ProblemKind } from './problem.ts'

export const unknownCommand: ProblemKind = {
  code: 'DK2900',
  title: 'There is no such command',
  exit: 2,
  hint: 'The command line names a command that devk8s does not have, so nothing was done. `devk8s --help` lists them all.',
}

export const unknownFlag: ProblemKind = {
  code: 'DK2901',
  title: 'There is no such flag',
  exit: 2,
  hint: 'A flag that is not understood is never skipped: a mistyped --dry-run would otherwise be a real run. The --help of each command lists its flags.',
}

export const flagNeedsValue: ProblemKind = {
  code: 'DK2902',
  title: 'A flag has no value',
  exit: 2,
  hint: 'Write the value after the flag, as in --memory 6g or --memory=6g.',
}

export const valueNotAllowed: ProblemKind = {
  code: 'DK2903',
  title: 'A value on the command line is not one that devk8s can use',
  exit: 2,
  hint: 'Values are checked before anything starts, because some tools below devk8s accept nonsense in silence.',
}

export const variableNotAllowed: ProblemKind = {
  code: 'DK2904',
  title: 'An environment variable holds a value that devk8s cannot use',
  exit: 2,
  hint: 'Each flag has a variable, DEVK8S_ and its name in capitals, used when the flag is not given. Correct the variable or unset it.',
}

export const flagsInConflict: ProblemKind = {
  code: 'DK2905',
  title: 'Two flags contradict each other',
  exit: 2,
  hint: 'Give one of them. A flag on the command line wins over an environment variable without complaint.',
}

export const unexpectedWord: ProblemKind = {
  code: 'DK2906',
  title: 'There is a word too many',
  exit: 2,
  hint: 'The command takes fewer words than were given. A value that belongs to a flag must follow that flag.',
}

export const missingWord: ProblemKind = {
  code: 'DK2907',
  title: 'The command line is not complete',
  exit: 2,
  hint: 'A word that the command needs was left out. The first line of its --help shows what it takes.',
}

export const flagTwice: ProblemKind = {
  code: 'DK2908',
  title: 'A flag was given twice',
  exit: 2,
  hint: 'Which of the two was meant cannot be known. Give it once; look for an alias in your shell that adds it.',
}

export const flagNeedsAnother: ProblemKind = {
  code: 'DK2909',
  title: 'A flag has no meaning without another',
  exit: 2,
  hint: 'Add the flag it belongs to, or leave it out.',
}

export const unknownRehearsalFault: ProblemKind = {
  code: 'DK2910',
  title: 'There is no such fault to rehearse',
  exit: 2,
  hint: 'A rehearsal can play the faults that `devk8s up --help` lists, written as PLACE=FAULT.',
}

export const faultNeedsCluster: ProblemKind = {
  code: 'DK2911',
  title: 'This fault needs a cluster that is there',
  exit: 2,
  hint: 'A rehearsal keeps its laptop until the next one, so rehearse devk8s up first: what then happens to its cluster can be played.',
}
