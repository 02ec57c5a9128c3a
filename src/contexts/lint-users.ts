import { isRecord } from '../kubeconfig/entries.ts'
import { endKey } from './lint-finding.ts'
import type { Finding, LintOutside } from './lint-finding.ts'
import type { LintEntry, LintFile } from './lint-document.ts'
import { besides, filled, missingFile } from './lint-paths.ts'

type Found = (rule: string, severity: Finding['severity'], text: string, advice: string) => Finding

/** The versions of the exec protocol: the first is gone from client-go since 1.24. */
export const execVersions = {
  gone: 'client.authentication.k8s.io/v1alpha1',
  beta: 'client.authentication.k8s.io/v1beta1',
  stable: 'client.authentication.k8s.io/v1',
} as const

/** client-go's rules for users. */
export function userFindings(file: LintFile, outside: LintOutside): readonly Finding[] {
  return file.entries.users.flatMap((user) => {
    const found: Found = (rule, severity, text, advice) => ({
      rule,
      severity,
      file: file.path,
      line: user.line,
      text: `user "${user.name}" ${text}`,
      advice,
    })
    return [
      ...certificateFindings(user, found),
      ...methodFindings(user, found),
      ...execFindings(file, user, found, outside),
      ...fileFindings(file, user, outside),
      ...expiryFindings(file, user, found, outside),
    ]
  })
}

function certificateFindings({ fields }: LintEntry, found: Found): readonly Finding[] {
  const has = (key: string) => filled(fields[key]) !== undefined
  const findings: Finding[] = []
  for (const key of ['client-certificate', 'client-key']) {
    if (has(key) && has(`${key}-data`)) {
      const text = `has both ${key} and ${key}-data`
      findings.push(
        found('user-two-certificates', 'error', text, 'kubectl refuses both together. Remove one.'),
      )
    }
  }
  const isSigned = has('client-certificate') || has('client-certificate-data')
  const isKeyed = has('client-key') || has('client-key-data')
  if (isSigned && !isKeyed) {
    const advice = 'Name its client-key, or get the credentials anew.'
    findings.push(found('user-certificate-key', 'error', 'has a client certificate without its key', advice))
  }
  if (isKeyed && !isSigned) {
    const advice = 'Name its client-certificate, or get the credentials anew.'
    findings.push(
      found('user-key-certificate', 'warning', 'has a client key without its certificate', advice),
    )
  }
  return findings
}

function methodFindings({ fields }: LintEntry, found: Found): readonly Finding[] {
  const findings: Finding[] = []
  const isToken = filled(fields['token']) !== undefined
  const isBasic = filled(fields['username']) !== undefined || filled(fields['password']) !== undefined
  if (isToken && isBasic) {
    const text = 'has a token as well as a username or password'
    findings.push(found('user-two-methods', 'error', text, 'kubectl refuses both together. Remove one.'))
  } else if (isBasic) {
    const advice =
      'Servers dropped basic authentication in Kubernetes 1.19; only a proxy before one can use it.'
    findings.push(found('user-basic', 'warning', 'signs in by username and password', advice))
  }
  if (isRecord(fields['exec']) && isRecord(fields['auth-provider'])) {
    const text = 'has an exec plugin as well as an auth-provider'
    findings.push(found('user-exec-provider', 'error', text, 'kubectl refuses both together. Remove one.'))
  } else if (
    isRecord(fields['auth-provider']) &&
    /^(?:gcp|azure)$/.test(String(fields['auth-provider']['name']))
  ) {
    const text = `uses the auth-provider ${String(fields['auth-provider']['name'])}`
    const advice =
      'kubectl dropped it in 1.26. Get the credentials anew, with a plugin (gke-gcloud-auth-plugin, kubelogin).'
    findings.push(found('user-provider-gone', 'error', text, advice))
  }
  const impersonates = ['as-uid', 'as-groups', 'as-user-extra'].filter((key) => hasContent(fields[key]))
  if (impersonates.length > 0 && filled(fields['as']) === undefined) {
    const text = `has ${impersonates.join(' and ')} without as`
    findings.push(found('user-impersonation', 'error', text, 'kubectl needs the user to act as. Add `as`.'))
  }
  return findings
}

function hasContent(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  return isRecord(value) ? Object.keys(value).length > 0 : filled(value) !== undefined
}

