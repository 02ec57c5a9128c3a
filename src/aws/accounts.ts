/** `aws.accounts` of a team's profile. */
export interface AccountRules {
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
}

/** Whether a team lets keys of an account into a cluster. What is denied is denied, allowed or not. */
export function isAllowedAccount({ allow, deny = [] }: AccountRules, account: string): boolean {
  return !deny.includes(account) && (allow === undefined || allow.includes(account))
}
