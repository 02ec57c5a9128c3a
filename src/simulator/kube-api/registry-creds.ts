import { isReady } from './admission.ts'
import { updateObject } from './apply.ts'
import { kindNamed } from './kinds.ts'
import { at, fieldsOf, type KubeObject, listOf, textOf } from './object.ts'
import { getObject, type KubeStore, listObjects, putObject, refOf } from './store.ts'

const secretName = 'awsecr-cred'
/** The informer's resync, which is the add-on's refresh (facts aws, 2.6). */
const cycleMs = 3_600_000
const tokenSeconds = 12 * 3_600

/** On the pod: what it knows of its session since it started; its keys come from the environment, and stay. */
const sessionMark = 'simulator.devk8s.dev/session'
/** On what it wrote: in which of its cycles. */
const cycleMark = 'simulator.devk8s.dev/cycle'
/** The session's end, as whoever wrote the keys says it: AWS itself is not asked. */
const endsAnnotation = 'devk8s.dev/expires-at'

interface Session {
  readonly accounts: readonly string[]
  readonly region: string
  /** ms since 1970; null when it does not end. */
  readonly endsAtMs: number | null
}

/**
 * What the add-on registry-creds does once it runs with keys (facts aws, 2.6): in every cycle of an hour, and in a new
 * namespace at once, it writes `awsecr-cred` into every namespace but kube-system and hangs it on the service account
 * `default`. When its session has ended it writes an empty docker configuration over what is there.
 */
export function settleRegistryCreds(store: KubeStore, now: number): KubeStore {
  const pod = listObjects(store, kindNamed('Pod'), 'kube-system').find(
    (each) => each.metadata.labels?.['app'] === 'registry-creds' && isReady(each),
  )
  if (pod === undefined) return store
  const known = pod.metadata.annotations?.[sessionMark]
  if (known === undefined) return settleRegistryCreds(started(pod, store, now), now)
  const session = JSON.parse(known) as Session | null
  if (session === null) return store
  const cycle = `${pod.metadata.uid ?? ''}/${Math.floor((now - readySinceMs(pod, now)) / cycleMs)}`
  return listObjects(store, kindNamed('Namespace'))
    .filter(({ metadata }) => metadata.name !== 'kube-system' && metadata.deletionTimestamp === undefined)
    .reduce((made, { metadata }) => served(made, metadata.name, session, cycle, now), store)
}

/** The pod as it starts: it reads the keys once. Keys that minikube fills in for want of any are none. */
function started(pod: KubeObject, store: KubeStore, now: number): KubeStore {
  const keys = getObject(store, {
    kind: kindNamed('Secret'),
    namespace: 'kube-system',
    name: 'registry-creds-ecr',
  })
  const value = (key: string): string => decoded(textOf(at(keys, 'data', key)) ?? '')
  const ends = keys?.metadata.annotations?.[endsAnnotation]
  const session: Session | null = ['', 'changeme'].includes(value('AWS_ACCESS_KEY_ID'))
    ? null
    : {
        accounts: value('aws-account').split(',').filter(Boolean),
        region: value('aws-region'),
        endsAtMs: ends === undefined ? null : Date.parse(ends),
      }
  const annotations = { ...pod.metadata.annotations, [sessionMark]: JSON.stringify(session) }
  return putObject(store, { ...pod, metadata: { ...pod.metadata, annotations } }, now)
}

function readySinceMs(pod: KubeObject, now: number): number {
  const ready = listOf(at(pod, 'status', 'conditions')).find((each) => at(each, 'type') === 'Ready')
  return Date.parse(textOf(at(ready, 'lastTransitionTime')) ?? '') || now
}

function served(
  store: KubeStore,
  namespace: string,
  session: Session,
  cycle: string,
  now: number,
): KubeStore {
  const bare: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: secretName, namespace } }
  const before = getObject(store, refOf(bare))
  if (before?.metadata.annotations?.[cycleMark] === cycle) return store
  const annotations = { ...before?.metadata.annotations, [cycleMark]: cycle }
  const secret: KubeObject = {
    ...(before ?? bare),
    metadata: { ...(before ?? bare).metadata, annotations },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': btoa(configOf(session, now)) },
  }
  const written = putObject(store, updateObject(before, secret, 'registry-creds', now), now)
  return attached(written, namespace, now)
}

/** `{}` once AWS refuses the session: the error is logged, and the empty map is written all the same. */
function configOf({ accounts, region, endsAtMs }: Session, now: number): string {
  if (endsAtMs !== null && now >= endsAtMs) return '{}'
  const expiration = Math.floor(now / 1_000) + tokenSeconds
  const password = btoa(JSON.stringify({ payload: 'simulated', version: '2', type: 'DATA_KEY', expiration }))
  const entry = { auth: btoa(`AWS:${password}`), email: 'none' }
  const servers = accounts.map((account) => `https://${account}.dkr.ecr.${region}.amazonaws.com`)
  return JSON.stringify({ auths: Object.fromEntries(servers.map((server) => [server, entry])) })
}

function attached(store: KubeStore, namespace: string, now: number): KubeStore {
  const account = getObject(store, { kind: kindNamed('ServiceAccount'), namespace, name: 'default' })
  const secrets = listOf(fieldsOf(account)['imagePullSecrets'])
  if (account === undefined || secrets.some((each) => at(each, 'name') === secretName)) return store
  const imagePullSecrets = [...secrets, { name: secretName }]
  const next = updateObject(account, { ...account, imagePullSecrets }, 'registry-creds', now)
  return putObject(store, next, now)
}

function decoded(base64: string): string {
  try {
    return atob(base64)
  } catch {
    // Not base64, as no API server would have stored it.
    return ''
  }
}