function execFindings(
  { path }: LintFile,
  { name, fields, marker }: LintEntry,
  found: Found,
  { missingCommands, launcher }: LintOutside,
): readonly Finding[] {
  const { exec } = fields
  if (!isRecord(exec)) return []
  const findings: Finding[] = []
  const command = filled(exec['command'])
  const version = filled(exec['apiVersion'])
  if (command === undefined) {
    findings.push(found('exec-command', 'error', 'has an exec plugin without a command', 'Name the program.'))
  } else if (missingCommands.has(commandPath(path, command))) {
    const hint = filled(exec['installHint'])?.trim().split('\n')[0]
    const advice =
      command === launcher
        ? 'Run devk8s contexts sync, which writes it again.'
        : (hint ?? 'Install it, or write its whole path.')
    findings.push(found('exec-missing', 'error', `needs the program ${command}, which is not found`, advice))
  }
  if (version === undefined) {
    const advice = `Add apiVersion: ${execVersions.beta}`
    findings.push(found('exec-version', 'error', 'has an exec plugin without apiVersion', advice))
  } else if (version === execVersions.gone) {
    const finding = found(
      'exec-version-gone',
      'error',
      `has an exec plugin of apiVersion ${version}`,
      `kubectl dropped it in 1.24. Update the tool that wrote it, then write ${execVersions.beta}.`,
    )
    const does = `write ${execVersions.beta} for user "${name}"`
    findings.push(marker === undefined ? finding : { ...finding, fix: { kind: 'text', path, does } })
  } else if (version !== execVersions.beta && version !== execVersions.stable) {
    const advice = `kubectl knows ${execVersions.beta} and ${execVersions.stable}.`
    findings.push(
      found('exec-version-unknown', 'error', `has an exec plugin of apiVersion ${version}`, advice),
    )
  }
  return [...findings, ...modeFindings(exec, version, found)]
}

const interactiveModes = ['Never', 'IfAvailable', 'Always']

function modeFindings(
  exec: Readonly<Record<string, unknown>>,
  version: string | undefined,
  found: Found,
): readonly Finding[] {
  const mode = filled(exec['interactiveMode'])
  // v1beta1 has a default for it, v1 has none.
  if (mode === undefined && version !== execVersions.stable) return []
  if (mode !== undefined && interactiveModes.includes(mode)) return []
  const text =
    mode === undefined ? 'has an exec plugin of v1 without interactiveMode' : `has interactiveMode ${mode}`
  const advice = `Write one of ${interactiveModes.join(', ')}; IfAvailable suits most plugins.`
  return [found('exec-interactive', 'error', text, advice)]
}

/** As client-go finds the command: on PATH when it is a bare word, else beside the kubeconfig. */
export function commandPath(file: string, command: string): string {
  return /[/\\]/.test(command) ? besides(file, command) : command
}

function fileFindings(
  { path }: LintFile,
  user: LintEntry,
  { missingFiles }: LintOutside,
): readonly Finding[] {
  return namedFiles(user.fields)
    .filter(({ path: named }) => missingFiles.has(besides(path, named)))
    .map(({ key, path: named }) =>
      missingFile(path, user.line, `user "${user.name}"`, key, besides(path, named)),
    )
}

/** The files that a user entry names and that count: embedded data wins over a file. */
export function namedFiles(
  fields: LintEntry['fields'],
): readonly { readonly key: string; readonly path: string }[] {
  return ['client-certificate', 'client-key', 'tokenFile'].flatMap((key) => {
    const path = filled(fields[key])
    return path === undefined || filled(fields[`${key}-data`]) !== undefined ? [] : [{ key, path }]
  })
}

const soonMs = 7 * 24 * 3_600_000

function expiryFindings(
  { path }: LintFile,
  { name, marker }: LintEntry,
  found: Found,
  { ends, now }: LintOutside,
): readonly Finding[] {
  const end = ends.get(endKey(path, name))
  if (end === undefined || end - now > soonMs) return []
  const day = new Date(end).toISOString().slice(0, 10)
  const advice =
    marker !== undefined && 'profile' in marker
      ? 'devk8s up gets the present credentials of the local cluster.'
      : 'Get new credentials from whoever gave you these.'
  return end <= now
    ? [found('credential-expired', 'error', `has credentials that expired on ${day}`, advice)]
    : [found('credential-expires', 'warning', `has credentials that expire on ${day}`, advice)]
}
