import type { StepContext } from '../plan/step.ts'
import type { AwsSignIn } from '../ports/aws.ts'
import type { Guarded } from './admit.ts'
import { sessionWantsOf } from './session-wants.ts'

/**
 * When the keys that were admitted end, ms since 1970; nothing for keys that do not. Asks AWS nothing beyond what asking
 * whose they are has asked already: with a role that is the session that enters the cluster.
 */
export async function keysEnd(
  guarded: Pick<Guarded, 'source'>,
  signIn: AwsSignIn,
  { ports: { aws, host }, signal }: Pick<StepContext, 'ports' | 'signal'>,
): Promise<{ readonly expiresAtMs?: number }> {
  const wants = sessionWantsOf(guarded, host.userName?.())
  const hasRole = wants.roleArn !== undefined || signIn.signInProfile !== undefined
  const { expiresAtMs } = await (hasRole ? aws.session(wants, signal) : aws.credentials(wants, signal))
  return expiresAtMs === undefined ? {} : { expiresAtMs }
}
