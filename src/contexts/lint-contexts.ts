import { noContext } from '../kubeconfig/no-context.ts'
import type { Finding } from './lint-finding.ts'
import type { LintFile } from './lint-document.ts'
import { filled } from './lint-paths.ts'

/** client-go's rules for contexts; their clusters and users may be in any of the files. */
export function contextFindings({ path, entries }: LintFile, all: readonly LintFile[]): readonly Finding[] {
  return entries.contexts.flatMap(({ name, line, fields }) => {
    const found = (rule: string, severity: Finding['severity'], text: string, advice: string): Finding => ({
      rule,
      severity,
      file: path,
      line,
      text: `context "${name}" ${text}`,
      advice,
    })
    const findings: Finding[] = []
    for (const [key, section] of [
      ['cluster', 'clusters'],
      ['user', 'users'],
    ] as const) {
      const wanted = wordOf(fields[key])
      if (wanted === undefined) {
        findings.push(
          // A cluster behind a proxy that signs in needs no user, and kubectl works without one.
          found(
            `context-${key}`,
            key === 'user' ? 'warning' : 'error',
            `names no ${key}`,
            `Add ${key}: NAME.`,
          ),
        )
      } else if (!all.some((file) => file.entries[section].some((entry) => entry.name === wanted))) {
        const text = `names ${key} "${wanted}", which no file has`
        findings.push(found(`dangling-${key}`, 'error', text, removal(name)))
      }
    }
    const namespace = wordOf(fields['namespace'])
    if (namespace !== undefined && !/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) {
      const advice = 'Small letters, digits and hyphens, at most 63.'
      findings.push(
        found('context-namespace', 'error', `has the namespace "${namespace}", which cannot be one`, advice),
      )
    }
    return findings
  })
}

/** `current-context` of one file; the context it names may be in any. */
export function currentFindings({ path, current }: LintFile, all: readonly LintFile[]): readonly Finding[] {
  // So a bound shell says that it has none.
  if (current === undefined || current.name === noContext) return []
  if (all.some(({ entries }) => entries.contexts.some(({ name }) => name === current.name))) return []
  return [
    {
      rule: 'dangling-current',
      severity: 'error',
      file: path,
      line: current.line,
      text: `current-context is "${current.name}", which no file has`,
      advice: 'Choose another one: devk8s switch',
      fix: { kind: 'text', path, does: `unset current-context "${current.name}"` },
    },
  ]
}

/** Names that are numbers to YAML 1.2 are in the entries as they are written. */
export function wordOf(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : filled(value)
}

function removal(name: string): string {
  return /^[\w@%+=:,./~-]+$/.test(name)
    ? `Add it, or: devk8s contexts remove ${name}`
    : 'Add it, or remove the context.'
}
