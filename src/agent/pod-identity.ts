import { toSecond } from './answers.ts'
import type { Grant } from './grant.ts'

/** What EKS's agent answers to `GET /v1/credentials` (eks-pod-identity-agent, pkg/credentials/model.go). */
export function podIdentityBody({ session }: Grant): Readonly<Record<string, string>> {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    AccountId: session.account,
    Expiration: toSecond(session.expiresAt),
  }
}
