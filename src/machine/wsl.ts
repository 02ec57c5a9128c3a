import type { Finding } from '../plan/step.ts'
import type { HostFacts } from '../ports/host.ts'
import { wslTooOld, wslWindowsFolder, wslWindowsProgram } from '../problems/host.ts'
import { fits, unfit } from './verdict.ts'

/** Version 1 reports `4.4.0-19041-Microsoft`, version 2 `5.15.153.1-microsoft-standard-WSL2`. */
function isFirstVersion(release: string): boolean {
  return release.endsWith('-Microsoft')
}

/** A drive of Windows, mounted by WSL at its usual place. */
const windowsDisk = /^\/mnt\/[a-z](\/|$)/

/** What Windows does to a cluster inside WSL. `programs` are the tools in use, `folders` where files are kept. */
export function checkWsl(
  host: Pick<HostFacts, 'wsl' | 'release'>,
  programs: readonly string[],
  folders: readonly string[],
): Finding {
  const detail = { wsl: host.wsl }
  if (!host.wsl) return fits(detail)
  if (isFirstVersion(host.release)) {
    const found = `The kernel is ${host.release}.`
    return unfit(
      wslTooOld,
      { detail: found, next: ['wsl.exe --list --verbose', 'wsl.exe --set-version Debian 2'] },
      detail,
    )
  }
  const program = programs.find((path) => path.toLowerCase().endsWith('.exe'))
  if (program !== undefined) {
    const found = `${program} is a Windows program.`
    return unfit(wslWindowsProgram, { detail: found, next: ['devk8s profile show --explain'] }, detail)
  }
  const folder = folders.find((path) => windowsDisk.test(path))
  if (folder === undefined) return fits(detail)
  const next = ['echo "$HOME" "$MINIKUBE_HOME" "$XDG_DATA_HOME"', 'export MINIKUBE_HOME="$HOME"']
  return unfit(wslWindowsFolder, { detail: `${folder} lies on the Windows disk.`, next }, detail)
}
