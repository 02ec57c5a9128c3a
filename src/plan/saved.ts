import { hashAnnotation } from '../kube/objects.ts'
import type { KubeObject } from '../kube/object.ts'
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
  if (!value.steps.every(isStep)) return 'a step of the plan is not whole'
  return value as Plan
}

function isStep(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { id, kind, title, want, needs } = value as Readonly<Record<string, unknown>>
  const hasWant = typeof want === 'object' && want !== null
  return [id, kind, title].every((text) => typeof text === 'string') && hasWant && Array.isArray(needs)
}

/**
 * The saved plan with the objects as the manifests have them now, Secrets whole. Objects of the saved file itself
 * are never applied: they only say, by their hashes, which ones were reviewed.
 * @param present the plan as it would be made now.
 * @returns the title of the first step that would not be made now, or not with the objects that were saved, if there
 *   is one.
 */
export function withPresentObjects(
  saved: Plan,
  present: Plan,
): { readonly plan: Plan } | { readonly changed: string } {
  const now = new Map(present.steps.map((step) => [step.id, step]))
  const steps: Step[] = []
  for (const step of saved.steps) {
    const twin = now.get(step.id)
    if (twin?.kind !== step.kind) return { changed: step.title }
    const objects = objectsOf(twin)
    if (hashesOf(objectsOf(step)) !== hashesOf(objects)) return { changed: step.title }
    steps.push(withObjects(step, () => objects))
  }
  return { plan: { ...saved, steps } }
}

const hashesOf = (objects: readonly KubeObject[]) =>
  objects.map(({ metadata }) => metadata.annotations?.[hashAnnotation] ?? '').join(' ')

/**
 * What differs between the places of two plans, e.g. of one made in a rehearsal: `home: /a/.minikube in the plan,
 * /b/.minikube here`. Undefined when a saved plan was made for this place.
 */
export function otherPlace(saved: Plan, present: Plan): string | undefined {
  const here = new Map(placesOf(present))
  const found = placesOf(saved).find(([name, path]) => here.get(name) !== path)
  return found && `${found[0]}: ${found[1]} in the plan, ${here.get(found[0]) ?? 'none'} here`
}

function placesOf({ steps }: Plan): readonly (readonly [string, string])[] {
  return steps.flatMap((step): readonly (readonly [string, string])[] => {
    switch (step.kind) {
      case 'tool.present':
        return [[step.want.tool, step.want.path]]
      case 'cluster.running':
        return [
          ['minikube', step.want.minikube.program],
          ['minikube home', step.want.minikube.home],
          ['private kubeconfig', step.want.minikube.kubeconfig],
        ]
      case 'context.present':
        return [['kubeconfig', step.want.userKubeconfig.join(', ')]]
      default:
        return []
    }
  })
}

function objectsOf(step: Step): readonly KubeObject[] {
  return step.kind === 'objects.applied' || step.kind === 'sample.served' ? step.want.objects : []
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
