import { unknownKindIn } from '../kube/failures.ts'
import { callTimeoutMs, getArgs, kubectlCommand, parseObjects } from '../kube/kubectl.ts'
import type { KubeObject } from '../kube/object.ts'
import { keyOf, titleOf } from '../kube/object.ts'
import { managedLabel, managedSelector } from '../kube/objects.ts'
import type { KubectlRef, StepContext } from '../plan/step.ts'
import type { Change } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'
import { isPartOf } from './cel-lists.ts'

/** Without their group: kubectl takes its last two parts for version and group, and asks the server for all it has. */
export const policyKinds = ['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'] as const

/** Our policies in a cluster; `isServed` is false where its API server has no such kind. */
export interface LivePolicies {
  readonly isServed: boolean
  readonly objects: readonly KubeObject[]
}

/** Reads our policies and their bindings in one call of kubectl. */
export async function readPolicies(
  kubectl: KubectlRef,
  { ports, signal }: Pick<StepContext, 'ports' | 'signal'>,
): Promise<LivePolicies | { readonly problem: Problem }> {
  const command = kubectlCommand(kubectl, getArgs(policyKinds, { selector: managedSelector }), {
    changes: false,
  })
  const ran = await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal })
  if (ran.exitCode !== 0 && unknownKindIn(ran.stderr) !== undefined) return { isServed: false, objects: [] }
  const parsed = parseObjects(ran, kubectl)
  return 'problem' in parsed ? parsed : { isServed: true, objects: parsed.objects }
}

/** With our label, by which they are found again and removed. */
export function labelled(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.map((object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, [managedLabel]: 'true' } },
  }))
}

/** What of the wanted policies the cluster lacks or has otherwise, and those of ours that nobody wants any more. */
export function policyChanges(wanted: readonly KubeObject[], live: readonly KubeObject[]): readonly Change[] {
  const byKey = new Map(live.map((object) => [keyOf(object), object]))
  const keys = new Set(wanted.map(keyOf))
  return [
    ...wanted.flatMap((object): readonly Change[] => {
      const now = byKey.get(keyOf(object))
      if (now === undefined) return [{ field: titleOf(object), effect: 'create' }]
      return covers(now['spec'], object['spec']) ? [] : [changeOf(now, object)]
    }),
    ...live
      .filter((object) => !keys.has(keyOf(object)))
      .map((object): Change => ({ field: titleOf(object), effect: 'remove' })),
  ]
}

function changeOf(now: KubeObject, wanted: KubeObject): Change {
  const field = titleOf(wanted)
  const addedTo = (name: string) => {
    const before = new Set(literalTexts(now, name))
    return literalTexts(wanted, name).filter((each) => !before.has(each))
  }
  const [accounts, sources] = [addedTo('serviceAccounts'), addedTo('ownSources')]
  const to = [
    ...(accounts.length === 0 ? [] : [`with service account ${accounts.join(', ')}`]),
    ...(sources.length === 0 ? [] : [`without containers that have keys from ${sources.join(', ')}`]),
  ]
  return { field, effect: 'in-place', ...(to.length === 0 ? {} : { to: to.join('; ') }) }
}

/** A list of texts that a policy was given as literals; empty when it is not there or not such a list. */
export function literalTexts({ spec }: KubeObject, name: string): readonly string[] {
  const variables = asRecord(spec)['variables']
  if (!Array.isArray(variables)) return []
  return variables
    .map(asRecord)
    .filter((each) => isPartOf(String(each['name']), name))
    .flatMap((each) => textsIn(String(each['expression'])))
}

/** A text that a policy was given as a literal; undefined when it was given none, or an empty one. */
export function literalText({ spec }: KubeObject, name: string): string | undefined {
  const variables = asRecord(spec)['variables']
  const found = Array.isArray(variables)
    ? variables.map(asRecord).find((each) => each['name'] === name)
    : undefined
  const value = valueIn(String(found?.['expression']))
  return typeof value === 'string' && value !== '' ? value : undefined
}

function textsIn(expression: string): readonly string[] {
  const value = valueIn(expression)
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

/** Undefined for an expression that is computed. */
function valueIn(expression: string): unknown {
  try {
    return JSON.parse(expression)
  } catch {
    return undefined
  }
}

/** Whether all that is wanted is there; the API server adds defaults of its own. */
function covers(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) &&
      live.length === wanted.length &&
      wanted.every((each, at) => covers(live[at], each))
    )
  }
  if (typeof wanted !== 'object' || wanted === null) return live === wanted
  return Object.entries(wanted).every(([key, value]) => covers(asRecord(live)[key], value))
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {}
}
