import type { Plan } from './step.ts'

const schema = 'devk8s.dev/plan/v1'

/** A plan as a file: JSON, stable in order, readable in a review. */
export function renderSavedPlan(plan: Plan): string {
  return `${JSON.stringify(plan, null, 2)}\n`
}

/** The plan in a file, or one sentence that says why it is none. */
export function parseSavedPlan(text: string): Plan | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return text === '' ? 'the file is missing or empty' : 'the file is not JSON'
  }
  if (typeof value !== 'object' || value === null || !('schema' in value)) return 'the file holds no plan'
  if (value.schema !== schema) return `its schema is ${String(value.schema)}; this devk8s reads ${schema}`
  if (!('steps' in value) || !Array.isArray(value.steps) || !('profileHash' in value))
    return 'the plan has no steps'
  return value as Plan
}
