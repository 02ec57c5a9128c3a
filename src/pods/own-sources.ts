import { classifyFailure } from '../kube/failures.ts'
import { callTimeoutMs, kubectlCommand } from '../kube/kubectl.ts'
import { isRecord } from '../kubeconfig/entries.ts'
import type { KubeObject } from '../kube/object.ts'
import type { KubectlRef, StepContext } from '../plan/step.ts'
import type { Problem } from '../problems/problem.ts'
import { keysSecret, ownCredentials, ownCredentialsPrefix } from './names.ts'

/**
 * Secrets and ConfigMaps that hold credentials, `Secret shop/mine`, each with the variable by which they do. Whoever takes
 * all variables from one has credentials of its own, which the policy cannot see: it is told of them.
 */
export type OwnSources = ReadonlyMap<string, string>

/** Those among objects that are to be applied, sorted. */
export function ownSourcesIn(objects: readonly KubeObject[]): readonly string[] {
  const found = objects.filter(
    ({ kind, metadata, data, stringData }) =>
      (kind === 'Secret' || kind === 'ConfigMap') &&
      metadata.name !== keysSecret &&
      [data, stringData].some((values) => isRecord(values) && variables.some((name) => name in values)),
  )
  return found
    .map(({ kind, metadata: { name, namespace = 'default' } }) => sourceIn(namespace, `${kind} ${name}`))
    .toSorted()
}

/** As a variable of a policy, and `aws whoami`, name one. @param source `Secret NAME` or `ConfigMap NAME`. */
export function sourceIn(namespace: string, source: string): string {
  const [kind = '', name = ''] = source.split(' ')
  return `${kind} ${namespace}/${name}`
}

const variables = [
  ...ownCredentials,
  ...['FULL_URI', 'RELATIVE_URI'].map((rest) => `${ownCredentialsPrefix}${rest}`),
]

/** For each variable, a line for each object that has it: names alone, so that no value comes out of kubectl. */
const template = variables
  .map(
    (name) =>
      `{range .items[?(@.data.${name})]}{.kind}{" "}{.metadata.namespace}{"/"}{.metadata.name}{" ${name}\\n"}{end}`,
  )
  .join('')

/**
 * One call of kubectl. Those of devk8s itself are left out.
 * @param namespace all namespaces unless told.
 */
export async function readOwnSources(
  { kubectl, namespace }: { readonly kubectl: KubectlRef; readonly namespace?: string },
  { ports, signal }: Pick<StepContext, 'ports' | 'signal'>,
): Promise<{ readonly sources: OwnSources } | { readonly problem: Problem }> {
  const where = namespace === undefined ? ['-A'] : ['-n', namespace]
  const args = ['get', 'secrets,configmaps', ...where, '-o', `jsonpath=${template}`]
  const command = kubectlCommand(kubectl, args, { changes: false })
  const ran = await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal })
  const failure = classifyFailure(ran, kubectl)
  return failure === undefined ? { sources: parseOwnSources(ran.stdout) } : { problem: failure }
}

function parseOwnSources(text: string): OwnSources {
  const found = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [kind, place, variable] = line.split(' ')
    if (kind === undefined || place === undefined || variable === undefined) continue
    const source = `${kind} ${place}`
    if (!place.endsWith(`/${keysSecret}`) && !found.has(source)) found.set(source, variable)
  }
  return found
}
