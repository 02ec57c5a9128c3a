import { isRecord } from '../kubeconfig/entries.ts'
import { Secret } from '../ports/secret.ts'
import { registriesOfAddon, type Registry } from './addon-config.ts'
import { registryHosts } from './hosts.ts'

/** What opens the registries of a region: `AWS:password` in base64. */
export interface RegionAuth {
  readonly region: string
  readonly auth: Secret
}

type Auths = Readonly<Record<string, { readonly auth: string }>>

/** The docker config with one token for all names of each region. */
export function renderDockerConfig([first, ...others]: readonly [RegionAuth, ...RegionAuth[]]): Secret {
  return others.reduce(
    (config, { region, auth }) => config.with(auth, (text, plain) => withRegion(text, region, plain)),
    first.auth.map((plain) => withRegion('{"auths":{}}', first.region, plain)),
  )
}

function withRegion(text: string, region: string, auth: string): string {
  const { auths } = JSON.parse(text) as { readonly auths: Auths }
  const entries = registryHosts(region).map((host) => [host, { auth }])
  return JSON.stringify({ auths: { ...auths, ...Object.fromEntries(entries) } })
}

/** A docker config that is in the cluster. */
export interface DockerConfig {
  /** By host, as it stands there. */
  readonly auths: ReadonlyMap<string, Secret>
  /** Nothing at all is in it: `{}`, or no more than an `auths` without entries. */
  readonly isEmpty: boolean
  /** The registries that it is for, when all of it is as registry-creds writes it. */
  readonly addonRegistries: readonly Registry[] | undefined
}

/**
 * Reads `data['.dockerconfigjson']` of a Secret. registry-creds writes `{}` where it got no token (facts aws, 2.6). What
 * cannot be read holds no tokens, and is not empty either: nobody knows what is lost with it.
 */
export function parseDockerConfig(base64: unknown): DockerConfig {
  const config = decoded(base64)
  const { auths: told, ...more } = recordOf(config)
  const entries = Object.entries(recordOf(told)).map(([host, entry]) => [host, recordOf(entry)] as const)
  const auths = entries.flatMap(([host, entry]): readonly (readonly [string, Secret])[] => {
    const { auth, username, password } = entry
    if (typeof auth === 'string' && auth !== '') return [[host, Secret.of(auth)]]
    const isPair = typeof username === 'string' && typeof password === 'string' && password !== ''
    return isPair ? [[host, Secret.of(btoa(`${username}:${password}`))]] : []
  })
  const hasMore = Object.keys(more).length > 0 || (told !== undefined && !isRecord(told))
  return {
    auths: new Map(auths),
    isEmpty: isRecord(config) && entries.length === 0 && !hasMore,
    addonRegistries: hasMore ? undefined : registriesOfAddon(entries),
  }
}

/** The token for a region in a config that devk8s wrote; undefined unless all its names are there. */
export function authOf({ auths }: DockerConfig, region: string): Secret | undefined {
  const hosts = registryHosts(region)
  return hosts.every((host) => auths.has(host)) ? auths.get(hosts[0]) : undefined
}

function decoded(base64: unknown): unknown {
  if (typeof base64 !== 'string') return undefined
  try {
    return JSON.parse(atob(base64))
  } catch {
    return undefined
  }
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {})
