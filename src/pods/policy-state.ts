import { unknownKindIn } from '../kube/failures.ts'
import { callTimeoutMs, getArgs, kubectlCommand, parseObjects } from '../kube/kubectl.ts'
import type { KubeObject } from '../kube/object.ts'
import { keyOf, titleOf } from '../kube/object.ts'
import { managedLabel, managedSelector } from '../kube/objects.ts'
import type { KubectlRef, StepContext } from '../plan/step.ts'
import type { Change } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'

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
  const [before, after] = [literalTexts(now, 'serviceAccounts'), literalTexts(wanted, 'serviceAccounts')]
  const added = after.filter((account) => !before.includes(account))
  return added.length === 0
    ? { field, effect: 'in-place' }
    : { field, effect: 'in-place', to: `with service account ${added.join(', ')}` }
}

/** A list of texts that a policy was given as a literal; empty when it is not there or not such a list. */
export function literalTexts({ spec }: KubeObject, name: string): readonly string[] {
  const variables = asRecord(spec)['variables']
  const found = Array.isArray(variables)
    ? variables.map(asRecord).find((each) => each['name'] === name)
    : undefined
  try {
    const value: unknown = JSON.parse(String(found?.['expression']))
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
  } catch {
    return []
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
