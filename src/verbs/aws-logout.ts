import { keysNotRemoved } from '../problems/broker.ts'
import { DevK8sError, fail, isDevK8sError, type Problem } from '../problems/problem.ts'
import { stopBroker } from '../upkeep/broker-service.ts'
import { endUpkeep } from '../upkeep/ending.ts'
import { awsPlaces } from '../upkeep/places.ts'
import { readUpkeeps } from '../upkeep/records.ts'
import { type Leavings, leavingsChanges, leavingsNow } from '../upkeep/leavings.ts'
import type { SecretPlace } from '../upkeep/removal.ts'
import { keptCluster, type KeptHere } from './kept.ts'
import { brokerServiceOf } from './broker-service-place.ts'
import { counted } from '../report/units.ts'
import { consentTo } from './consent.ts'
import type { Session, Verb } from './session.ts'

/**
 * Takes all that is of AWS out of the cluster, forgets kept sessions and stops the broker. The person's sign-in stays. The
 * keys go first: nobody renews a cluster whose end has begun, and whatever of the rest fails keeps none there.
 */
export const awsLogout: Verb<'aws.logout'> = async (session) => {
  const { ports, signal, layout, world } = session
  const places = awsPlaces(layout, world.platform)
  const here = (await readUpkeeps(ports.files, places)).length === 0 ? undefined : await keptCluster(session)
  const found = here === undefined ? undefined : await leavingsOf(here, { ports, signal })
  if (here !== undefined && found !== undefined && 'secrets' in found) await agree(session, here, found)
  await ports.files.remove(places.sessions)
  const removeAll = async () =>
    attempt(async () =>
      here === undefined || found === undefined ? undefined : remove(session, here, found),
    )
  const first = await removeAll()
  const broker = await attempt(async () => stopBroker(places, { ports, signal }, brokerServiceOf(session)))
  // It may have been the broker that renewed for longer than was waited.
  const isFree = 'error' in first && 'value' in broker && broker.value !== undefined
  const removed = isFree ? await removeAll() : first
  const others = (await readUpkeeps(ports.files, places))
    .map(({ cluster }) => cluster)
    .filter((cluster) => cluster !== here?.upkeep.cluster)
  for (const cluster of others) {
    const text = `Cluster ${cluster} has its keys still: devk8s aws logout --cluster-name ${cluster}`
    session.emit({ type: 'note', level: 'warning', text })
  }
  if ('error' in removed || 'error' in broker) throw allThatFailed(session, { here, removed, broker })
  const gone = removed.value
  session.answer(
    {
      cluster: here?.upkeep.cluster ?? null,
      removed: (gone?.secrets ?? []).map(titled),
      alsoRemoved: othersOf(gone),
      brokerStopped: broker.value !== undefined,
      others,
    },
    [...lines(gone, here), ...wayOut(here)].map((line) => `${line}\n`).join(''),
  )
  return { exit: 0 }
}

const leavingsOf = async ({ upkeep }: KeptHere, context: Pick<Session, 'ports' | 'signal'>) =>
  leavingsNow({ target: upkeep.kubectl, upkeep }, context)

type Attempt<T> = { readonly value: T } | { readonly error: DevK8sError }

async function attempt<T>(body: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await body() }
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    return { error }
  }
}

/** What could be done is told beside it: it need not be done again. */
function allThatFailed(
  session: Session,
  done: {
    readonly here: KeptHere | undefined
    readonly removed: Attempt<Leavings | undefined>
    readonly broker: Attempt<unknown>
  },
): DevK8sError {
  const { here, removed, broker } = done
  const text =
    'error' in removed
      ? 'No session is kept here any more.'
      : [...removedLines(removed.value, here), 'No session is kept here any more.'].join(' ')
  session.emit({ type: 'note', level: 'info', text })
  const [first, ...rest] = [removed, broker].flatMap((each) => ('error' in each ? each.error.problems : []))
  if (first === undefined) throw new TypeError('nothing failed')
  return new DevK8sError([first, ...rest])
}

