import { configSections } from '../../aws/config-section.ts'
import type { Files } from '../../ports/files.ts'
import type { Profile } from '../../profile/profile.ts'
import { ruleProfiles } from '../../roles/rule-profiles.ts'
import type { LaptopStore } from '../laptop-store.ts'
import { personsProfiles } from './made-up.ts'

/** What a team's profile names of AWS, which the simulated AWS then has. */
export interface AwsNames {
  /** Of the person's ~/.aws/config. */
  readonly profiles: readonly string[]
  /** EKS clusters. */
  readonly clusters: readonly string[]
}

/** All that the profile names. */
export function awsNamesIn({ aws, contexts }: Pick<Profile, 'aws' | 'contexts'>): AwsNames {
  return {
    profiles: unique([
      aws?.profile,
      ...contexts.flatMap(({ eks, kops }) => [eks?.awsProfile, kops?.awsProfile]),
      ...ruleProfiles(aws?.roles ?? {}).keys(),
    ]),
    clusters: unique(contexts.map(({ eks }) => eks?.cluster)),
  }
}

/** Those of before as well: another command may be run without the profile that brought them. */
export function withNames(before: AwsNames | undefined, now: AwsNames): AwsNames {
  return {
    profiles: unique([...(before?.profiles ?? []), ...now.profiles]),
    clusters: unique([...(before?.clusters ?? []), ...now.clusters]),
  }
}

/**
 * What there is: what was named so far, the person's own profiles, and those that were set up since. Undefined where no
 * profile of a team was ever read: then there is whatever is asked for.
 */
export async function namesNow(
  laptop: Pick<LaptopStore, 'read'>,
  files: Pick<Files, 'readText'>,
  home: string,
): Promise<AwsNames | undefined> {
  const { awsNames } = await laptop.read()
  if (awsNames === undefined) return undefined
  const sections = configSections((await files.readText(`${home}/.aws/config`)) ?? '')
  const setUp = sections.flatMap(({ header }) => /^profile (.+)$/.exec(header)?.[1] ?? [])
  return withNames({ profiles: [...Object.keys(personsProfiles), ...setUp], clusters: [] }, awsNames)
}

const unique = (names: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(names.flatMap((name) => name ?? [])),
]
