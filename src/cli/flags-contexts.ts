import { checkContextName, checkDuration, checkNamespace, checkPresent, oneOf } from './checks.ts'
import type { MakeFlag } from './flags.ts'
import type { FlagSpec } from './spec.ts'

/** No variable stands in for these. */
const onTheLineOnly = { variable: undefined } as const

const syntaxes = ['posix', 'fish', 'powershell'] as const

/** The flags of commands about contexts and credentials. */
export function contextFlags(command: MakeFlag): readonly FlagSpec[] {
  const given = (name: string, placeholder: string, brief: string) =>
    command(name, 'value', brief, { placeholder, check: checkPresent })
  return [
    command('namespace', 'value', 'The namespace to use', {
      alias: 'n',
      placeholder: 'NAME',
      check: checkNamespace,
      values: 'namespaces',
      ...onTheLineOnly,
    }),
    command('for', 'value', 'How long, e.g. 15m or 1h; at most 12h (unlock: 15m unless told)', {
      placeholder: 'TIME',
      check: checkDuration,
      ...onTheLineOnly,
    }),
    command(
      'shell',
      'switch',
      'Start a sub-shell bound to the context; other shells keep theirs',
      onTheLineOnly,
    ),
    command('yes-prod', 'switch', 'Agree to a protected context without typing its name', onTheLineOnly),
    command('history', 'switch', 'List the contexts of before, the latest first'),
    command('unset', 'switch', 'Print the line that ends the binding of this shell', onTheLineOnly),
    command('syntax', 'value', 'posix, fish or powershell; posix unless told', {
      placeholder: 'SHELL',
      check: oneOf(syntaxes),
      values: syntaxes,
    }),
    command('reason', 'value', 'Why; it stands in the log', {
      placeholder: 'TEXT',
      check: checkPresent,
      ...onTheLineOnly,
    }),
    command('fail-fast', 'switch', 'Stop the others when one has failed'),
    command('managed', 'switch', 'Only contexts that devk8s wrote'),
    command('protected', 'switch', 'Only protected contexts'),
    command('prune', 'switch', 'Remove contexts of the team that the profile has no more', onTheLineOnly),
    command('list', 'switch', 'List the versions that are kept'),
    command('folder', 'value', 'The folder for the symlinks; ~/.local/bin unless told', {
      placeholder: 'PATH',
      check: checkPresent,
      values: 'files',
    }),
    given('cluster', 'NAME', 'The EKS cluster'),
    given('cluster-id', 'ID', 'The id of a local cluster on an Outpost'),
    given('region', 'REGION', 'Its AWS region'),
    given('aws-profile', 'NAME', 'The profile of ~/.aws/config to sign in with'),
    given('role-arn', 'ARN', 'The role to assume first'),
    given('read-only-role-arn', 'ARN', 'The role to assume while the context is locked'),
    given('kops', 'NAME', 'The kOps cluster'),
    given('state-store', 'S3', 'Where kOps keeps its state, s3://bucket'),
    given('token-file', 'PATH', 'A file that holds the token'),
    given('token-env', 'NAME', 'A variable that holds the token'),
    given('client-certificate', 'PATH', 'A client certificate in PEM'),
    given('client-key', 'PATH', 'Its key in PEM'),
    command('protect', 'value', 'The protected context that these credentials are for', {
      placeholder: 'CONTEXT',
      check: checkContextName,
    }),
  ]
}
