import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import { acrossFindings } from './lint-across.ts'
import { clusterFindings } from './lint-clusters.ts'
import type { Finding, LintOutside } from './lint-finding.ts'
import { contextFindings, currentFindings } from './lint-contexts.ts'
import type { LintFile } from './lint-document.ts'
import { readForLint, textFindings } from './lint-document.ts'
import { protectionFindings } from './lint-protection.ts'
import { kubercFindings } from './lint-kuberc.ts'
import { userFindings } from './lint-users.ts'

/**
 * What kubectl would refuse in these files, or understand otherwise than they look: client-go's rules of validation
 * (tools/clientcmd/validation.go) and those of facts sheet, 15.2. In the order of the files and their lines.
 */
export function lintKubeconfigs(files: readonly KubeconfigFile[], outside: LintOutside): readonly Finding[] {
  const unreadable: Finding[] = []
  const read: LintFile[] = []
  for (const file of files) {
    const lint = readForLint(file)
    if ('problem' in lint) {
      const { problem } = lint
      unreadable.push({
        rule: 'unreadable',
        severity: 'error',
        file: file.path,
        ...(problem.place?.line === undefined ? {} : { line: problem.place.line }),
        text: problem.detail.replace(`${file.path}: `, ''),
        advice: 'Mend or move the file: kubectl fails with any context as long as it is there.',
      })
    } else read.push(lint.file)
  }
  const findings = read.flatMap((file) => [
    ...textFindings(file),
    ...currentFindings(file, read),
    ...clusterFindings(file, outside),
    ...userFindings(file, outside),
    ...contextFindings(file, read),
    ...protectionFindings(file, read),
  ])
  return [
    ...unreadable,
    ...findings.toSorted((a, b) => (a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) : 0)),
    ...kubercFindings(read, outside),
    ...acrossFindings(read, outside),
  ]
}
