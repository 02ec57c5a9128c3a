import type { SessionWants } from '../../ports/aws.ts'

/** What the trust policy of a role ending in `-partner` asks for of whoever assumes it. */
export const partnerExternalId = 'acme-partner'

/**
 * Whether the simulated AWS lets one assume a role: by the end of its name, as any other trusts its person. A role that
 * is not there is refused with the same words as one that trusts somebody else (AssumeRole reference, "AccessDenied").
 */
export function mayAssume({
  roleArn = '',
  externalId,
}: Pick<SessionWants, 'roleArn' | 'externalId'>): boolean {
  if (/-(locked|gone)(-dev)?$/.test(roleArn)) return false
  return !roleArn.endsWith('-partner') || externalId === partnerExternalId
}
