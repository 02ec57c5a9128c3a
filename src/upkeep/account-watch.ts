import { kubectlCommand } from '../kube/kubectl.ts'
import type { KubectlTarget } from '../kube/object.ts'
import type { Command } from '../ports/exec.ts'
import type { Ports } from '../ports/ports.ts'
import { accountRoleAnnotation } from '../pods/names.ts'

/**
 * Watches the service accounts of all namespaces. Kubernetes makes one, `default`, in every new namespace, so this one
 * child tells of namespaces as well; kubectl watches only one kind at a time. `-o name` would leave the namespace out.
 */
export function watchCommand(target: KubectlTarget): Command {
  const role = accountRoleAnnotation.replaceAll('.', '\\.')
  const line = `{.metadata.namespace}/{.metadata.name} {.metadata.uid} {.metadata.annotations.${role}}{"\\n"}`
  const args = ['get', 'serviceaccounts', '-A', '--watch', '-o', `jsonpath=${line}`, '--request-timeout=0']
  return kubectlCommand(target, args, { changes: false })
}

/** The API server ends a watch by itself after half an hour to an hour (--min-request-timeout). */
const longestMs = 24 * 3_600_000
const steadyMs = 60_000
const shortestPauseMs = 2_000
const longestPauseMs = 60_000

/**
 * Tells of each service account that is new or got another role, and of the end of each watch, since the cluster may
 * have stopped then. Begins again after it ended, sooner when it had lasted. Ends with the signal.
 */
export async function watchAccounts(
  target: KubectlTarget,
  { exec, clock }: Pick<Ports, 'exec' | 'clock'>,
  signal: AbortSignal,
  onNews: () => void,
): Promise<void> {
  let pauseMs = shortestPauseMs
  while (!signal.aborted) {
    const seen = new Set<string>()
    const begun = clock.monotonic()
    const onLine = (fd: 1 | 2, line: string) => {
      if (fd !== 1 || seen.has(line)) return
      seen.add(line)
      onNews()
    }
    const how = { timeoutMs: longestMs, signal, onLine, keepsOutput: false }
    const ran = await exec.run(watchCommand(target), how)
    if (signal.aborted || ran.outcome === 'not-found') return
    onNews()
    pauseMs = clock.monotonic() - begun >= steadyMs ? shortestPauseMs : Math.min(pauseMs * 2, longestPauseMs)
    await clock.sleep(pauseMs, signal).catch(() => undefined)
  }
}
