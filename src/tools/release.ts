import type { HostFacts } from '../ports/host.ts'
import type { PlatformKey, ToolSpec } from '../profile/profile.ts'

export type ToolName = 'minikube' | 'kubectl'

/** Where a tool's file is published and what it must be. */
export interface ToolRelease {
  readonly url: string
  /** The publisher's checksum file, used when `sha256` is not pinned. */
  readonly checksumUrl: string
  readonly sha256?: string
}

/**
 * The platform whose binary runs here: by the real processor, not by what Node was built for (an amd64 minikube
 * on Apple silicon ends with PROVIDER_DOCKER_INCORRECT_ARCH), and Linux' inside WSL (the .exe there ends with
 * MK_WRONG_BINARY_WSL). Windows on arm64 emulates amd64, and minikube publishes nothing else for it. For a
 * processor with no binaries the answer is a guess that the architecture check stops before it is used.
 */
export function platformKeyOf({ platform, arch }: Pick<HostFacts, 'platform' | 'arch'>): PlatformKey {
  switch (platform) {
    case 'win32':
      return 'windows-amd64'
    case 'darwin':
      return arch === 'arm64' ? 'darwin-arm64' : 'darwin-amd64'
    case 'linux':
      return arch === 'arm64' ? 'linux-arm64' : 'linux-amd64'
  }
}

/**
 * The publisher's layout below the mirror: `<mirror>/<version>/minikube-<os>-<arch>[.exe]` (facts sheet, 2.2) and
 * `<mirror>/<version>/bin/<os>/<arch>/kubectl[.exe]` (2.4); the checksum lies at the same address plus `.sha256`.
 */
export function toolRelease(
  tool: ToolName,
  spec: Pick<ToolSpec, 'version' | 'mirror' | 'sha256'>,
  host: Pick<HostFacts, 'platform' | 'arch'>,
): ToolRelease {
  const key = platformKeyOf(host)
  const [os = '', arch = ''] = key.split('-')
  const exe = os === 'windows' ? '.exe' : ''
  const base = `${spec.mirror.replace(/\/+$/, '')}/${spec.version}`
  const url =
    tool === 'minikube' ? `${base}/minikube-${os}-${arch}${exe}` : `${base}/bin/${os}/${arch}/kubectl${exe}`
  const sha256 = spec.sha256[key]?.toLowerCase()
  return { url, checksumUrl: `${url}.sha256`, ...(sha256 !== undefined && { sha256 }) }
}

/** The sha256 in a checksum file: bare (kubectl), or followed by a file name (sha256sum). Undefined if there is none. */
export function parseChecksum(text: string): string | undefined {
  return /^\uFEFF?\s*([0-9a-f]{64})(?:\s|$)/i.exec(text)?.[1]?.toLowerCase()
}
