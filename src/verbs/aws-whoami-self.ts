import { columnsOf } from '../world.ts'
import { identityOf, refusalOf } from '../upkeep/admit.ts'
import { keysEnd } from '../upkeep/keys-end.ts'
import { admitContext, guardedBy, identityText, identityValue } from './aws-identity.ts'
import { loadSessionProfile } from './prepare.ts'
import type { Session, VerbEnd } from './session.ts'

/** Says who one is to AWS, by the profile that the team or the person names; also when the team keeps the account out. */
export async function whoamiSelf(session: Session): Promise<VerbEnd> {
  const { ports } = session
  const { profile: team } = await loadSessionProfile(session)
  const guarded = guardedBy(team, undefined)
  const { roleArn: _role, ...own } = guarded.source
  const signIn = await ports.aws.signInOf(own)
  const context = admitContext(session)
  const identity = await identityOf(guarded, context)
  const refused = await refusalOf(guarded, identity, context)
  const told = {
    identity,
    signIn,
    guarded,
    isAllowed: refused === undefined,
    ...(await keysEnd(guarded, signIn, session)),
  }
  session.answer(identityValue(told), identityText(told, ports.clock.now(), columnsOf(session.world.stdout)))
  if (refused === undefined) return { exit: 0 }
  session.emit({ type: 'problem', problem: refused })
  return { exit: refused.exit }
}
