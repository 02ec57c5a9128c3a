import { contextPlaces } from '../contexts/places.ts'
import { type ServicePlace, servicePath } from '../upkeep/broker-units.ts'
import type { Session } from './session.ts'

/**
 * Where the person's service of the broker lies, if there is one, and what makes it this devk8s' own. A rehearsal leaves
 * those of the real machine alone.
 */
export function brokerServiceOf({
  world: { platform, home },
  env,
  layout,
  rehearsal,
}: Pick<Session, 'world' | 'env' | 'layout' | 'rehearsal'>): ServicePlace | undefined {
  const file = rehearsal === undefined ? servicePath(platform, home, env) : undefined
  if (file === undefined) return undefined
  const stateHome = env['XDG_STATE_HOME']
  return { file, launcher: contextPlaces(layout, platform).launcher, ...(stateHome ? { stateHome } : {}) }
}
