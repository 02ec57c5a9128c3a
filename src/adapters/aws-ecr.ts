import { ECRClient, type ECRClientConfig, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'

/**
 * GetAuthorizationToken: one for all registries of the client's region (facts aws, 8); `registryIds` is deprecated.
 * @throws Error when the answer has none.
 */
export async function getRegistryToken(
  options: ECRClientConfig,
  abortSignal: AbortSignal,
): Promise<{ readonly auth: string; readonly expiresAtMs: number }> {
  const client = new ECRClient(options)
  try {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}), { abortSignal })
    const { authorizationToken, expiresAt } = authorizationData?.[0] ?? {}
    if (authorizationToken === undefined || expiresAt === undefined)
      throw new Error('the answer of ECR has no token')
    return { auth: authorizationToken, expiresAtMs: expiresAt.getTime() }
  } finally {
    client.destroy()
  }
}
