import type { TokenWants } from '../cli/request.ts'

/** The arguments with which a kubeconfig entry calls `devk8s` for these credentials; the command line reads them back. */
export function tokenArgs(wants: TokenWants): readonly string[] {
  const flags: readonly (readonly [string, string | undefined])[] = [
    ['--cluster', wants.cluster],
    ['--cluster-id', wants.clusterId],
    ['--kops', wants.kops],
    ['--state-store', wants.stateStore],
    ['--region', wants.region],
    ['--aws-profile', wants.awsProfile],
    ['--role-arn', wants.roleArn],
    ['--read-only-role-arn', wants.readOnlyRoleArn],
    ['--token-file', wants.tokenFile],
    ['--token-env', wants.tokenEnv],
    ['--client-certificate', wants.clientCertificate],
    ['--client-key', wants.clientKey],
    ['--protect', wants.protect],
  ]
  const given = flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]))
  return ['token', ...given, ...(wants.plugin.length === 0 ? [] : ['--', ...wants.plugin])]
}
