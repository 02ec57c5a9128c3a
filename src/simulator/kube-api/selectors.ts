import { at, fieldsOf, type KubeObject, listOf, textOf } from './object.ts'
import { badRequest } from './status.ts'

/**
 * Whether labels fit a selector: `a=b`, `a==b`, `a!=b`, `a`, `!a`, `a in (b,c)`, `a notin (b,c)`, joined by commas.
 * @throws ApiError 400 for text that is none of these.
 */
export function matchesLabels(labels: Readonly<Record<string, string>>, selector: string): boolean {
  return splitOutsideBrackets(selector).every((part) => matchesRequirement(labels, part.trim()))
}

function splitOutsideBrackets(selector: string): readonly string[] {
  return selector.trim() === '' ? [] : selector.split(/,(?![^(]*\))/)
}

function matchesRequirement(labels: Readonly<Record<string, string>>, part: string): boolean {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(part)
  if (set !== null) {
    const [, key = '', operator, list = ''] = set
    const isIn = list
      .split(',')
      .map((value) => value.trim())
      .includes(labels[key] ?? '\n')
    return operator === 'in' ? isIn : !isIn
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)$/.exec(part)
  if (equality !== null) {
    const [, key = '', operator, value] = equality
    return operator === '!=' ? labels[key] !== value : labels[key] === value
  }
  const existence = /^(!?)([^=!\s]+)$/.exec(part)
  if (existence === null) throw badRequest(`unable to parse requirement: ${part}`)
  return existence[1] === '!' ? !((existence[2] ?? '') in labels) : (existence[2] ?? '') in labels
}

/** Whether an object fits a field selector such as `metadata.name=x,status.phase!=Running`. */
export function matchesFields(object: KubeObject, selector: string): boolean {
  return selector
    .split(',')
    .filter((part) => part.trim() !== '')
    .every((part) => {
      const [path = '', value = ''] = part.split(/!==?|==?/)
      const actual = at(object, ...path.trim().split('.'))
      // Numbers and booleans are written as JSON; an absent field is an empty text.
      const text = actual === undefined ? '' : (textOf(actual) ?? JSON.stringify(actual))
      const isEqual = text === value.trim()
      return part.includes('!=') ? !isEqual : isEqual
    })
}

/** Whether labels fit a LabelSelector of an object: `matchLabels` and `matchExpressions`; an absent one takes all. */
export function matchesSelector(labels: Readonly<Record<string, string>>, selector: unknown): boolean {
  const wanted = Object.entries(fieldsOf(at(selector, 'matchLabels')))
  const requirements = listOf(at(selector, 'matchExpressions'))
  return (
    wanted.every(([key, value]) => labels[key] === value) &&
    requirements.every((requirement) => matchesExpression(labels, requirement))
  )
}

function matchesExpression(labels: Readonly<Record<string, string>>, requirement: unknown): boolean {
  const value = labels[textOf(at(requirement, 'key')) ?? '']
  const isAmong = value !== undefined && listOf(at(requirement, 'values')).includes(value)
  switch (at(requirement, 'operator')) {
    case 'In':
      return isAmong
    case 'NotIn':
      return !isAmong
    case 'Exists':
      return value !== undefined
    default:
      return value === undefined
  }
}
