import { isMistypedRegion, knownRegions } from './aws-regions.ts'
import { nearest } from '../problems/nearest.ts'
import { profileBadValue, profileContradiction, profileMissingKey } from '../problems/profile.ts'
import type { Path } from './faults.ts'
import type { Profile } from './profile.ts'
import type { RuleFault } from './rules.ts'

/** What is wrong between the values about AWS, each of which is right by itself. */
export function awsRule(profile: Profile): readonly RuleFault[] {
  return [
    ...addonFaults(profile),
    ...accountFaults(profile),
    ...registryFaults(profile),
    ...regionsIn(profile).flatMap(regionFaults),
  ]
}

/** The mode is the add-on's; without the add-on nobody pulls, and nothing that devk8s could renew is missing. */
function addonFaults({ aws, addons }: Profile): readonly RuleFault[] {
  if (aws?.ecr?.mode !== 'addon' || addons['registry-creds']?.enabled === true) return []
  const detail =
    'addon leaves pulling to the add-on registry-creds, and addons.registry-creds is not on. Set addons.registry-creds: true, or aws.ecr.mode: secret.'
  return [{ kind: profileContradiction, path: ['aws', 'ecr', 'mode'], at: 'value', detail }]
}

function accountFaults({ aws }: Profile): readonly RuleFault[] {
  const { allow = [], deny = [] } = aws?.accounts ?? {}
  return deny.flatMap((account, index) =>
    allow.includes(account)
      ? [
          {
            kind: profileContradiction,
            path: ['aws', 'accounts', 'deny', index],
            at: 'value',
            detail: `${account} is in aws.accounts.allow as well; an account is allowed or refused.`,
          },
        ]
      : [],
  )
}

function registryFaults({ aws }: Profile): readonly RuleFault[] {
  if (aws?.ecr === undefined || aws.region !== undefined) return []
  if (aws.ecr.registries?.some(({ regions }) => regions.length > 0) === true) return []
  const detail =
    'No registries with regions are named, and aws.region is missing: nobody says where the images are.'
  return [{ kind: profileMissingKey, path: ['aws', 'ecr'], at: 'key', detail }]
}

interface Named {
  readonly region: string | undefined
  readonly path: Path
}

function regionsIn({ aws, contexts }: Profile): readonly Named[] {
  return [
    { region: aws?.region, path: ['aws', 'region'] },
    { region: aws?.sso?.region, path: ['aws', 'sso', 'region'] },
    ...(aws?.ecr?.registries ?? []).flatMap(({ regions }, registry) =>
      regions.map((region, index) => ({
        region,
        path: ['aws', 'ecr', 'registries', registry, 'regions', index],
      })),
    ),
    ...contexts.flatMap(({ eks, kops }, index) => [
      { region: eks?.region, path: ['contexts', index, 'eks', 'region'] },
      { region: kops?.region, path: ['contexts', index, 'kops', 'region'] },
    ]),
  ]
}

function regionFaults({ region, path }: Named): readonly RuleFault[] {
  if (region === undefined || !isMistypedRegion(region)) return []
  const meant = nearest(region, knownRegions)
  if (meant === undefined) return []
  const detail = `AWS has no region ${region}. Did you mean ${meant}?`
  return [{ kind: profileBadValue, path, at: 'value', detail }]
}