const titled = ({ namespace, name }: SecretPlace) => `${namespace}/${name}`

const typed = ({ request }: Session) => {
  const name = request.common.overrides['cluster.name']
  return name === undefined ? 'devk8s aws logout' : `devk8s aws logout --cluster-name ${name}`
}

/** All but the Secrets, as a person would name it. */
const othersOf = (gone: Leavings | undefined): readonly string[] =>
  gone === undefined ? [] : leavingsChanges({ ...gone, secrets: [] }).map(({ field }) => field)

/**
 * Pods lose their keys with the next restart, or at once where the agent gives them, so it is asked.
 * @throws DevK8sError DK8050 after a no; DK8010 when nobody can be asked and there is no `--yes`.
 */
async function agree(session: Session, { upkeep }: KeptHere, found: Leavings): Promise<void> {
  const secrets = found.secrets.map((each) => `Secret ${titled(each)}`)
  const others = othersOf(found)
  if (secrets.length + others.length === 0) return
  const more = secrets.length > 10 ? [`and ${secrets.length - 10} more Secrets`] : []
  await consentTo(
    session,
    {
      id: 'aws.logout',
      text: `Remove these from cluster ${upkeep.cluster}?`,
      details: [...secrets.slice(0, 10), ...more, ...others],
    },
    { detail: 'Nothing was removed.', next: [typed(session)] },
  )
}

/** @throws DevK8sError DK5057 when anything may be left. The record is kept then, so that it is found again. */
async function remove(
  session: Session,
  { upkeep, places }: KeptHere,
  found: Leavings | { readonly problem: Problem },
): Promise<Leavings> {
  const { ports, signal } = session
  const { cluster, kubectl } = upkeep
  if ('problem' in found) {
    fail(keysNotRemoved, {
      detail: `Cluster ${cluster} could not be asked: ${found.problem.detail}`,
      next: ['devk8s up', typed(session)],
    })
  }
  return endUpkeep({ cluster, target: kubectl, places, upkeep }, { ports, signal }).catch(
    (error: unknown) => {
      if (!isDevK8sError(error)) throw error
      const detail = `Cluster ${cluster}: ${error.problems.map((each) => each.detail).join(' ')}`
      const next = [...error.problems.flatMap((each) => each.next ?? []), typed(session)]
      return fail(keysNotRemoved, { detail, next: [...new Set(next)] }, error)
    },
  )
}

function lines(removed: Leavings | undefined, here: KeptHere | undefined): readonly string[] {
  if (here === undefined) return removedLines(removed, here)
  return [
    ...removedLines(removed, here),
    'No session is kept here and no broker runs. devk8s up brings all of it back.',
    here.upkeep.agent === undefined
      ? 'Pods that run keep the keys that they were started with until those end.'
      : 'The agent is gone, and nothing answers pods; what an SDK has fetched before, it has until that ends.',
  ]
}

function removedLines(gone: Leavings | undefined, here: KeptHere | undefined): readonly string[] {
  if (here === undefined || gone === undefined) return ['No cluster of this machine has AWS keys of devk8s.']
  const secrets = gone.secrets.length === 0 ? [] : [counted(gone.secrets.length, 'Secret')]
  const all = [...secrets, ...othersOf(gone)]
  return [
    `Removed from cluster ${here.upkeep.cluster}: ${all.length === 0 ? 'nothing was there' : all.join(', ')}.`,
  ]
}

/** What devk8s did not make it does not end. */
function wayOut(here: KeptHere | undefined): readonly string[] {
  const profile = here?.upkeep.source.profile
  return [
    `Your sign-in of the AWS CLI stays. To end it: aws sso logout${profile === undefined ? '' : `, or aws logout --profile ${profile}`}`,
  ]
}
