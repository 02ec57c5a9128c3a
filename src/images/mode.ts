import type { AwsSignIn } from '../ports/aws.ts'
import type { AwsSpec } from '../profile/profile.ts'
import type { ImagesUpkeep } from '../upkeep/upkeep.ts'

/** What decides how images are pulled, besides the profile's own word. */
export interface ModeFacts {
  /** The profile turns on the registry-creds add-on. */
  readonly hasAddon: boolean
  readonly nodeArch: 'amd64' | 'arm64'
  /** A broker runs: the only one who renews in time while nobody gives commands. */
  readonly hasBroker: boolean
  /** Undefined when the person's files do not tell. */
  readonly signIn?: Pick<AwsSignIn, 'kind'>
}

/**
 * `auto` is the add-on where it can work, else devk8s' own secrets. Its image is built for amd64 alone, and it empties
 * good pull secrets once its session is over, so only keys that outlive its hourly cycle will do (facts aws, 2.6): those
 * that become a session of twelve hours. And somebody must be there to renew it or to stop the add-on: a broker.
 */
export function imagesModeOf(
  aws: Pick<AwsSpec, 'ecr' | 'assumeRole'>,
  facts: ModeFacts,
): Pick<ImagesUpkeep, 'mode' | 'why'> {
  const mode = aws.ecr?.mode ?? 'auto'
  if (mode !== 'auto') return { mode, why: 'the profile says so' }
  const against = reasonAgainstAddon(aws, facts)
  return against === undefined
    ? {
        mode: 'addon',
        why: 'the node is amd64, the keys last longer than its hourly cycle, and a broker runs',
      }
    : { mode: 'secret', why: against }
}

function reasonAgainstAddon(
  { assumeRole, ecr }: Pick<AwsSpec, 'assumeRole' | 'ecr'>,
  facts: ModeFacts,
): string | undefined {
  if (!facts.hasAddon) return 'the profile does not turn on registry-creds'
  if (facts.nodeArch !== 'amd64') return `registry-creds has no image for ${facts.nodeArch}`
  const regions = new Set(ecr?.registries?.flatMap((each) => each.regions))
  if (regions.size > 1) return `registry-creds serves one region, and the registries are in ${regions.size}`
  if (assumeRole !== undefined) return 'sessions of an assumed role end within the hour, as its cycle does'
  if (facts.signIn?.kind !== 'static') return 'only long-term keys outlive its hourly cycle'
  if (!facts.hasBroker) return 'registry-creds empties good pull secrets unless a broker renews its session'
  return undefined
}

/** What becomes of clusters in which registry-creds pulls when nobody renews its session. */
export function withoutBroker(clusters: readonly string[]): string {
  return `In ${clusters.join(', ')} registry-creds pulls private images, and no broker runs: once its AWS session ends it writes over good pull secrets with empty ones. Keep a broker running (devk8s aws broker start), or let devk8s keep the pull secrets: aws.ecr.mode secret or auto in the profile, then devk8s up.`
}
