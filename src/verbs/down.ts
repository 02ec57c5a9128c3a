import { compileDown } from '../plan/compile-destroy.ts'
import { withMinikubeAtHand } from './minikube-at-hand.ts'
import { prepare } from './prepare.ts'
import type { Verb } from './session.ts'

/** Stops the cluster. Its data, the tools and the context stay. */
export const down: Verb<'down'> = async (session) => {
  const prepared = await prepare(session, { manifests: 'unread' })
  const { input, ...options } = await withMinikubeAtHand(session, prepared)
  const result = await session.run(compileDown(input, options), 'change')
  return { exit: result.exit, result, next: result.exit === 0 ? ['devk8s up'] : [] }
}
