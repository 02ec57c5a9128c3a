/** A program that opens an address in the person's browser. */
export interface Opener {
  readonly program: string
  readonly args: readonly string[]
}

interface Surroundings {
  readonly platform: 'darwin' | 'linux' | 'win32'
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Programs that may open the address, the likeliest first; the first one on PATH is meant. None where a browser would
 * open on another machine than the one in front of the person, or where there is no desktop.
 */
export function browserOpeners(address: string, { platform, env }: Surroundings): readonly Opener[] {
  if (!isWebAddress(address) || isRemote(env)) return []
  // A quote is doubled within quotes in PowerShell; the address comes from a server.
  const powershell = (program: string) => ({
    program,
    args: ['-NoProfile', '-NonInteractive', '-Command', `Start-Process '${address.replaceAll("'", "''")}'`],
  })
  switch (platform) {
    case 'darwin':
      return [{ program: 'open', args: [address] }]
    case 'win32':
      return [powershell('powershell')]
    case 'linux': {
      if (env['WSL_DISTRO_NAME'])
        return [{ program: 'wslview', args: [address] }, powershell('powershell.exe')]
      const hasDesktop = Boolean(env['DISPLAY']) || Boolean(env['WAYLAND_DISPLAY'])
      return hasDesktop ? [{ program: 'xdg-open', args: [address] }] : []
    }
  }
}

/** Whether the person sits before another machine. */
export const isRemote = (env: Surroundings['env']): boolean =>
  Boolean(env['SSH_CONNECTION']) || Boolean(env['SSH_TTY'])

const isWebAddress = (address: string) => /^https?:\/\/[^\s\p{Cc}]+$/u.test(address)
