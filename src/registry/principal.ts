import { parseArn } from '../aws/arn.ts'

/** Whom IAM's simulation can be asked about. */
export type Principal =
  | { readonly kind: 'user'; readonly arn: string }
  /** Its path is not in the ARN of a session: that of an Identity Center role is `/aws-reserved/sso.amazonaws.com/…/`. */
  | { readonly kind: 'role'; readonly name: string }
  /** May do everything in its account, and has no policies. */
  | { readonly kind: 'root' }
  | { readonly kind: 'other' }

/** Who stands behind the ARN that sts:GetCallerIdentity gives: a session's role, not the session. */
export function principalOf(callerArn: string): Principal {
  const arn = parseArn(callerArn)
  if (arn === undefined) return { kind: 'other' }
  const [kind = '', name = ''] = arn.resource.split('/')
  if (arn.resource === 'root') return { kind: 'root' }
  if (kind === 'user') return { kind: 'user', arn: callerArn }
  if (kind !== 'assumed-role' || name === '') return { kind: 'other' }
  return { kind: 'role', name }
}
