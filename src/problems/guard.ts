// Problems of the guard against keys in code: DK5090 to DK5099.
import type { ProblemKind } from './problem.ts'

export const noRepository: ProblemKind = {
  code: 'DK5090',
  title: 'There is no git repository here',
  exit: 4,
  hint: 'What is staged, and hooks, belong to a repository. Go into one, or scan files as they are with devk8s guard scan PATH.',
}

export const gitMissing: ProblemKind = {
  code: 'DK5091',
  title: 'git is not installed',
  exit: 4,
  hint: 'Which files belong to a repository, and what is staged in it, only git can tell. Install git and try again.',
}

export const scanPathMissing: ProblemKind = {
  code: 'DK5092',
  title: 'A path to be scanned is not there',
  exit: 2,
  hint: 'A scan that leaves out what it was asked for would say that all is well. Give paths that are there.',
}

export const hookNotEditable: ProblemKind = {
  code: 'DK5093',
  title: 'The hook cannot be added without a guess',
  exit: 4,
  hint: 'devk8s writes into files of hooks only where it can tell that all else in them stays as it is. Put the lines that it shows there by hand.',
}

export const nothingToScan: ProblemKind = {
  code: 'DK5094',
  title: 'There is no local cluster to scan',
  exit: 4,
  hint: 'guard scan --cluster looks at what runs in the cluster of devk8s up, and at no other. Start it first.',
}

export const scopesClash: ProblemKind = {
  code: 'DK5095',
  title: 'One scan has one subject',
  exit: 2,
  hint: 'Files, what is staged, standard input and the cluster are scanned one at a time. PATHs may go with --staged and say which part of it.',
}

export const hookChanged: ProblemKind = {
  code: 'DK5096',
  title: 'The lines of the guard were changed by hand',
  exit: 4,
  hint: 'devk8s takes away exactly what it wrote and nothing else. Where only one of its two marks is left, take the lines away by hand.',
}

export const gitRefused: ProblemKind = {
  code: 'DK5097',
  title: 'git could not answer',
  exit: 1,
  hint: 'Which files belong to a repository only git can tell. Its own words say what is wrong; git status shows the same.',
}

export const inputUnreadable: ProblemKind = {
  code: 'DK5098',
  title: 'Nothing comes in on standard input',
  exit: 2,
  hint: 'With - the text comes through a pipe, as in helm template . | devk8s guard scan -, and not from the keyboard.',
}
