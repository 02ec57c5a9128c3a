import { keysNotRemoved } from '../problems/broker.ts'
import { fail, isDevK8sError } from '../problems/problem.ts'
import { declined } from '../problems/state.ts'
import { stopBroker } from '../upkeep/broker-service.ts'
import { endUpkeep } from '../upkeep/ending.ts'
import { awsPlaces } from '../upkeep/places.ts'
import { readUpkeeps } from '../upkeep/records.ts'
import { keysIn, type SecretPlace } from '../upkeep/removal.ts'
import { keptCluster, type KeptHere } from './kept.ts'
import type { Session, Verb } from './session.ts'

/** Takes all AWS keys out of the cluster, forgets kept sessions and stops the broker. The person's sign-in stays. */
export const awsLogout: Verb<'aws.logout'> = async (session) => {
  const { ports, signal, layout, world } = session
  const places = awsPlaces(layout, world.platform)
  const here = (await readUpkeeps(ports.files, places)).length === 0 ? undefined : await keptCluster(session)
  const found = here === undefined ? { secrets: [] } : await keysIn(here.upkeep.kubectl, { ports, signal })
  await agree(session, here, 'secrets' in found ? found.secrets : [])
  // First what renews, so that nothing comes back.
  const broker = await stopBroker(places, { ports, signal })
  await ports.files.remove(places.sessions)
  if ('problem' in found) {
    fail(keysNotRemoved, {
      detail: `The broker is stopped and no session is kept here, but cluster ${here?.upkeep.cluster} could not be asked: ${found.problem.detail}`,
      next: ['devk8s up', typed(session)],
    })
  }
  const removed = here === undefined ? [] : await remove(session, here)
  const others = (await readUpkeeps(ports.files, places)).map(({ cluster }) => cluster)
  for (const cluster of others) {
    const text = `Cluster ${cluster} has its keys still: devk8s aws logout --cluster-name ${cluster}`
    session.emit({ type: 'note', level: 'warning', text })
  }
  session.answer(
    {
      cluster: here?.upkeep.cluster ?? null,
      removed: removed.map(({ namespace, name }) => `${namespace}/${name}`),
      brokerStopped: broker !== undefined,
      others,
    },
    [...lines(removed, here), ...wayOut(here)].map((line) => `${line}\n`).join(''),
  )
  return { exit: 0 }
}

const typed = ({ request }: Session) => {
  const name = request.common.overrides['cluster.name']
  return name === undefined ? 'devk8s aws logout' : `devk8s aws logout --cluster-name ${name}`
}

/** Pods lose their keys with the next restart, so it is asked. @throws DevK8sError DK8050 after a no. */
async function agree(
  { ports, signal }: Session,
  here: KeptHere | undefined,
  secrets: readonly SecretPlace[],
): Promise<void> {
  if (secrets.length === 0) return
  const shown = secrets.slice(0, 10).map(({ namespace, name }) => `Secret ${namespace}/${name}`)
  const agreed = await ports.prompts.ask(
    {
      id: 'aws.logout',
      kind: 'confirm',
      text: `Remove these from cluster ${here?.upkeep.cluster}?`,
      details: [...shown, ...(secrets.length > 10 ? [`and ${secrets.length - 10} more`] : [])],
      flag: '--yes',
      fallback: true,
    },
    signal,
  )
  if (!agreed) fail(declined, { detail: 'Nothing was removed.', next: ['devk8s aws logout'] })
}

async function remove(
  { ports, signal }: Session,
  { upkeep, places }: KeptHere,
): Promise<readonly SecretPlace[]> {
  const { cluster, kubectl } = upkeep
  return endUpkeep({ cluster, target: kubectl, places }, { ports, signal }).catch((error: unknown) => {
    if (!isDevK8sError(error)) throw error
    const [{ detail, next }] = error.problems
    return fail(keysNotRemoved, { detail: `Cluster ${cluster}: ${detail}`, next }, error)
  })
}

function lines(removed: readonly SecretPlace[], here: KeptHere | undefined): readonly string[] {
  if (here === undefined) return ['No cluster of this machine has AWS keys of devk8s.']
  const count = `${removed.length} Secret${removed.length === 1 ? '' : 's'}`
  return [
    `Removed from cluster ${here.upkeep.cluster}: ${removed.length === 0 ? 'nothing was there' : count}.`,
    'No session is kept here and no broker runs. devk8s up brings all of it back.',
    'Pods that run keep the keys that they were started with until those end.',
  ]
}

/** What devk8s did not make it does not end. */
function wayOut(here: KeptHere | undefined): readonly string[] {
  const profile = here?.upkeep.source.profile
  return [
    `Your sign-in of the AWS CLI stays. To end it: aws sso logout${profile === undefined ? '' : `, or aws logout --profile ${profile}`}`,
  ]
}
