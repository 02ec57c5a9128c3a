import { readOnPath } from '../facts/gather.ts'
import { versionOf } from '../tools/on-path.ts'
import type { Verb } from './session.ts'
import { loadSessionProfile, toolPath } from './prepare.ts'

/** devk8s' own version, and those of the minikube and kubectl that it uses here. */
export const version: Verb<'version'> = async (session) => {
  const { profile } = await loadSessionProfile(session)
  const onPath = await readOnPath(profile, session.ports, session.signal)
  const [minikube, kubectl] = await Promise.all([
    inUse(session, 'minikube', profile.tools.minikube.version, onPath.minikube),
    inUse(session, 'kubectl', profile.tools.kubectl.version, onPath.kubectl),
  ])
  const rows = [
    `devk8s    ${session.world.version}`,
    `minikube  ${describe(minikube)}`,
    `kubectl   ${describe(kubectl)}`,
  ]
  session.answer({ devk8s: session.world.version, minikube, kubectl }, `${rows.join('\n')}\n`)
  return { exit: 0 }
}

interface InUse {
  readonly [key: string]: string | null
  readonly path: string
  /** null when it is not installed or does not answer. */
  readonly version: string | null
  readonly wanted: string
}

/** The same program that a plan would use: one on PATH where the profile lets it serve, else devk8s' own. */
async function inUse(
  { layout, ports, world, signal }: Parameters<typeof version>[0],
  tool: 'minikube' | 'kubectl',
  wanted: string,
  onPath: string | undefined,
): Promise<InUse> {
  const path = onPath ?? toolPath(layout, world.platform, tool, wanted)
  if ((await ports.files.stat(path)) === undefined) return { path, version: null, wanted }
  return { path, version: (await versionOf(tool, path, ports.exec, signal)) ?? null, wanted }
}

function describe({ path, version: found, wanted }: InUse): string {
  if (found === null) return `not installed (the profile wants ${wanted}; devk8s up installs it)`
  return found === wanted ? `${found}  ${path}` : `${found}  ${path} (the profile wants ${wanted})`
}
