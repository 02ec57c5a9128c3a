import { pinnedFiles } from '../profile/pinned.ts'
import type { Profile } from '../profile/profile.ts'

/**
 * The sums that the simulated downloads have to declare: those that devk8s pins, and the profile's own. By the
 * end of the address, as `pinnedFiles`.
 */
export function rehearsedPins(profile: Pick<Profile, 'tools'> | undefined): Readonly<Record<string, string>> {
  if (profile === undefined) return pinnedFiles
  const { minikube, kubectl } = profile.tools
  return {
    ...pinnedFiles,
    ...Object.fromEntries([
      ...Object.entries(minikube.sha256).map(([key, sum]) => [
        `${minikube.version}/minikube-${key}${exe(key)}`,
        sum,
      ]),
      ...Object.entries(kubectl.sha256).map(([key, sum]) => [
        `${kubectl.version}/bin/${key.replace('-', '/')}/kubectl${exe(key)}`,
        sum,
      ]),
    ]),
  }
}

const exe = (key: string): string => (key.startsWith('windows') ? '.exe' : '')
