import type { Command, Ran } from '../ports/exec.ts'
import type { Secret } from '../ports/secret.ts'
import type { Problem } from '../problems/problem.ts'
import { problem } from '../problems/problem.ts'
import { kubectlUnreadable } from '../problems/kubernetes.ts'
import { classifyFailure } from './failures.ts'
import type { KubeObject, KubectlTarget } from './object.ts'

/**
 * Longest wait, in seconds, for one request. kubectl makes several, and tries discovery five times
 * (recorded 290: 2 s became 10 s), so a whole call may take a multiple of it.
 */
const requestTimeoutS = 15

/** How long, in ms, a whole kubectl call may take: five discovery tries, and the request itself. */
export const callTimeoutMs = 6 * requestTimeoutS * 1000

/**
 * A call of kubectl against exactly this cluster: never against whatever the user's current context is. KUBERC=off:
 * kubectl 1.33 and later read ~/.kube/kuberc, which may set any flag of any command (kubectl: pkg/kuberc/kuberc.go,
 * DefaultGetPreferences); older ones do not know the variable.
 */
export function kubectlCommand(
  target: KubectlTarget,
  args: readonly string[],
  { changes, stdin }: { readonly changes: boolean; readonly stdin?: string | Secret },
): Command {
  return {
    tool: 'kubectl',
    program: target.program,
    args: [
      '--kubeconfig',
      target.kubeconfig,
      '--context',
      target.context,
      `--request-timeout=${requestTimeoutS}s`,
      ...args,
    ],
    env: { KUBERC: 'off' },
    ...(stdin === undefined ? {} : { stdin }),
    changes,
  }
}

/** `kubectl get` of several kinds in all namespaces, as one JSON list. */
export function getArgs(
  resources: readonly string[],
  { selector, namespace }: { readonly selector?: string; readonly namespace?: string } = {},
): readonly string[] {
  return [
    'get',
    resources.join(','),
    ...(namespace === undefined ? ['-A'] : ['-n', namespace]),
    ...(selector === undefined ? [] : ['-l', selector]),
    '-o',
    'json',
  ]
}

/**
 * The objects of a `get --output json`. The exit code comes first: on a broken answer kubectl prints a valid,
 * empty List and exits 1 (recorded 278, 279, 293, 300). Nothing at all with exit 0 is an absent object
 * (recorded 019). One object instead of a list is a list of one.
 */
export function parseObjects(
  ran: Ran,
  target: KubectlTarget,
): { readonly objects: readonly KubeObject[] } | { readonly problem: Problem } {
  const failure = classifyFailure(ran, target)
  if (failure !== undefined) return { problem: failure }
  if (ran.stdout.trim() === '') return { objects: [] }
  let value: unknown
  try {
    value = JSON.parse(ran.stdout)
  } catch {
    value = undefined
  }
  if (isObject(value) && Array.isArray(value['items']))
    return { objects: value['items'].filter(isKubeObject) }
  if (isKubeObject(value)) return { objects: [value] }
  return {
    problem: problem(kubectlUnreadable, {
      detail: `kubectl (${target.program}) exited 0 and did not print JSON.`,
    }),
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isKubeObject(value: unknown): value is KubeObject {
  return (
    isObject(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isObject(value['metadata']) &&
    typeof value['metadata']['name'] === 'string'
  )
}
