import { rcompare, valid } from 'semver'
import { ownershipPath } from '../minikube/ownership.ts'
import { profilePaths } from '../minikube/paths.ts'
import type { CompileInput } from '../plan/compile.ts'
import { refsOf } from '../plan/compile.ts'
import type { EndOptions } from '../plan/compile-destroy.ts'
import { toolPath } from './prepare.ts'
import type { Session } from './session.ts'

/**
 * The minikube that stops or deletes a cluster: the pinned one where it is installed, else the newest that devk8s
 * has installed, since a profile that pins another version must not keep anyone from ending what is there. With none
 * installed the pinned one is to be fetched, if there is anything of the cluster.
 */
export async function withMinikubeAtHand(
  session: Session,
  input: CompileInput,
): Promise<{ readonly input: CompileInput } & EndOptions> {
  const { files } = session.ports
  const isThere = async (path: string) => (await files.stat(path))?.kind === 'file'
  if (await isThere(input.tools.minikube.path)) return { input, fetchMinikube: false }
  for (const version of await installedVersions(session)) {
    const path = toolPath(session.layout, input.facts.host.platform, 'minikube', version)
    if (!(await isThere(path))) continue
    const minikube = { ...input.tools.minikube, path }
    return { input: { ...input, tools: { ...input.tools, minikube } }, fetchMinikube: false }
  }
  const { minikube: ref } = refsOf(input)
  const paths = profilePaths(ref)
  // Docker may hold a node whose files in minikube's home are gone; only the record tells, and only destroy asks.
  const record = session.request.command === 'destroy' ? [ownershipPath(ref)] : []
  const traces = await Promise.all(
    [paths.profileFolder, paths.machineFolder, ...record].map((path) => files.stat(path)),
  )
  return { input, fetchMinikube: traces.some((found) => found !== undefined) }
}

/** Newest first. */
async function installedVersions({ layout, ports, world }: Session): Promise<readonly string[]> {
  const separator = world.platform === 'win32' ? '\\' : '/'
  const names = await ports.files.list([layout.data, 'tools', 'minikube'].join(separator))
  return names.filter((name) => valid(name) !== null).toSorted(rcompare)
}
