import { listClusters } from '../facts/clusters.ts'
import { gatherFacts } from '../facts/gather.ts'
import { brokerServiceOf } from './broker-service-place.ts'
import { stampObjects } from '../kube/objects.ts'
import { parseManifests } from '../kube/manifests.ts'
import { resolveMemoryMiB } from '../machine/memory.ts'
import type { CompileInput, ToolPlace } from '../plan/compile.ts'
import type { Program } from '../plan/compile-contexts.ts'
import type { Facts } from '../plan/facts.ts'
import type { Layout } from '../plan/layout.ts'
import type { HostFacts } from '../ports/host.ts'
import type { KubeObject } from '../kube/object.ts'
import { DevK8sError, isDevK8sError } from '../problems/problem.ts'
import { findProfile, lastProfileFile, renderLastProfile } from '../profile/find.ts'
import { loadProfile } from '../profile/load.ts'
import type { LoadedProfile } from '../profile/profile.ts'
import { toolRelease } from '../tools/release.ts'
import type { Session } from './session.ts'
import { whereabouts } from './whereabouts.ts'

/** Loads the profile this run is about, with the person's overrides, variables and flags over it. */
export async function loadSessionProfile(session: Session, selector?: string): Promise<LoadedProfile> {
  const { request, ports } = session
  const where = {
    ...whereabouts(session, selector ?? request.common.profile),
    overrides: request.common.overrides,
    mayLackManifests: reaching.has(request.command) || contextual.has(request.command),
  }
  try {
    return await loadProfile(where, ports.files, ports.hashing)
  } catch (error) {
    if (!isDevK8sError(error) || !reaching.has(request.command)) throw error
    throw await withWayRound(error, session)
  }
}

/** Commands that need of the profile little more than the cluster's name. */
const reaching: ReadonlySet<Session['request']['command']> = new Set(['status', 'doctor', 'down', 'destroy'])

/** Commands that the local cluster is no matter to. */
const contextual: ReadonlySet<Session['request']['command']> = new Set([
  'contexts.diff',
  'contexts.sync',
  'contexts.adopt',
])

/** A profile with faults must not lock anyone out of their cluster: says the command that does without it. */
async function withWayRound(
  { problems }: DevK8sError,
  { request, layout, ports }: Session,
): Promise<DevK8sError> {
  const [first, ...others] = problems
  const names = await listClusters(layout, ports.files)
  const ways = names
    .slice(0, 3)
    .map((name) => `devk8s ${request.command} --profile default --cluster-name ${name}`)
  return new DevK8sError([{ ...first, next: [...first.next, ...ways] }, ...others])
}

/** Remembers which profile this machine follows, for commands given elsewhere without one. */
export async function rememberProfile(session: Session): Promise<void> {
  const { layout, ports } = session
  const found = await findProfile(whereabouts(session), ports.files)
  // A project's own file is found again by standing in it; the bundled default needs no memory.
  if (found.by === 'default' || found.by === 'last-used') return
  const path = `${layout.config}/${lastProfileFile}`
  const text = renderLastProfile(found)
  if ((await ports.files.readText(path)) === text) return
  await ports.files.makeFolder(layout.config)
  await ports.files.write(path, text)
}

export interface PrepareOptions {
  /**
   * What faults of manifest files mean: a command that applies them stops; one that looks shows them beside all
   * else; one that ends the cluster does not read them.
   */
  readonly manifests: 'refused' | 'reported' | 'unread'
}

/** Everything a plan is compiled from: the profile, and what the machine is, read without changing it. */
export async function prepare(
  session: Session,
  { manifests }: PrepareOptions = { manifests: 'refused' },
): Promise<CompileInput> {
  const loaded = await loadSessionProfile(session)
  const profile = manifests === 'unread' ? { ...loaded.profile, manifests: [] } : loaded.profile
  const facts = await gatherFacts(profile, session.layout, session.ports, {
    env: session.env,
    packageFolder: session.world.packageFolder,
    signal: session.signal,
    brokerService: brokerServiceOf(session),
  })
  const [first, ...others] = facts.problems
  if (first !== undefined && manifests === 'refused') throw new DevK8sError([first, ...others])
  return {
    loaded,
    facts,
    tools: { minikube: toolPlace('minikube', loaded, facts), kubectl: toolPlace('kubectl', loaded, facts) },
    memoryMiB: resolveMemoryMiB(profile.cluster.memoryMiB, facts.host, facts.docker, facts.existing),
    registrySecrets: await registrySecrets(session, profile.addons['registry-creds']?.enabled === true),
    dockerConfig: dockerConfigOf(session),
    program: programOf(session),
    stamp: (objects) => stampObjects(objects, session.ports.hashing),
  }
}

/** DOCKER_CONFIG names a folder (docker CLI reference, environment variables). */
function dockerConfigOf({ env, world }: Session): string {
  const slash = world.platform === 'win32' ? '\\' : '/'
  return [env['DOCKER_CONFIG'] || [world.home, '.docker'].join(slash), 'config.json'].join(slash)
}

/** How this program is started again. */
export function programOf({ world: { nodePath, scriptPath, version } }: Pick<Session, 'world'>): Program {
  return { nodePath, scriptPath, version }
}

function toolPlace(tool: 'minikube' | 'kubectl', { profile }: LoadedProfile, facts: Facts): ToolPlace {
  const spec = profile.tools[tool]
  const release = toolRelease(tool, spec, facts.host)
  const onPath = facts.onPath[tool]
  if (onPath !== undefined) return { ...release, path: onPath, source: 'path' }
  return {
    ...release,
    path: toolPath(facts.layout, facts.host.platform, tool, spec.version),
    source: 'managed',
  }
}

/** Where devk8s keeps a tool of a version. */
export function toolPath(
  layout: Layout,
  platform: HostFacts['platform'],
  tool: string,
  version: string,
): string {
  const windows = platform === 'win32'
  return [layout.data, 'tools', tool, version, windows ? `${tool}.exe` : tool].join(windows ? '\\' : '/')
}

async function registrySecrets(session: Session, wanted: boolean): Promise<readonly KubeObject[]> {
  if (!wanted) return []
  const folder = `${session.world.packageFolder}/manifests/registry-creds`
  const objects: KubeObject[] = []
  for (const name of await session.ports.files.list(folder)) {
    const text = await session.ports.files.readText(`${folder}/${name}`)
    const parsed = parseManifests(text ?? '', `${folder}/${name}`)
    if ('problems' in parsed) throw new DevK8sError(parsed.problems)
    objects.push(...parsed.objects)
  }
  return objects
}
