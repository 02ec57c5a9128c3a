// Problems of handing out credentials, and of their protection: DK4080 to DK4089.
import type { ProblemKind } from './problem.ts'

export const contextLocked: ProblemKind = {
  code: 'DK4080',
  title: 'The context is protected and locked',
  exit: 4,
  hint: 'Its full credentials are handed out only for a while after `devk8s unlock NAME`, so that no program reaches a protected cluster by accident. Until then it is the read-only role, where the team’s profile names one.',
}

export const credentialFileUnusable: ProblemKind = {
  code: 'DK4081',
  title: 'The file that holds the credentials cannot be used',
  exit: 4,
  hint: 'The context signs in with what a file of yours holds: a token, or a certificate and its key in PEM. The file is missing, empty, or something else.',
}

export const tokenVariableUnusable: ProblemKind = {
  code: 'DK4082',
  title: 'The variable that holds the token cannot be used',
  exit: 4,
  hint: 'The context signs in with a token from an environment variable, which is not set where kubectl was started, or holds something else. Programs with windows do not see the variables of your shell.',
}

export const pluginFails: ProblemKind = {
  code: 'DK4083',
  title: 'The credential plugin fails',
  exit: 1,
  hint: 'The protected context signs in with another program, which devk8s starts while the context is unlocked. Its own words are above or below; run it by hand to see more.',
}

export const pluginMissing: ProblemKind = {
  code: 'DK4084',
  title: 'The credential plugin is not installed',
  exit: 4,
  hint: 'The context signs in with another program, which is not on the PATH of the program that asked. Install it, or name it by its whole path in the team’s profile.',
}

export const pluginTalksNonsense: ProblemKind = {
  code: 'DK4085',
  title: 'The credential plugin answers with something else than credentials',
  exit: 1,
  hint: 'A credential plugin prints one ExecCredential in JSON with a token, or a certificate and its key, in the apiVersion that it is asked for, and nothing else.',
}

export const nothingWithheld: ProblemKind = {
  code: 'DK4086',
  title: 'The credentials of the context do not come from devk8s',
  exit: 4,
  hint: 'The context is protected, but its user entry is not `devk8s token`: it signs in with a password or a token in the file, or somebody has edited it. There is nothing to hand out or withhold; `devk8s contexts sync` brings back the entry of the team’s profile.',
}
