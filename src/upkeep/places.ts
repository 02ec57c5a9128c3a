import type { Layout } from '../plan/layout.ts'

/** Where devk8s keeps what it knows about AWS on this machine. No keys: those are in the cluster, and in `sessions`. */
export interface AwsPlaces {
  /** All of the others lie in it. */
  readonly folder: string
  /** One file per cluster: what is kept fresh there (upkeep.ts). */
  readonly upkeeps: string
  /** One file per cluster: until when its session is good (standings.ts). May be deleted at any time. */
  readonly standings: string
  /** One file per EKS cluster: the Pod Identity associations that were imported from it. */
  readonly associations: string
  /** Held by the one broker of this machine as long as it runs. */
  readonly brokerLock: string
  /** How the broker was started, and so what stops it; there as long as it is to run. */
  readonly brokerRecord: string
  /** What the broker found last. May be deleted at any time. */
  readonly brokerState: string
  /** Held while a cluster is renewed, by whoever renews it: `<cluster>.lock`. */
  readonly renewals: string
  /** What the broker did, mode 0600. */
  readonly brokerLog: string
  /** Sessions that a code was typed for, so that it is asked for once; mode 0600, short-lived. */
  readonly sessions: string
}

export function awsPlaces(
  { state }: Pick<Layout, 'state'>,
  platform: 'darwin' | 'linux' | 'win32',
): AwsPlaces {
  const slash = platform === 'win32' ? '\\' : '/'
  return placesIn([state, 'aws'].join(slash), slash)
}

/** The places that an upkeep file lies among. */
export function placesAround(upkeepFile: string): AwsPlaces {
  const slash = upkeepFile.includes('\\') ? '\\' : '/'
  return placesIn(upkeepFile.split(slash).slice(0, -2).join(slash), slash)
}

function placesIn(folder: string, slash: string): AwsPlaces {
  const at = (...parts: readonly string[]) => [folder, ...parts].join(slash)
  return {
    folder,
    upkeeps: at('upkeep'),
    standings: at('standing'),
    associations: at('associations'),
    brokerLock: at('broker.lock'),
    brokerRecord: at('broker.json'),
    brokerState: at('broker-state.json'),
    renewals: at('renewals'),
    brokerLog: at('broker.log'),
    sessions: at('sessions'),
  }
}

/** A file of a cluster in one of these folders. */
export function fileIn(folder: string, cluster: string, ending: 'json' | 'lock' = 'json'): string {
  return `${folder}${folder.includes('\\') ? '\\' : '/'}${cluster}.${ending}`
}
