import { compileDown } from '../plan/compile-destroy.ts'
import { prepare } from './prepare.ts'
import type { Verb } from './session.ts'

/** Stops the cluster. Its data, the tools and the context stay. */
export const down: Verb<'down'> = async (session) => {
  const plan = compileDown(await prepare(session))
  const result = await session.run(plan, 'change')
  return { exit: result.exit, result, next: result.exit === 0 ? ['devk8s up'] : [] }
}
