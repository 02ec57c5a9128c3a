import * as v from 'valibot'
import * as is from './values.ts'

// `aws.roles`: what a pod gets in place of a role.

const must =
  'the name or ARN of an IAM role, with * for anything, such as payments-* or arn:aws:iam::*:role/shop'

/** The keys are held against roles as manifests have them; one that no role can match does nothing, unnoticed. */
const rolePattern = v.pipe(
  v.string(),
  v.regex(/^[\w+=,.@/:*-]+$/, must),
  v.check(canBeRole, must),
  v.description(must),
)

/** By what stands before the first `*`: whether the ARN of a role can go on from there. Names have no colon. */
function canBeRole(pattern: string): boolean {
  const [head = '', ...more] = pattern.split('*')
  if (!head.includes(':')) return true
  const start = 'arn:aws:iam::000000000000:role/'
  // Any partition and any account are as good as these; what is behind them stays.
  const plain = head.replace(/^arn:aws[a-z-]*(?=:|$)/, 'arn:aws').replaceAll(/\d/g, '0')
  const isBegun = more.length > 0 && start.startsWith(plain)
  return isBegun || (plain.startsWith(start) && (more.length > 0 || plain.length > start.length))
}

const effect = is.described(v.picklist(['Allow', 'Deny']), 'Allow or Deny')

const oneOrMore = <const S extends v.GenericSchema<string>>(each: S, what: string) =>
  is.described(v.union([each, v.pipe(v.array(each), v.minLength(1, what))]), what)

const actions = oneOrMore(
  is.formed(/^(?:\*|[\w-]+:[\w*?]+)$/, 'an action, such as s3:GetObject'),
  'an action, such as s3:GetObject, or a list of them',
)

const resources = oneOrMore(
  is.formed(/^(?:\*|arn:[^\p{Cc}]+)$/u, 'an ARN or *'),
  'an ARN or *, or a list of them',
)

/** As IAM has them for a session (IAM user guide, "Grammar of the IAM JSON policy language"): without a principal. */
const statement = v.pipe(
  v.strictObject({
    Sid: v.exactOptional(is.formed(/^[A-Za-z0-9]*$/, 'a name of letters and digits')),
    Effect: effect,
    Action: v.exactOptional(actions),
    NotAction: v.exactOptional(actions),
    Resource: v.exactOptional(resources),
    NotResource: v.exactOptional(resources),
    Condition: v.exactOptional(
      is.described(v.record(v.string(), v.record(v.string(), v.unknown())), 'conditions of IAM by operator'),
    ),
  }),
  v.check(
    ({ Action, NotAction }) => (Action === undefined) !== (NotAction === undefined),
    'a statement with either Action or NotAction',
  ),
  v.check(
    ({ Resource, NotResource }) => (Resource === undefined) !== (NotResource === undefined),
    'a statement with either Resource or NotResource',
  ),
  v.description('a statement: { Effect, Action, Resource }'),
)

const fallback = is.formed(/^(?:developer|deny|profile:[^\s\p{Cc}]+)$/u, 'developer, deny or profile:NAME')

const roleSays = v.union([
  is.formed(/^(?:developer|assume|deny|profile:[^\s\p{Cc}]+)$/u, 'developer, assume, deny or profile:NAME'),
  v.strictObject({
    assume: is.described(
      v.picklist(['self', 'twin']),
      'the role itself, or the one with -dev behind its name',
    ),
    fallback: v.exactOptional(fallback),
    policy: v.exactOptional(is.described(v.array(statement), 'statements of a session policy')),
  }),
])

export const rolesSchema = is.described(
  v.record(rolePattern, is.removable(roleSays)),
  'what a pod gets in place of a role: developer, assume, deny, profile:NAME or { assume, fallback, policy }',
)
