import { contextPlaces } from '../contexts/places.ts'
import { parseRecord, parseState, runningBroker } from '../upkeep/broker-files.ts'
import { ownService } from '../upkeep/broker-service.ts'
import { type ServicePlace, servicePath } from '../upkeep/broker-units.ts'
import type { AwsPlaces } from '../upkeep/places.ts'
import { readUpkeeps } from '../upkeep/records.ts'
import { longHeld } from '../upkeep/renewal-lock.ts'
import type { SeenBroker } from './aws-broker-text.ts'
import type { Session } from './session.ts'

/** All that is known of the broker, and what keeps anybody from renewing. */
export async function seeBroker(places: AwsPlaces, session: Session): Promise<SeenBroker> {
  const { ports, signal } = session
  const { files } = ports
  const [running, record, state, service, recorded] = await Promise.all([
    runningBroker(places, { ports, signal }),
    files.readText(places.brokerRecord).then(parseRecord),
    files.readText(places.brokerState).then(parseState),
    ownService(brokerServiceOf(session), ports),
    readUpkeeps(files, places),
  ])
  const held = await Promise.all(recorded.map(async ({ cluster }) => longHeld(places, cluster, ports)))
  return {
    running,
    record,
    state: running?.pid === state?.pid ? state : undefined,
    held: held.filter((each) => each !== undefined),
    ...(service === undefined ? {} : { service }),
  }
}

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
