import type { Verb } from './session.ts'
import { loadSessionProfile, toolPath } from './prepare.ts'

const probeTimeoutMs = 10_000

/** devk8s' own version, and those of the minikube and kubectl that it uses here. */
export const version: Verb<'version'> = async (session) => {
  const { profile } = await loadSessionProfile(session)
  const [minikube, kubectl] = await Promise.all([
    inUse(session, 'minikube', profile.tools.minikube.version, ['version', '--short']),
    inUse(session, 'kubectl', profile.tools.kubectl.version, ['version', '--client', '-o', 'json']),
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

async function inUse(
  session: Parameters<typeof version>[0],
  tool: 'minikube' | 'kubectl',
  wanted: string,
  args: readonly string[],
): Promise<InUse> {
  const { exec, files } = session.ports
  const path = toolPath(session.layout, session.world.platform, tool, wanted)
  if ((await files.stat(path)) === undefined) return { path, version: null, wanted }
  const command = { tool, program: path, args, changes: false }
  const ran = await exec.run(command, { timeoutMs: probeTimeoutMs, signal: session.signal })
  // `--short` prints the version alone, the JSON form has it in `gitVersion`; both begin with v and a digit.
  return {
    path,
    version: ran.exitCode === 0 ? (/v\d+\.\d+\.\d+[^\s",]*/.exec(ran.stdout)?.[0] ?? null) : null,
    wanted,
  }
}

function describe({ path, version: found, wanted }: InUse): string {
  if (found === null) return `not installed (the profile wants ${wanted}; devk8s up installs it)`
  return found === wanted ? `${found}  ${path}` : `${found}  ${path} (the profile wants ${wanted})`
}
