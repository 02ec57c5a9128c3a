import { isRemote, type Marker } from '../kubeconfig/marker.ts'
import { protectKeyOf } from './protect-key.ts'

interface Entry {
  readonly name: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly marker?: Marker | undefined
}

/** The entries of all files, in kubectl's order: of two with one name the first counts. */
export interface Entries {
  readonly contexts: readonly Entry[]
  readonly clusters: readonly Entry[]
  readonly users: readonly Entry[]
}

/**
 * The names of contexts that devk8s did not write, that lead to this server, and whose credentials it does not
 * withhold: they get around the protection of ours.
 */
export function openWaysTo(server: unknown, { contexts, clusters, users }: Entries): readonly string[] {
  const open = contexts.filter(({ fields, marker }) => {
    if (isRemote(marker)) return false
    const cluster = clusters.find(({ name }) => name === fields['cluster'])
    const user = users.find(({ name }) => name === fields['user'])
    return isSameServer(cluster?.fields['server'], server) && protectKeyOf(user?.fields) === undefined
  })
  return [...new Set(open.map(({ name }) => name))]
}

/** Whether two addresses are one: capitals of the host, the port 443 and a slash at the end make no other. */
export function isSameServer(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string' && plainAddress(a) === plainAddress(b)
}

function plainAddress(address: string): string {
  return (URL.canParse(address) ? new URL(address).href : address).replace(/\/+$/, '')
}
