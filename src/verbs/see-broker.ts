import { parseRecord, parseState, runningBroker } from '../upkeep/broker-files.ts'
import { ownService } from '../upkeep/broker-service.ts'
import type { AwsPlaces } from '../upkeep/places.ts'
import { readUpkeeps } from '../upkeep/records.ts'
import { longHeld } from '../upkeep/renewal-lock.ts'
import type { SeenBroker } from './aws-broker-text.ts'
import { brokerServiceOf } from './broker-service-place.ts'
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
