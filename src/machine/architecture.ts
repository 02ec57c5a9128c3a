import type { Finding } from '../plan/step.ts'
import type { HostFacts } from '../ports/host.ts'
import { architectureUnknown } from '../problems/host.ts'
import { fits, unfit } from './verdict.ts'

/** minikube is published for amd64 and arm64 only; a translated Node works, slowly, and is worth a word. */
export function checkArchitecture(host: HostFacts): Finding {
  const detail = { arch: host.arch, nodeArch: host.nodeArch, platform: host.platform }
  if (host.arch === 'other') {
    const found = `This machine is ${host.nodeArch}; minikube and kubectl are published for amd64 and arm64.`
    return unfit(architectureUnknown, { detail: found, next: ['devk8s up --rehearse'] }, detail)
  }
  const isTranslated = host.arch === 'arm64' && host.nodeArch === 'x64'
  return fits(
    detail,
    isTranslated
      ? [
          'Node was built for Intel processors and runs translated. The tools that devk8s installs are the native ones; Node itself would be faster as an arm64 build.',
        ]
      : [],
  )
}
