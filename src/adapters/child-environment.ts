import type { Command } from '../ports/exec.ts'
import { Secret } from '../ports/secret.ts'

const usual = ['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'TMP', 'TEMP', 'MINIKUBE_HOME', 'SSH_AUTH_SOCK']
const network = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']
const trust = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS']
/** Where rootless Docker, podman and libvirt keep their sockets and settings. */
const sockets = [
  'XDG_RUNTIME_DIR',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'DBUS_SESSION_BUS_ADDRESS',
  'CONTAINER_HOST',
  'LIBVIRT_DEFAULT_URI',
]
/** Without these a Windows program cannot resolve names, find its user's folders or load system libraries. */
const windows = [
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'PSMODULEPATH',
  'OS',
  'USERPROFILE',
  'USERNAME',
  'HOMEDRIVE',
  'HOMEPATH',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PROGRAMW6432',
  'COMMONPROGRAMFILES',
  'ALLUSERSPROFILE',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
  'WSL_DISTRO_NAME',
  'WSL_INTEROP',
]

/** In capitals: Windows compares without case, and proxies come in both. */
const inherited: ReadonlySet<string> = new Set([...usual, ...network, ...trust, ...sockets, ...windows])

/** The environment of one command: the allow-listed one, or the person's whole, with what the command adds. */
export function environmentOf(
  command: Pick<Command, 'env' | 'inheritEnv'>,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const whole = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const base = command.inheritEnv === true ? Object.fromEntries(whole) : childEnvironment(env)
  const added = Object.entries(command.env ?? {}).map(([name, value]) => [
    name,
    value instanceof Secret ? Secret.reveal(value) : value,
  ])
  return { ...base, ...Object.fromEntries(added) }
}

/**
 * What a child process sees of the user's environment. KUBECONFIG and AWS_* are never inherited: a command that
 * needs them carries them. LANGUAGE would win over LC_ALL [recorded 135, 136], so it is not in the list.
 */
export function childEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue
    const capital = name.toUpperCase()
    if (inherited.has(capital) || capital.startsWith('DOCKER_')) kept[name] = value
  }
  return { ...kept, LC_ALL: 'C' }
}
