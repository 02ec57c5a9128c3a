import type { DockerFact } from '../plan/facts.ts'
import type { Command, Ran } from '../ports/exec.ts'
import type { HostFacts } from '../ports/host.ts'

/** minikube's own limit for a daemon that accepts and never answers (docker clause 11; facts sheet, 8). */
export const dockerTimeoutMs = 6_000

/** What the daemon says of itself, or why it says nothing. */
export type DockerState =
  | {
      readonly kind: 'ok'
      readonly fact: DockerFact
      /** The daemon's own clock, in ms since 1970. */
      readonly clockMs?: number
      readonly usernsRemap: boolean
    }
  | { readonly kind: 'absent' }
  | { readonly kind: 'hangs' }
  | { readonly kind: 'down'; readonly text: string }
  | { readonly kind: 'denied'; readonly text: string }
  | { readonly kind: 'unknown-context'; readonly text: string }
  | { readonly kind: 'windows-containers'; readonly version: string }
  | { readonly kind: 'podman' }
  | { readonly kind: 'unusable'; readonly text: string }

/** `--format '{{json .}}'` works in old and new clients; `--format json` does not (docker clause 4). */
export function dockerInfoArgs(): Command {
  return { tool: 'docker', program: 'docker', args: ['info', '--format', '{{json .}}'], changes: false }
}

/** Only `version` names the release of Docker Desktop. */
export function dockerVersionArgs(): Command {
  return { tool: 'docker', program: 'docker', args: ['version', '--format', '{{json .}}'], changes: false }
}

/**
 * Reads the end of `docker info`. Its stdout is valid JSON even when there is no daemon: version 28 exits 1 with
 * empty fields and the reason on stderr, 20.10 exits 0 with `ServerErrors` (docker clause 6).
 */
export function parseDockerInfo(ran: Ran, host: Pick<HostFacts, 'platform' | 'wsl'>): DockerState {
  if (ran.outcome === 'not-found') return { kind: 'absent' }
  if (ran.outcome === 'timed-out') return { kind: 'hangs' }
  const info = parseObject(ran.stdout)
  const errors = info['ServerErrors']
  const reasons = Array.isArray(errors) ? errors.map(String) : []
  if (ran.exitCode !== 0 || reasons.length > 0) return refusalOf([...reasons, ran.stderr].join('\n').trim())
  const version = textOf(info['ServerVersion'])
  // podman's stand-in for docker answers with its own document.
  if (version === '' && typeof info['host'] === 'object') return { kind: 'podman' }
  if (version === '') return { kind: 'unusable', text: 'docker info names no server version.' }
  if (textOf(info['OSType']) === 'windows') return { kind: 'windows-containers', version }
  return healthy(info, version, host)
}

function healthy(
  info: Readonly<Record<string, unknown>>,
  version: string,
  host: Pick<HostFacts, 'platform' | 'wsl'>,
): DockerState {
  const security = Array.isArray(info['SecurityOptions']) ? info['SecurityOptions'].map(String) : []
  const clockMs = Date.parse(textOf(info['SystemTime']))
  return {
    kind: 'ok',
    fact: {
      serverVersion: version,
      memoryMiB: Math.floor(numberOf(info['MemTotal']) / 1024 / 1024),
      cpus: numberOf(info['NCPU']),
      storageDriver: textOf(info['Driver']),
      cgroupVersion: textOf(info['CgroupVersion']),
      rootless: security.some((option) => option.startsWith('name=rootless')),
      desktop: isVirtualMachine(textOf(info['OperatingSystem']), host),
    },
    ...(Number.isFinite(clockMs) && { clockMs }),
    usernsRemap: security.some((option) => option.startsWith('name=userns')),
  }
}

/** On macOS and Windows the daemon is always in a virtual machine; on Linux Docker Desktop is, and WSL itself is one. */
function isVirtualMachine(system: string, { platform, wsl }: Pick<HostFacts, 'platform' | 'wsl'>): boolean {
  return platform !== 'linux' || wsl || /^(docker desktop|orbstack|rancher desktop)/i.test(system)
}

/**
 * docker gives no reason but its words, so they are matched, here and nowhere else. Texts of 20.10.24 and 28.2.2
 * (docker clauses 5, 7, 8), and Docker Desktop's missing named pipe.
 */
function refusalOf(text: string): DockerState {
  if (/permission denied/i.test(text)) return { kind: 'denied', text }
  if (/context "[^"]*"(: context not found| does not exist)/.test(text))
    return { kind: 'unknown-context', text }
  if (/cannot connect to the docker daemon|error during connect|is the docker daemon running/i.test(text)) {
    return { kind: 'down', text }
  }
  return { kind: 'unusable', text: text === '' ? 'docker info failed and said nothing.' : text }
}

/** The name Docker Desktop gives itself in `docker version`, e.g. `4.34.0`; undefined for anything else. */
export function parseDesktopVersion(ran: Ran): string | undefined {
  const server = parseObject(ran.stdout)['Server']
  const platform =
    typeof server === 'object' && server !== null && 'Platform' in server ? server.Platform : {}
  const name =
    typeof platform === 'object' && platform !== null && 'Name' in platform ? String(platform.Name) : ''
  return /^Docker Desktop (\d+\.\d+\.\d+)/.exec(name)?.[1]
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    // The exit code and the missing server version decide; that it was no JSON adds nothing.
    return {}
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
