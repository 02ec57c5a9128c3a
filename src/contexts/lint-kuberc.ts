import { parseDocument } from 'yaml'
import { isRecord } from '../kubeconfig/entries.ts'
import type { Finding, LintOutside } from './lint-finding.ts'
import type { LintFile } from './lint-document.ts'
import { filled } from './lint-paths.ts'

/**
 * Whether kubectl's own preferences forbid the credential plugin that our entries start: kubectl has a policy for
 * plugins since 1.35 (facts sheet, 12).
 */
export function kubercFindings(files: readonly LintFile[], { kuberc }: LintOutside): readonly Finding[] {
  if (kuberc === undefined) return []
  const document = parseDocument(kuberc.text, { uniqueKeys: false })
  const found = (severity: Finding['severity'], text: string, advice: string): Finding => ({
    rule: 'kuberc-policy',
    severity,
    file: kuberc.path,
    text,
    advice,
  })
  if (document.errors.length > 0) return [found('warning', 'it cannot be read', 'Mend or move it.')]
  const value: unknown = document.toJS()
  const policy = isRecord(value) ? value['credentialPluginPolicy'] : undefined
  if (policy !== 'DenyAll' && policy !== 'Allowlist') return []
  const list = isRecord(value) ? value['credentialPluginAllowlist'] : undefined
  const entries: readonly unknown[] = Array.isArray(list) ? list : []
  if (policy === 'Allowlist' && entries.length === 0) {
    return [
      found(
        'error',
        'credentialPluginPolicy is Allowlist without a credentialPluginAllowlist',
        add(ourCommands(files)),
      ),
    ]
  }
  // `name` is what the field was called at first.
  const allowed = entries.map((entry) => (isRecord(entry) ? (entry['command'] ?? entry['name']) : undefined))
  const denied = ourCommands(files).filter((command) => policy === 'DenyAll' || !allowed.includes(command))
  return denied.map((command) =>
    found(
      'error',
      `credentialPluginPolicy is ${policy}, so kubectl does not start ${command}`,
      policy === 'DenyAll' ? `Make the policy Allowlist. ${add([command])}` : add([command]),
    ),
  )
}

function add(commands: readonly string[]): string {
  return `Add under credentialPluginAllowlist: ${commands.map((command) => `- command: ${command}`).join(' ') || '- command: NAME'}`
}

function ourCommands(files: readonly LintFile[]): readonly string[] {
  const commands = files.flatMap(({ entries }) =>
    entries.users.flatMap(({ fields, marker }) => {
      const command = isRecord(fields['exec']) ? filled(fields['exec']['command']) : undefined
      return marker === undefined || command === undefined ? [] : [command]
    }),
  )
  return [...new Set(commands)]
}
