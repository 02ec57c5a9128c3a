import type { MappingRule } from './documents.ts'
import { compileExpression, type Expression } from './expression.ts'

// `aws.roles` of the profile, read once and tried on the roles that pods ask for.

/** The rule that counts; undefined where none matches; `unreadable`: the pattern of one that cannot be read. */
export type Ruled = MappingRule | undefined | { readonly unreadable: string }

export interface Rules {
  /** @param spellings of one role, as `spellingsOf` has them. */
  ruleOf(spellings: readonly string[]): Ruled
}

export const isRule = (ruled: Ruled): ruled is MappingRule => ruled !== undefined && 'gives' in ruled

/** Whether nothing may be given by it: one that cannot be read might have been the one that denies. */
export const isDenying = (ruled: Ruled): boolean =>
  ruled !== undefined && (!isRule(ruled) || ruled.gives.is === 'deny')

/**
 * For each spelling the first rule that matches it counts. Where they differ, the one that denies does: no way of writing
 * a role leads past it. Else the first of them.
 */
export function compileRules(rules: readonly MappingRule[]): Rules {
  const all = rules.map((rule) => ({ rule, expression: compileExpression(rule.expression) }))
  return {
    ruleOf(spellings) {
      const found = spellings.map((spelling) => firstOf(spelling, all))
      const denying = found.find(isDenying)
      if (denying !== undefined) return denying
      return rules.find((rule) => found.includes(rule))
    },
  }
}

interface ReadRule {
  readonly rule: MappingRule
  readonly expression: Expression | { readonly fault: string }
}

/** One that cannot be read ends the search. */
function firstOf(role: string, rules: readonly ReadRule[]): Ruled {
  for (const { rule, expression } of rules) {
    const matches = 'fault' in expression ? expression : expression.matches(role)
    if (typeof matches !== 'boolean') return { unreadable: rule.pattern }
    if (matches) return rule
  }
  return undefined
}
