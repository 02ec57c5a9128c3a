import { compileVerify } from '../plan/compile.ts'
import { prepare } from './prepare.ts'
import type { Verb } from './session.ts'

/** Deploys the bundled sample and fetches it through the ingress. */
export const verify: Verb<'verify'> = async (session) => {
  const input = await prepare(session)
  const result = await session.run(compileVerify(input), 'change')
  return { exit: result.exit, result, next: result.exit === 0 ? [`kubectl --context ${input.loaded.profile.context.name} -n devk8s-sample get ingress`] : ['devk8s status'] }
}
