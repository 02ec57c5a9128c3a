/** What the profile's `aws.roles` says of a role: `developer`, `assume`, `deny`, `profile:NAME`, or how to assume it. */
export type RoleSays = string | AssumeSays
export type RoleRules = Readonly<Record<string, RoleSays>>

export interface AssumeSays {
  /** The role itself, or the role of that name with `-dev` behind it. */
  readonly assume: 'self' | 'twin'
  /** Where AWS does not let one assume it: `developer`, `profile:NAME`, or `deny`, which it is unless told. */
  readonly fallback?: string
  /** Statements of an IAM policy that the session gets besides; pushing to ECR is denied anyway. */
  readonly policy?: readonly Readonly<Record<string, unknown>>[]
}

/** In a word, as people write it: `assume` for whatever way of assuming. */
export const saysText = (says: RoleSays): string => (typeof says === 'string' ? says : 'assume')

/** One line of `aws.roles`, made to be matched. */
export interface RoleRule {
  /** As the profile has it: a name or an ARN, with `*` for anything. */
  readonly pattern: string
  readonly says: RoleSays
  /** An expression that Go's RE2 and JavaScript read alike, anchored at both ends. */
  readonly expression: string
}

/**
 * The rules in the order in which they are tried: those without `*` first, then the more of a pattern is written out, the
 * earlier. A name means the role of that name in any account and path; an ARN means the bare name as well, since
 * kube2iam's annotation may hold either, unless it is about all roles of an account.
 */
export function orderedRules(rules: RoleRules): readonly RoleRule[] {
  const stars = (pattern: string) => (pattern.includes('*') ? 1 : 0)
  const writtenOut = (pattern: string) => pattern.replaceAll('*', '').length
  return Object.entries(rules)
    .map(([pattern, says]) => ({ pattern, says, expression: expressionOf(pattern) }))
    .toSorted(
      (a, b) =>
        stars(a.pattern) - stars(b.pattern) ||
        writtenOut(b.pattern) - writtenOut(a.pattern) ||
        (a.pattern < b.pattern ? -1 : 1),
    )
}

/**
 * The role that an annotation names, without white space around it; undefined when it names none. No role's name has any,
 * so it must not make another role of one that is denied. White space as CEL's `trim` has it: that of Unicode, without
 * the byte order mark that JavaScript's takes for one.
 */
export function roleIn(
  annotations: Readonly<Record<string, string>> | undefined,
  name: string,
): string | undefined {
  const role = trimmed(annotations?.[name] ?? '')
  return role === '' ? undefined : role
}

const white = /(?:[^\S\uFEFF]|\u0085)/
const trimmed = (text: string): string =>
  text.replace(new RegExp(`^${white.source}+`), '').replace(new RegExp(`${white.source}+$`), '')

/** What the profile says of this role; undefined when it says nothing, which means `developer`. */
export function ruleFor(role: string, rules: RoleRules): RoleRule | undefined {
  return orderedRules(rules).find(({ expression }) => new RegExp(expression).test(role))
}

export function isDenied(role: string, rules: RoleRules): boolean {
  return ruleFor(role, rules)?.says === 'deny'
}

function expressionOf(pattern: string): string {
  const [, account, path] = /^(arn:.*?:role\/)(.*)$/.exec(pattern) ?? []
  if (account === undefined || path === undefined) return `^(arn:[^/]*:role/)?([^:]*/)?${escaped(pattern)}$`
  const isWhole = path.replaceAll('*', '') === ''
  // A slash before a name means nothing (kiam, arn_resolver.go), and leads past nothing.
  return isWhole ? `^(${escaped(account)})${escaped(path)}$` : `^(${escaped(account)}|/+)?${escaped(path)}$`
}

/** No role's name or path has a colon, so `*` leads out of no part of an ARN. */
function escaped(pattern: string): string {
  return pattern.replaceAll(/[.+]/g, '[$&]').replaceAll('*', '[^:]*')
}
