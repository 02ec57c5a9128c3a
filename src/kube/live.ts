import type { Exec } from '../ports/exec.ts'
import type { Problem } from '../problems/problem.ts'
import { unknownKindIn } from './failures.ts'
import { callTimeoutMs, getArgs, kubectlCommand, parseObjects } from './kubectl.ts'
import type { KubeObject, KubectlTarget } from './object.ts'
import { resourceOf } from './object.ts'
import { managedSelector, upkeepLabel } from './objects.ts'

/** Read together whatever a step needs, so that all steps of a run can share one call. */
const usualResources = [
  'Namespace',
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'Service',
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'Job.batch',
  'Ingress.networking.k8s.io',
]

export type Live = { readonly objects: readonly KubeObject[] } | { readonly problem: Problem }

/** What to ask for so that these objects are among the answers; the same for most manifests. */
export function resourcesFor(objects: readonly KubeObject[]): readonly string[] {
  const others = objects.map(resourceOf).filter((resource) => !usualResources.includes(resource))
  return [...usualResources, ...new Set(others.toSorted())]
}

/** All live objects of these kinds that carry our label, in one call; without Secrets that are kept fresh elsewhere. */
export async function readManaged(
  exec: Exec,
  target: KubectlTarget,
  resources: readonly string[],
  signal: AbortSignal,
): Promise<Live> {
  return readLive(exec, target, resources, { selector: `${managedSelector},!${upkeepLabel}` }, signal)
}

/**
 * Live objects of these kinds, in one call. kubectl fails as a whole when the server does not know one of the
 * kinds (recorded 023), as before its CRD is there; such a kind has no objects, so it is left out and asked
 * again.
 */
export async function readLive(
  exec: Exec,
  target: KubectlTarget,
  resources: readonly string[],
  which: { readonly selector?: string; readonly namespace?: string },
  signal: AbortSignal,
): Promise<Live> {
  let rest = resources
  while (rest.length > 0) {
    const command = kubectlCommand(target, getArgs(rest, which), { changes: false })
    const ran = await exec.run(command, { timeoutMs: callTimeoutMs, signal })
    const unknown = ran.exitCode === 0 ? undefined : unknownKindIn(ran.stderr)
    const known = rest.filter((resource) => resource !== unknown && resource.split('.')[0] !== unknown)
    if (unknown === undefined || known.length === rest.length) return parseObjects(ran, target)
    rest = known
  }
  return { objects: [] }
}

/** Those of these objects that exist, whoever made them; one call for each namespace. */
export async function readNamed(
  exec: Exec,
  target: KubectlTarget,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Live> {
  const found: KubeObject[] = []
  for (const namespace of new Set(objects.map(({ metadata }) => metadata.namespace ?? 'default'))) {
    const names = objects
      .filter(({ metadata }) => (metadata.namespace ?? 'default') === namespace)
      .map((object) => `${resourceOf(object)}/${object.metadata.name}`)
    // recorded 019: nothing is printed, exit 0, when none is there
    const args = ['get', ...names, '-n', namespace, '--ignore-not-found', '-o', 'json']
    const ran = await exec.run(kubectlCommand(target, args, { changes: false }), {
      timeoutMs: callTimeoutMs,
      signal,
    })
    const parsed = parseObjects(ran, target)
    if ('problem' in parsed) return parsed
    found.push(...parsed.objects)
  }
  return { objects: found }
}
