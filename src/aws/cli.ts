/** The AWS CLI's own version: `aws-cli/2.32.1 Python/3.13.7 …`. */
export interface CliVersion {
  readonly major: number
  readonly minor: number
  readonly text: string
}

/** What `aws --version` prints; undefined when that is no version of the AWS CLI. */
export function parseCliVersion(text: string): CliVersion | undefined {
  const [, version = '', major, minor] = /^aws-cli\/((\d+)\.(\d+)\S*)/m.exec(text) ?? []
  if (major === undefined || minor === undefined) return undefined
  return { major: Number(major), minor: Number(minor), text: version }
}

const isAtLeast = ({ major, minor }: CliVersion, wanted: readonly [number, number]) =>
  major > wanted[0] || (major === wanted[0] && minor >= wanted[1])

/** Version 1 can use a token of IAM Identity Center, and cannot get one. */
export const knowsSsoLogin = (version: CliVersion): boolean => isAtLeast(version, [2, 0])

/** `aws login` came with 2.32, in November 2025 (facts aws, 6). */
export const knowsLogin = (version: CliVersion): boolean => isAtLeast(version, [2, 32])

/**
 * Signs a profile of IAM Identity Center in. From 2.22 on the browser must be on this machine, since it comes back to a
 * port of it, unless a code is asked for.
 */
export function ssoLoginArgs(profile: string, version: CliVersion, isRemote: boolean): readonly string[] {
  const byCode = isRemote && isAtLeast(version, [2, 22]) ? ['--use-device-code', '--no-browser'] : []
  return ['sso', 'login', '--profile', profile, ...byCode]
}

/** Signs a profile with a login_session in. */
export const loginArgs = (profile: string, isRemote: boolean): readonly string[] => [
  'login',
  '--profile',
  profile,
  ...(isRemote ? ['--remote'] : []),
]

/** The newest version, whether or not one is there, as AWS has it for each system (AWS CLI user guide, "Installing"). */
export function installCliCommands(platform: string): readonly string[] {
  switch (platform) {
    case 'darwin':
      return ['brew install awscli && brew upgrade awscli']
    case 'win32':
      return ['msiexec.exe /i https://awscli.amazonaws.com/AWSCLIV2.msi']
    default:
      return [
        'curl -fsSLo awscliv2.zip "https://awscli.amazonaws.com/awscli-exe-linux-$(uname -m).zip"',
        'unzip -q awscliv2.zip && sudo ./aws/install --update',
      ]
  }
}
