import { toSecond } from './answers.ts'
import { decoded } from './asked.ts'
import type { Grant } from './grant.ts'

// The container endpoint of ECS, and the paths of AWS's own local stand-in for it (amazon-ecs-local-container-endpoints).

/** What a path of ECS's form asks for; `role` undefined where it names none. */
export interface EcsPath {
  readonly role: string | undefined
}

/** Undefined for a path that is none, or that cannot be decoded. */
export function parseEcsPath(path: string): EcsPath | undefined {
  // The id after /v2/credentials/ is ECS's for a task; here the address and the token say who asks.
  if (/^\/v2\/credentials(?:\/|$)/.test(path) || /^\/creds\/?$/.test(path)) return { role: undefined }
  const found = /^\/role(?:-arn)?\/(.+)$/.exec(path)
  const role = found?.[1] === undefined ? undefined : decoded(found[1])
  return role === undefined ? undefined : { role }
}

export function ecsBody({ session, decision }: Grant): Readonly<Record<string, string>> {
  return {
    RoleArn: decision.asks?.arn ?? session.arn,
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    AccountId: session.account,
    Expiration: toSecond(session.expiresAt),
  }
}
