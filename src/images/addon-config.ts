import { serviceHost } from '../aws/regions.ts'

/** One registry of ECR: those of an account in a region. */
export interface Registry {
  /** 12 digits. */
  readonly account: string
  readonly region: string
}

/**
 * The registries of a docker config, if registry-creds wrote it: its entries have `auth` and `"email":"none"` and no
 * more, by the address that ECR's answer names (registry-creds: main.go, generateSecretObj). `kubectl create secret
 * docker-registry --docker-email=none` writes a user name beside them. Undefined for whatever anybody else wrote, and for
 * one without entries, which is nobody's.
 * @param auths `auths` of the config, entry by host.
 */
export function registriesOfAddon(
  auths: readonly (readonly [host: string, entry: Readonly<Record<string, unknown>>])[],
): readonly Registry[] | undefined {
  const found = auths.map(([host, entry]) => (isAddonEntry(entry) ? registryAt(host) : undefined))
  return found.length > 0 && found.every((each) => each !== undefined) ? found : undefined
}

function isAddonEntry(entry: Readonly<Record<string, unknown>>): boolean {
  const { auth, email, ...more } = entry
  return typeof auth === 'string' && email === 'none' && Object.keys(more).length === 0
}

function registryAt(host: string): Registry | undefined {
  const [, account, region] = /^https:\/\/(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\./.exec(host) ?? []
  if (account === undefined || region === undefined) return undefined
  return host === `https://${account}.${serviceHost('dkr.ecr', region)}` ? { account, region } : undefined
}
