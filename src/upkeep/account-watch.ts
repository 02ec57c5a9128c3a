import { kubectlCommand } from '../kube/kubectl.ts'
import type { KubectlTarget } from '../kube/object.ts'
import type { Command } from '../ports/exec.ts'
import type { Ports } from '../ports/ports.ts'
import {
  accountRoleAnnotation,
  podExternalIdAnnotation,
  podRoleAnnotation,
  podSessionNameAnnotation,
} from '../pods/names.ts'
import { type RoleRules, ruleFor } from '../pods/roles.ts'
import { assumeSaysOf } from '../roles/assume-says.ts'
import { isDevK8sError } from '../problems/problem.ts'

/**
 * So long one watch takes; the next one begins at once. The child of a broker that was killed is told by nobody, and
 * the API server would keep it for up to an hour (--min-request-timeout).
 */
const longestMs = 10 * 60_000
/** By then kubectl should have ended by itself. */
const lateMs = 30_000

/**
 * Watches the service accounts of all namespaces. Kubernetes makes one, `default`, in every new namespace, so this one
 * child tells of namespaces as well; kubectl watches only one kind at a time. `-o name` would leave the namespace out.
 */
export function watchCommand(target: KubectlTarget): Command {
  const role = accountRoleAnnotation.replaceAll('.', '\\.')
  const line = `{.metadata.namespace}/{.metadata.name} {.metadata.uid} {.metadata.annotations.${role}}{"\\n"}`
  return watchOf(target, 'serviceaccounts', line)
}

function watchOf(target: KubectlTarget, kind: string, line: string): Command {
  const longest = `--request-timeout=${longestMs / 60_000}m`
  const args = ['get', kind, '-A', '--watch', '-o', `jsonpath=${line}`, longest]
  return kubectlCommand(target, args, { changes: false })
}

/**
 * Watches the pods of all namespaces, for roles that nobody has asked for before: a line for each says where it is, which
 * role its annotation names, and what else AWS is to be asked with.
 */
export function podsCommand(target: KubectlTarget): Command {
  const fields = [podRoleAnnotation, podExternalIdAnnotation, podSessionNameAnnotation].map(
    (name) => `{.metadata.annotations.${name.replaceAll('.', '\\.')}}`,
  )
  const line = `{.metadata.namespace} ${fields.join(' ')}{"\\n"}`
  return watchOf(target, 'pods', line)
}

/** Whether a line of `podsCommand` asks for a role that the profile has assumed. */
export function asksToAssume(line: string, roles: RoleRules): boolean {
  const [, role = ''] = line.split(' ')
  const rule = role === '' ? undefined : ruleFor(role, roles)
  return rule !== undefined && assumeSaysOf(rule.says) !== undefined
}

const steadyMs = 60_000
const shortestPauseMs = 2_000
const longestPauseMs = 60_000

/**
 * Tells of each service account that is new or got another role, and of the end of each watch, since the cluster may
 * have stopped then. Begins again after it ended, sooner when it had lasted; also where kubectl is not there, as while
 * devk8s is being updated. Ends with the signal alone.
 */
export async function watchAccounts(
  target: KubectlTarget,
  ports: Pick<Ports, 'exec' | 'clock'>,
  signal: AbortSignal,
  onNews: () => void,
): Promise<void> {
  await watch(watchCommand(target), ports, signal, { onLine: onNews, onEnd: onNews })
}

/** Tells of each pod that asks for a role which is assumed, once for all pods that ask for the same. */
export async function watchPods(
  target: KubectlTarget,
  roles: RoleRules,
  ports: Pick<Ports, 'exec' | 'clock'>,
  signal: AbortSignal,
  onNews: () => void,
): Promise<void> {
  const onLine = (line: string) => {
    if (asksToAssume(line, roles)) onNews()
  }
  // The end of the cluster is told by the other watch.
  await watch(podsCommand(target), ports, signal, { onLine, onEnd: () => {} })
}

async function watch(
  command: Command,
  { exec, clock }: Pick<Ports, 'exec' | 'clock'>,
  signal: AbortSignal,
  { onLine: tell, onEnd }: { readonly onLine: (line: string) => void; readonly onEnd: () => void },
): Promise<void> {
  let pauseMs = shortestPauseMs
  while (!signal.aborted) {
    const seen = new Set<string>()
    const begun = clock.monotonic()
    const onLine = (fd: 1 | 2, line: string) => {
      if (fd !== 1 || seen.has(line)) return
      seen.add(line)
      tell(line)
    }
    const how = { timeoutMs: longestMs + lateMs, signal, onLine, keepsOutput: false }
    // A kubectl that the system refuses to start says nothing about the cluster.
    const isRun = await exec.run(command, how).then(({ outcome }) => outcome !== 'not-found', noneRan)
    if (signal.aborted) return
    if (isRun) onEnd()
    pauseMs = clock.monotonic() - begun >= steadyMs ? shortestPauseMs : Math.min(pauseMs * 2, longestPauseMs)
    await clock.sleep(pauseMs, signal).catch(() => undefined)
  }
}

function noneRan(error: unknown): boolean {
  if (!isDevK8sError(error)) throw error
  return false
}
