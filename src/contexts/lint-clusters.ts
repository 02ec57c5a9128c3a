import type { Finding, LintOutside } from './lint-finding.ts'
import type { LintFile } from './lint-document.ts'
import { besides, filled, missingFile } from './lint-paths.ts'

/** client-go's rules for clusters. */
export function clusterFindings({ path, entries }: LintFile, outside: LintOutside): readonly Finding[] {
  return entries.clusters.flatMap(({ name, line, fields }) => {
    const found = (rule: string, severity: Finding['severity'], text: string, advice: string): Finding => ({
      rule,
      severity,
      file: path,
      line,
      text: `cluster "${name}" ${text}`,
      advice,
    })
    const findings: Finding[] = []
    const authority = filled(fields['certificate-authority'])
    const hasData = filled(fields['certificate-authority-data']) !== undefined
    if (filled(fields['server']) === undefined) {
      findings.push(
        found(
          'cluster-server',
          'error',
          'has no server',
          'Write the address of its API server, or remove it.',
        ),
      )
    }
    if (authority !== undefined && hasData) {
      const text = 'has both certificate-authority and certificate-authority-data'
      findings.push(
        found('cluster-two-authorities', 'error', text, 'kubectl refuses both together. Remove one.'),
      )
    }
    if (fields['insecure-skip-tls-verify'] === true) {
      findings.push(
        authority !== undefined || hasData
          ? found(
              'cluster-insecure-authority',
              'error',
              'has a certificate authority and insecure-skip-tls-verify',
              'kubectl refuses both together. Remove insecure-skip-tls-verify.',
            )
          : found(
              'cluster-insecure',
              'warning',
              'does not check who answers (insecure-skip-tls-verify)',
              'Anybody between you and the cluster can take its place. Name its certificate authority.',
            ),
      )
    }
    if (authority !== undefined && !hasData && outside.missingFiles.has(besides(path, authority))) {
      findings.push(
        missingFile(path, line, `cluster "${name}"`, 'certificate-authority', besides(path, authority)),
      )
    }
    return findings
  })
}
