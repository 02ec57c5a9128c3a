import type { RoleRules, RoleSays } from '../pods/roles.ts'
import { profileIn } from './assume-says.ts'

/**
 * AWS profiles that rules of `aws.roles` name, themselves or as what a pod gets instead, with the first rule that does:
 * they are signed in to for those pods, and are nobody's own.
 */
export function ruleProfiles(rules: Readonly<Record<string, RoleSays | null>>): ReadonlyMap<string, string> {
  const named = Object.entries(rules).flatMap(([pattern, says]): readonly (readonly [string, string])[] => {
    const profile = says === null ? undefined : profileNamedBy(says)
    return profile === undefined ? [] : [[profile, pattern]]
  })
  return new Map(named.toReversed())
}

const profileNamedBy = (says: RoleRules[string]): string | undefined =>
  profileIn(typeof says === 'string' ? says : says.fallback)
