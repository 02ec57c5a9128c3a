import type { Restrictions } from './documents.ts'
import { matchExpression, mostLooks } from './expression.ts'
import { shown } from './words.ts'

// What a namespace says of the roles of its pods, meant as kube2iam and kiam mean it. Both are asked where both stand:
// which of the two the remote cluster runs is not known here.

/** kube2iam's `--namespace-key`. */
export const allowedRoles = 'iam.amazonaws.com/allowed-roles'
/** kiam. */
export const permitted = 'iam.amazonaws.com/permitted'

/** More than a person writes. Whoever may write on a namespace shares the agent's one thread with everybody. */
const mostEntries = 200
const longestAnnotation = 20_000

export interface RoleToCheck {
  /** As far as it is complete: a name as long as no account is known. */
  readonly arn: string
  readonly namespace: string
  /** Empty when it is not known. */
  readonly baseRoleArn: string
}

/**
 * Why the remote cluster would not give this role to a pod of the namespace; undefined where it would, and where the
 * namespace has neither annotation: which clusters enforce them at all is a flag of theirs.
 */
export function restrictedBy(
  role: RoleToCheck,
  annotations: Readonly<Record<string, string>>,
  format: Restrictions['format'],
): string | undefined {
  const allowed = annotations[allowedRoles]
  const byKube2iam = allowed === undefined ? undefined : byAllowedRoles(role, allowed, format)
  const expression = annotations[permitted]
  return byKube2iam ?? (expression === undefined ? undefined : byPermitted(role, expression))
}

/**
 * kube2iam (mappings/mapper.go, checkRoleForNamespace): each entry is completed as a role is, then tried on the whole ARN;
 * an entry that cannot be read matches nothing.
 */
function byAllowedRoles(
  { arn, namespace, baseRoleArn }: RoleToCheck,
  annotation: string,
  format: Restrictions['format'],
): string | undefined {
  const where = `The namespace ${namespace} has ${allowedRoles}: ${shown(annotation)}`
  const entries = annotation.length > longestAnnotation ? 'too-much' : entriesOf(annotation)
  if (entries === undefined) return `${where}, which is no JSON list, so that kube2iam gives no role there.`
  if (entries === 'too-much' || entries.length > mostEntries) {
    return `${where}, which is more than devk8s reads: ${mostEntries} entries, ${longestAnnotation} characters.`
  }
  const budget = { looks: mostLooks }
  const faults: string[] = []
  for (const entry of entries) {
    const complete = entry.toLowerCase().startsWith('arn:') ? entry : `${baseRoleArn}${entry}`
    const matches = format === 'regexp' ? matchExpression(complete, arn, budget) : matchGlob(complete, arn)
    if (matches === true) return undefined
    if (matches !== false) faults.push(`“${shown(entry)}” cannot be read: ${matches.fault}`)
    if (budget.looks < 0) break
  }
  return `${where}, which does not include ${shown(arn)}.${faultsText(faults)}`
}

/** What is wrong with the first one; of others only how many. */
function faultsText([first, ...others]: readonly string[]): string {
  if (first === undefined) return ''
  return others.length === 0 ? ` ${first}.` : ` ${first}, and ${others.length} more.`
}

/**
 * As Go's json.Unmarshal fills a `[]string`: what is no text counts as an empty one, which matches what the base ARN
 * matches (namespace.go, GetNamespaceRoleAnnotation). Undefined for what is no list.
 */
function entriesOf(annotation: string): readonly string[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(annotation)
  } catch {
    return undefined
  }
  return Array.isArray(value)
    ? value.map((each: unknown) => (typeof each === 'string' ? each : ''))
    : undefined
}

/**
 * github.com/ryanuber/go-glob 1.0.0, which kube2iam uses: `*` stands for anything, nothing else for something else. Its parts
 * are looked for one behind the other, each where it is first; the last one where the text ends.
 */
export function matchGlob(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const [first = '', ...others] = parts
  const last = others.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first)) return false
  let rest = text.slice(first.length)
  for (const part of others) {
    const at = rest.indexOf(part)
    if (at < 0) return false
    rest = rest.slice(at + part.length)
  }
  return rest.endsWith(last)
}

/** kiam (pkg/server/policy.go), strict as it is unless told: the expression between `^` and `$`, on the whole ARN. */
function byPermitted({ arn, namespace }: RoleToCheck, expression: string): string | undefined {
  const where = `The namespace ${namespace} has ${permitted}: ${shown(expression)}`
  if (expression === '') return `${where}nothing, and kiam gives no role there.`
  const matches = matchExpression(`^${expression}$`, arn)
  if (matches === true) return undefined
  if (matches === false) return `${where}, which does not match ${shown(arn)}.`
  return `${where}, which cannot be read: ${matches.fault}.`
}
