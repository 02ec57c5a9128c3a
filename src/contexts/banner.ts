import { isRemote } from '../kubeconfig/marker.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'

/** Whether the protection of a context is lifted, and until when. */
export type LockState =
  /** Its credentials do not come through devk8s, which can withhold nothing. */
  | { readonly kind: 'none' }
  | { readonly kind: 'locked' }
  | { readonly kind: 'unlocked'; readonly until: number; readonly reason: string }

/** What stands before a person who is about to enter a protected context; the first line is the alarm. */
export function bannerLines(context: ContextInFile, lock: LockState, now: number): readonly string[] {
  const rows = [...placeRows(context), ['access', accessText(context, lock, now)] as const]
  return [`PROTECTED  ${context.name}`, ...rows.map(([key, value]) => `  ${key.padEnd(11)}${value}`)]
}

const unknown = { account: undefined, region: undefined, description: undefined, cluster: undefined }

/** Where a context leads, as far as its entry says: cluster, account, region, namespace. */
export function placeRows({
  name,
  cluster,
  namespace,
  marker,
}: ContextInFile): readonly (readonly [string, string])[] {
  const { account, region, description, cluster: remote } = isRemote(marker) ? marker : unknown
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['about', description],
    // Our own cluster entries are called after their context, which says nothing new.
    ['cluster', remote ?? (cluster === `devk8s-${name}` ? undefined : cluster)],
    ['account', account],
    ['region', region],
    ['namespace', namespace],
  ]
  return rows.filter((row): row is readonly [string, string] => row[1] !== undefined && row[1] !== '')
}

/** What the cluster of one of ours is called where it runs, which its entry in the kubeconfig does not say. */
export function remoteClusterOf({ marker }: Pick<ContextInFile, 'marker'>): string | undefined {
  return isRemote(marker) ? marker.cluster : undefined
}

/** The same on one line; empty when nothing is known. */
export function placeText(context: ContextInFile): string {
  return placeRows(context)
    .filter(([key]) => key !== 'about')
    .map(([key, value]) => `${key} ${value}`)
    .join(', ')
}

function accessText({ name, marker }: ContextInFile, lock: LockState, now: number): string {
  if (lock.kind === 'none') return 'at any time: its credentials do not come through devk8s'
  if (lock.kind === 'locked') {
    const given = isRemote(marker) && marker.readOnly === true ? 'read-only' : 'no credentials'
    return `locked: ${given} until devk8s unlock ${name}`
  }
  const minutes = Math.max(1, Math.ceil((lock.until - now) / 60_000))
  return `UNLOCKED for another ${minutes} min${lock.reason === '' ? '' : `: ${lock.reason}`}`
}
