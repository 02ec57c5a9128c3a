import type { AwsSignIn } from '../ports/aws.ts'
import type { AwsSpec } from '../profile/profile.ts'
import type { ImagesUpkeep } from '../upkeep/upkeep.ts'

/** What decides how images are pulled, besides the profile's own word. */
export interface ModeFacts {
  /** The profile turns on the registry-creds add-on. */
  readonly hasAddon: boolean
  readonly nodeArch: 'amd64' | 'arm64'
  /** Undefined when the person's files do not tell. */
  readonly signIn?: Pick<AwsSignIn, 'kind'>
}

/**
 * `auto` is the add-on where it can work, else devk8s' own secrets. Its image is built for amd64 alone, and it empties
 * good pull secrets once its session is over, so only keys that outlive its hourly cycle will do (facts aws, 2.6): those
 * that become a session of twelve hours.
 */
export function imagesModeOf(
  aws: Pick<AwsSpec, 'ecr' | 'assumeRole'>,
  facts: ModeFacts,
): Pick<ImagesUpkeep, 'mode' | 'why'> {
  const mode = aws.ecr?.mode ?? 'auto'
  if (mode !== 'auto') return { mode, why: 'the profile says so' }
  const against = reasonAgainstAddon(aws, facts)
  return against === undefined
    ? { mode: 'addon', why: 'the node is amd64 and the keys last longer than its hourly cycle' }
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
  return undefined
}
