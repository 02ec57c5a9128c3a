import type { CommonRequest } from '../cli/request.ts'
import type { Layout } from '../plan/layout.ts'
import type { Files } from '../ports/files.ts'
import type { Hashing } from '../ports/hash.ts'
import { isDevK8sError } from '../problems/problem.ts'
import { loadProfile } from '../profile/load.ts'
import { pinnedFiles } from '../profile/pinned.ts'
import { whereabouts } from '../verbs/whereabouts.ts'
import type { World } from '../world.ts'

interface Given {
  readonly world: World
  readonly common: CommonRequest
  readonly env: World['env']
  readonly layout: Layout
  readonly files: Files
  readonly hashing: Hashing
}

/**
 * The sums that the simulated downloads have to declare: those that devk8s pins, and the profile's own. By the
 * end of the address, as `pinnedFiles`. A profile with faults has none; its verb says what is wrong with it.
 */
export async function rehearsedPins({
  world,
  common,
  env,
  layout,
  files,
  hashing,
}: Given): Promise<Readonly<Record<string, string>>> {
  try {
    const where = whereabouts({ request: { common }, world, env, layout })
    const { tools } = (await loadProfile({ ...where, overrides: common.overrides }, files, hashing)).profile
    const minikube = Object.entries(tools.minikube.sha256).map(([key, sum]) => [
      `${tools.minikube.version}/minikube-${key}${key.startsWith('windows') ? '.exe' : ''}`,
      sum,
    ])
    const kubectl = Object.entries(tools.kubectl.sha256).map(([key, sum]) => [
      `${tools.kubectl.version}/bin/${key.replace('-', '/')}/kubectl${key.startsWith('windows') ? '.exe' : ''}`,
      sum,
    ])
    return { ...pinnedFiles, ...Object.fromEntries([...minikube, ...kubectl]) }
  } catch (error) {
    if (isDevK8sError(error)) return pinnedFiles
    throw error
  }
}
