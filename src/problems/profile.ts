// Problems of the DK2xxx family.
import type { ProblemKind } from './problem.ts'

export const profileSyntax: ProblemKind = {
  code: 'DK2001',
  title: 'The profile is not valid YAML',
  exit: 2,
  hint: 'Mend the file at the place named. Indent with spaces, and quote text that holds a colon followed by a space, a # or a leading @, *, & or !.',
}

export const profileUnknownKey: ProblemKind = {
  code: 'DK2002',
  title: 'The profile has a key that devk8s does not know',
  exit: 2,
  hint: 'A misspelt key would be ignored in silence, so each unknown one is refused. schemas/profile.schema.json lists all keys, and an editor can complete them from it.',
}

export const profileWrongType: ProblemKind = {
  code: 'DK2003',
  title: 'A value in the profile is of the wrong type',
  exit: 2,
  hint: 'YAML reads 1.35 as a number and yes as text: quote what is text, and leave numbers, true and false unquoted.',
}

export const profileBadValue: ProblemKind = {
  code: 'DK2004',
  title: 'A value in the profile is not allowed',
  exit: 2,
  hint: 'minikube and kubectl take many wrong values without a word and fail later, or never; devk8s refuses them before anything starts.',
}

export const profileMissingKey: ProblemKind = {
  code: 'DK2005',
  title: 'The profile lacks a key that it must have',
  exit: 2,
  hint: 'Add the key named. devk8s profile init writes a file that has all that is needed.',
}

export const profileDuplicate: ProblemKind = {
  code: 'DK2006',
  title: 'The profile says the same thing twice',
  exit: 2,
  hint: 'Of two keys or entries with one name only one could hold; keep the one that is meant.',
}

export const profileContradiction: ProblemKind = {
  code: 'DK2007',
  title: 'Two settings of the profile exclude each other',
  exit: 2,
  hint: 'Keep one of the two settings named. Both together would leave a cluster that does not start or does not do what the profile says.',
}

export const profileNotAProfile: ProblemKind = {
  code: 'DK2008',
  title: 'The file is not a profile',
  exit: 2,
  hint: 'A profile is one YAML document in UTF-8, a map at the top, that starts with apiVersion: devk8s.dev/v1 and kind: Profile.',
}

export const profileVersion: ProblemKind = {
  code: 'DK2009',
  title: 'The profile is of a kind or version that this devk8s does not read',
  exit: 2,
  hint: 'This devk8s reads apiVersion: devk8s.dev/v1 with kind: Profile. A newer version in the file needs a newer devk8s.',
}

export const profileSecret: ProblemKind = {
  code: 'DK2010',
  title: 'There is a secret in the profile',
  exit: 2,
  hint: 'A profile is committed and read by everybody, so no secret is read from it. Take it out, replace it where it is valid, since it may be in the history, and name a file or an environment variable instead.',
}

export const profileNotFound: ProblemKind = {
  code: 'DK2011',
  title: 'The profile was not found',
  exit: 2,
  hint: 'A profile is named by a path, or by the name of a bundled profile or of the devk8s.yaml of the project.',
}

export const profileBaseNotFound: ProblemKind = {
  code: 'DK2012',
  title: 'The profile that this one extends was not found',
  exit: 2,
  hint: 'extends takes the name of a bundled profile, or a path relative to the file it stands in.',
}

export const profileCycle: ProblemKind = {
  code: 'DK2013',
  title: 'Profiles extend each other in a circle',
  exit: 2,
  hint: 'One of the profiles of the chain must stand without the others.',
}

export const profilePathMissing: ProblemKind = {
  code: 'DK2014',
  title: 'A file that the profile names is not there',
  exit: 2,
  hint: 'Paths in a profile are relative to the file that holds them. Check that the file is committed beside the profile.',
}

export const overrideNotAllowed: ProblemKind = {
  code: 'DK2015',
  title: "A personal override changes what is the team's to decide",
  exit: 2,
  hint: 'overrides.yaml may hold the driver, memory, cpus and disk of the cluster, the AWS profile, and the name of the context and whether it is made current. Everything else belongs into the team profile, or into a profile that extends it.',
}

export const kubernetesUnsupported: ProblemKind = {
  code: 'DK2016',
  title: 'This minikube does not run that version of Kubernetes',
  exit: 2,
  hint: 'minikube v1.38.1 runs Kubernetes v1.28.0 to v1.35.1. Choose a version in that range, or a newer minikube in tools.minikube.version.',
}

export const profileExists: ProblemKind = {
  code: 'DK2017',
  title: 'There is a file already where the new profile would go',
  exit: 2,
  hint: 'devk8s profile init never writes over a file unasked. Choose another path, or say --force.',
}
