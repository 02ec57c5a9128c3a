// Problems of the DK406x and DK407x families: contexts of remote clusters, and commands about contexts.
import type { ProblemKind } from './problem.ts'

export const remoteClusterMissing: ProblemKind = {
  code: 'DK4060',
  title: 'There is no such remote cluster',
  exit: 4,
  hint: 'AWS answered, and has no EKS cluster of that name in that account and region. Either the profile names another one, or the cluster is being rebuilt. A context that is already there stays as it is.',
}

export const remoteClusterNotReady: ProblemKind = {
  code: 'DK4061',
  title: 'The remote cluster is not ready',
  exit: 4,
  hint: 'EKS has the cluster, but it has no address yet or no more: it is being created or deleted, or that failed. A context that is already there stays as it is.',
}

export const contextNotInProfile: ProblemKind = {
  code: 'DK4062',
  title: 'The profile has no such context',
  exit: 2,
  hint: 'Only a context that the profile describes can be taken over: devk8s would not know how it should look.',
}

export const contextNotThere: ProblemKind = {
  code: 'DK4063',
  title: 'There is no context to take over',
  exit: 4,
  hint: 'adopt is for contexts of your own that have the name of one of the team’s. Where there is none, nothing is in the way of devk8s contexts sync.',
}

export const contextSecretMissing: ProblemKind = {
  code: 'DK4064',
  title: 'A secret that a context needs is not there',
  exit: 4,
  hint: 'The profile names the file or the variable that holds it, and there is none on this machine, or it is empty. Ask whoever gave you access to the cluster.',
}

export const contextNameTaken: ProblemKind = {
  code: 'DK4070',
  title: 'A context of that name is there already',
  exit: 4,
  hint: 'Renaming onto a name that is taken would remove the context that has it. --force does so, but never to a protected one; its cluster and user stay.',
}

export const contextNameFixed: ProblemKind = {
  code: 'DK4071',
  title: 'A protected context keeps its name',
  exit: 4,
  hint: 'Its protection, its log and the credentials of everybody go by the name that the team’s profile gives it. Change it there; for a shorter word give it `aliases`.',
}

export const contextNotOurs: ProblemKind = {
  code: 'DK4072',
  title: 'devk8s did not write this context',
  exit: 4,
  hint: 'A colour is kept in the entry’s own mark, and devk8s marks only entries that it keeps. Describe the context in the profile and let devk8s take it over, or let your prompt colour it.',
}

export const patternFitsNone: ProblemKind = {
  code: 'DK4073',
  title: 'No context fits the pattern',
  exit: 2,
  hint: 'A pattern covers whole names or aliases: * is any text, ? one character. It never means a protected context; those are written by name.',
}

export const aliasTaken: ProblemKind = {
  code: 'DK4074',
  title: 'A program of that name is there already',
  exit: 4,
  hint: 'devk8s never replaces a file that it did not put there. Remove it yourself, or put the names of devk8s into another folder that comes earlier on your PATH.',
}

export const aliasNeedsInstall: ProblemKind = {
  code: 'DK4075',
  title: 'This devk8s is only borrowed',
  exit: 4,
  hint: 'npx and its relatives keep the package in a cache that is cleared from time to time; a name that leads there would stop working one day. Install devk8s first.',
}
