import { isRemote } from '../kubeconfig/marker.ts'
import { renderShellWords } from '../cli/shell-words.ts'
import type { Finding } from './lint-finding.ts'
import type { LintFile } from './lint-document.ts'
import { type Entries, openWaysTo } from './open-ways.ts'

/** Contexts of the person's own that lead to a protected cluster past its protection. */
export function protectionFindings(
  { path, entries }: LintFile,
  all: readonly LintFile[],
): readonly Finding[] {
  const whole: Entries = {
    contexts: all.flatMap((file) => file.entries.contexts),
    clusters: all.flatMap((file) => file.entries.clusters),
    users: all.flatMap((file) => file.entries.users),
  }
  const guarded = whole.contexts.filter(({ marker }) => isRemote(marker) && marker.protected === true)
  return guarded.flatMap(({ name: protectedName, fields }) => {
    const cluster = whole.clusters.find(({ name }) => name === fields['cluster'])
    const open = openWaysTo(cluster?.fields['server'], whole)
    return entries.contexts
      .filter(({ name, marker }) => !isRemote(marker) && open.includes(name))
      .map(({ name, line }) => ({
        rule: 'protection-bypassed',
        severity: 'warning' as const,
        file: path,
        line,
        text: `context "${name}" leads to the cluster of "${protectedName}", which is protected, and is not itself`,
        advice: `Use ${protectedName} in its place: devk8s contexts remove ${renderShellWords([name])}`,
      }))
  })
}
