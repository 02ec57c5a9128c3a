import { classifyFailure } from '../kube/failures.ts'
import { kubectlCommand } from '../kube/kubectl.ts'
import type { KubectlTarget, KubeObject } from '../kube/object.ts'
import { upkeepSelector } from '../kube/objects.ts'
import type { StepContext } from '../plan/step.ts'
import { keysSecret, pullSecret } from '../pods/names.ts'
import { sessionsSecret } from '../roles/names.ts'
import { DevK8sError, type Problem } from '../problems/problem.ts'
import { type UpkeepPart, upkeepParts } from './upkeep.ts'

/** A Secret in the cluster, by its place alone. */
export interface SecretPlace {
  readonly namespace: string
  readonly name: string
}

type Context = Pick<StepContext, 'ports' | 'signal'>

/** The Secret that the registry-creds add-on takes its AWS keys from (facts aws, 2.6). */
const addonSecret = 'registry-creds-ecr'
const secretsOf: { readonly [P in UpkeepPart]: readonly string[] } = {
  policies: [],
  images: [pullSecret, addonSecret],
  pods: [keysSecret],
  agent: [sessionsSecret],
}

/** Whoever stops a cluster does not wait for one that hangs. */
const lookTimeoutMs = 20_000
const deleteTimeoutMs = 90_000

/**
 * Where in the cluster keys of ours are: Secrets with our label and one of our names. Asked for as the table that
 * people see, so that no value of a Secret leaves the server.
 * @param parts whose keys are meant.
 */
export async function keysIn(
  target: KubectlTarget,
  { ports, signal }: Context,
  parts: readonly UpkeepPart[] = upkeepParts,
): Promise<{ readonly secrets: readonly SecretPlace[] } | { readonly problem: Problem }> {
  const args = ['get', 'secrets', '-A', '-l', upkeepSelector]
  const how = { timeoutMs: lookTimeoutMs, signal }
  const ran = await ports.exec.run(kubectlCommand(target, args, { changes: false }), how)
  const problem = classifyFailure(ran, target)
  return problem === undefined ? { secrets: parseSecretTable(ran.stdout, parts) } : { problem }
}

/** `NAMESPACE NAME TYPE DATA AGE`, a Secret a line, below that heading; nothing at all when there is none. */
export function parseSecretTable(
  stdout: string,
  parts: readonly UpkeepPart[] = upkeepParts,
): readonly SecretPlace[] {
  const ours = new Set(parts.flatMap((part) => secretsOf[part]))
  return stdout
    .split(/\r?\n/)
    .slice(1)
    .flatMap((line) => {
      const [namespace, name] = line.split(/\s+/)
      return namespace !== undefined && name !== undefined && ours.has(name) ? [{ namespace, name }] : []
    })
}

/**
 * Deletes these Secrets in one call of kubectl.
 * @throws DevK8sError of the DK40xx that kubectl's failure means.
 */
export async function removeKeys(
  target: KubectlTarget,
  secrets: readonly SecretPlace[],
  context: Context,
): Promise<void> {
  const objects = secrets.map((metadata) => ({ apiVersion: 'v1', kind: 'Secret', metadata }))
  return removeObjects(target, objects, context)
}

/**
 * Deletes these objects, those that are there, in one call of kubectl.
 * @throws DevK8sError of the DK40xx that kubectl's failure means.
 */
export async function removeObjects(
  target: KubectlTarget,
  objects: readonly KubeObject[],
  { ports, signal }: Context,
): Promise<void> {
  if (objects.length === 0) return
  const items = objects.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    metadata: namespace === undefined ? { name } : { name, namespace },
  }))
  const command = kubectlCommand(target, ['delete', '-f', '-', '--ignore-not-found', '--wait=false'], {
    changes: true,
    stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  })
  const ran = await ports.exec.run(command, { timeoutMs: deleteTimeoutMs, signal })
  const problem = classifyFailure(ran, target)
  if (problem !== undefined) throw new DevK8sError(problem)
}
