import type { Upkeep } from './upkeep.ts'

/** Tells identities apart, as Secrets that are kept fresh name the one they are of: profile and role, both public. */
export function sourceKey({ profile, roleArn }: Upkeep['source']): string {
  return JSON.stringify([profile ?? '', roleArn ?? ''])
}
