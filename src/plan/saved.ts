import type { KubeObject } from '../kube/object.ts'
import type { UpOptions } from './compile.ts'
import type { Plan, Step } from './step.ts'

const schema = 'devk8s.dev/plan/v1'

/**
 * A plan as a file: JSON, stable in order, readable in a review. Of a Secret it holds the hash of what is to be
 * applied and not the content: a plan is passed around.
 */
export function renderSavedPlan(plan: Plan): string {
  const steps = plan.steps.map((step) => withObjects(step, (objects) => objects.map(withoutContent)))
  return `${JSON.stringify({ ...plan, steps }, null, 2)}\n`
}

function withoutContent(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret') return object
  const { data: _data, stringData: _stringData, ...rest } = object
  return rest
}

/**
 * The plan in a file, or one sentence that says why it is none. What its steps want is not looked at: before anything
 * is taken from it, it is compared with the plan that would be made now.
 */
export function parseSavedPlan(text: string): Plan | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return text === '' ? 'the file is missing or empty' : 'the file is not JSON'
  }
  if (typeof value !== 'object' || value === null || !('schema' in value)) return 'the file holds no plan'
  if (value.schema !== schema) return `its schema is ${String(value.schema)}; this devk8s reads ${schema}`
  if (!('steps' in value) || !Array.isArray(value.steps)) return 'the plan has no steps'
  const { profile, profileHash } = value as Readonly<Record<string, unknown>>
  if (typeof profile !== 'string' || typeof profileHash !== 'string') return 'the plan names no profile'
  if (!value.steps.every(isStep)) return 'a step of the plan is not whole'
  return value as Plan
}

function isStep(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { id, kind, title, want, needs } = value as Readonly<Record<string, unknown>>
  const hasWant = typeof want === 'object' && want !== null
  return [id, kind, title].every((text) => typeof text === 'string') && hasWant && Array.isArray(needs)
}

/** What the flags of the run that saved the plan asked for, read from its steps. */
export function optionsOf({ steps }: Plan): UpOptions {
  return {
    recreate: steps.some((step) => step.kind === 'cluster.running' && step.want.recreate),
    makeCurrent: steps.some((step) => step.kind === 'context.present' && step.want.makeCurrent === 'always'),
    verify: steps.some(({ kind }) => kind === 'sample.served'),
  }
}

/** Where a saved plan and the one that would be made now part. */
export interface Difference {
  /** The title of the step, as it would be now where there is one. */
  readonly step: string
  /** What of it: `want.cluster.cpus`, or that the whole step is only in one of the two. */
  readonly what: string
}

/**
 * The first difference of a saved plan to the plan as it would be made now with the same options, if there is one.
 * Everything counts but the content of Secrets, which the file does not hold: that is told by its hash. So nothing of
 * the file itself has to be carried out, and what was reviewed is what happens.
 */
export function differenceOf(saved: Plan, present: Plan): Difference | undefined {
  const now = JSON.parse(renderSavedPlan(present)) as Plan
  const later = new Map(now.steps.map((step) => [step.id, step]))
  for (const step of saved.steps) {
    const twin = later.get(step.id)
    if (twin === undefined) return { step: step.title, what: 'it would not be a step now' }
    const field = differentField(step, twin)
    if (field !== undefined) return { step: twin.title, what: field }
  }
  const ids = new Set(saved.steps.map(({ id }) => id))
  const missing = now.steps.find(({ id }) => !ids.has(id))
  if (missing !== undefined) return { step: missing.title, what: 'it is not in the plan' }
  const what = differentField(saved, now)
  return what === undefined ? undefined : { step: 'the plan', what }
}

/** The path to the first field in which two JSON values differ; undefined when they are equal. */
function differentField(a: unknown, b: unknown, path = ''): string | undefined {
  if (Object.is(a, b)) return undefined
  if (!isRecord(a) || !isRecord(b) || Array.isArray(a) !== Array.isArray(b)) return path
  for (const key of new Set([...Object.keys(b), ...Object.keys(a)])) {
    const below = path === '' ? key : `${path}.${key}`
    if (Object.hasOwn(a, key) !== Object.hasOwn(b, key)) return below
    const found = differentField(a[key], b[key], below)
    if (found !== undefined) return found
  }
  return undefined
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/**
 * What differs between the places of two plans, e.g. of one made in a rehearsal: `home: /a/.minikube in the plan,
 * /b/.minikube here`. Undefined when a saved plan was made for this place.
 */
export function otherPlace(saved: Plan, present: Plan): string | undefined {
  const here = new Map(placesOf(present))
  const found = placesOf(saved).find(([name, path]) => here.get(name) !== path)
  return found && `${found[0]}: ${found[1]} in the plan, ${here.get(found[0]) ?? 'none'} here`
}

/** Of a file anybody may have edited: a want may lack any of it, which the comparison of the steps then tells. */
function placesOf({ steps }: Plan): readonly (readonly [string, string])[] {
  return steps.flatMap((step) => {
    const named = (name: string, ...path: readonly string[]): readonly (readonly [string, string])[] => {
      const value = path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), step.want)
      if (typeof value === 'string') return [[name, value]]
      const isList = Array.isArray(value) && value.every((each) => typeof each === 'string')
      return isList ? [[name, value.join(', ')]] : []
    }
    switch (step.kind) {
      case 'tool.present':
        return named(step.id, 'path')
      case 'cluster.running':
        return [
          ...named('minikube', 'minikube', 'program'),
          ...named('minikube home', 'minikube', 'home'),
          ...named('private kubeconfig', 'minikube', 'kubeconfig'),
        ]
      case 'context.present':
        return named('kubeconfig', 'userKubeconfig')
      default:
        return []
    }
  })
}

function withObjects(step: Step, change: (objects: readonly KubeObject[]) => readonly KubeObject[]): Step {
  switch (step.kind) {
    case 'objects.applied':
      return { ...step, want: { ...step.want, objects: change(step.want.objects) } }
    case 'sample.served':
      return { ...step, want: { ...step.want, objects: change(step.want.objects) } }
    default:
      return step
  }
}
