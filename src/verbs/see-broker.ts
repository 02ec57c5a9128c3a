import { parseRecord, parseState, runningBroker } from '../upkeep/broker-files.ts'
import { servicePath } from '../upkeep/broker-units.ts'
import type { AwsPlaces } from '../upkeep/places.ts'
import { readUpkeeps } from '../upkeep/records.ts'
import { longHeld } from '../upkeep/renewal-lock.ts'
import type { SeenBroker } from './aws-broker-text.ts'
import type { Session } from './session.ts'

/** All that is known of the broker, and what keeps anybody from renewing. */
export async function seeBroker(places: AwsPlaces, session: Session): Promise<SeenBroker> {
  const { ports, signal } = session
  const { files } = ports
  const service = brokerServiceOf(session)
  const [running, record, state, isThere, recorded] = await Promise.all([
    runningBroker(places, { ports, signal }),
    files.readText(places.brokerRecord).then(parseRecord),
    files.readText(places.brokerState).then(parseState),
    service === undefined ? false : files.stat(service).then((stat) => stat !== undefined),
    readUpkeeps(files, places),
  ])
  const held = await Promise.all(recorded.map(async ({ cluster }) => longHeld(places, cluster, ports)))
  return {
    running,
    record,
    state: running?.pid === state?.pid ? state : undefined,
    held: held.filter((each) => each !== undefined),
    ...(isThere && service !== undefined ? { service } : {}),
  }
}

/** Where the person's service of the broker lies, if there is one. A rehearsal leaves those of the real machine alone. */
export function brokerServiceOf({
  world: { platform, home },
  env,
  rehearsal,
}: Pick<Session, 'world' | 'env' | 'rehearsal'>): string | undefined {
  return rehearsal === undefined ? servicePath(platform, home, env) : undefined
}
