import { changeKubeconfig } from '../kubeconfig/transaction.ts'
import { ownerOf } from '../kubeconfig/user-files.ts'
import type { Layout } from '../plan/layout.ts'
import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import type { Host } from '../ports/host.ts'
import {
  type BoundContext,
  type BoundFor,
  boundKubeconfig,
  boundName,
  boundOwner,
  renderBound,
} from './bound.ts'
import { contextPlaces } from './places.ts'

/** What binding needs of a session. */
export interface Binding {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly layout: Pick<Layout, 'data' | 'state' | 'runtime' | 'userKubeconfig'>
  readonly world: {
    readonly pid: number
    readonly parentPid: number
    readonly platform: 'darwin' | 'linux' | 'win32'
  }
  readonly ports: { readonly files: Files; readonly clock: Clock; readonly host: Host }
  readonly signal: AbortSignal
}

/** A file that binds, and the variables with which a program sees it. */
export interface Bound {
  readonly file: string
  readonly env: {
    readonly KUBECONFIG: string
    /** The context that the shell was bound to when it began. */
    readonly DEVK8S_BOUND_CONTEXT: string
    /** 1 in a bound shell, 2 in one within it. */
    readonly DEVK8S_BOUND_DEPTH: string
  }
}

/** How long the file of a process that seems gone is kept: see `sweepBound`. */
const keptMs = 7 * 24 * 3_600_000

/**
 * Writes the file that binds programs to a context without touching what other shells use, and gives the variables for
 * them. The caller removes the file of a `child` when that has ended. Files that dead processes left are removed first.
 * @param context as the view has it.
 * @param options.namespace in place of the context's own.
 * @param options.boundFor `child` unless told: a program that this process waits for.
 * @throws DevK8sError DK6001-DK6003 when the file cannot be written.
 */
export async function bindContext(
  session: Binding,
  context: BoundContext,
  options: { readonly namespace?: string; readonly boundFor?: BoundFor } = {},
): Promise<Bound> {
  const { env, layout, world } = session
  const { bound: folder } = contextPlaces(layout, world.platform)
  const { boundFor = 'child', namespace } = options
  await sweepBound(session, folder)
  const pid = boundFor === 'child' ? world.pid : world.parentPid
  const file = `${folder}${world.platform === 'win32' ? '\\' : '/'}${boundName(pid, context.name, boundFor)}`
  const text = renderBound(context.name, [{ ...context, ...(namespace === undefined ? {} : { namespace }) }])
  await writeBound(session, file, () => text)
  const depth = Number(env['DEVK8S_BOUND_DEPTH'] ?? 0)
  return {
    file,
    env: {
      KUBECONFIG: boundKubeconfig(file, layout.userKubeconfig, folder, world.platform),
      DEVK8S_BOUND_CONTEXT: context.name,
      DEVK8S_BOUND_DEPTH: String(Number.isInteger(depth) ? depth + 1 : 1),
    },
  }
}

/**
 * Changes a bound file. No version of it is kept: it is gone with its shell.
 * @returns whether it was written.
 */
export async function writeBound(
  { ports, signal }: Binding,
  file: string,
  edit: (text: string) => string,
): Promise<boolean> {
  const { files, clock, host } = ports
  return changeKubeconfig(files, clock, { path: file }, edit, signal, ownerOf(host))
}

/**
 * Removes the files of processes that ended a week ago. Without its file a shell would fall back to the context that all
 * others use, and that a process is not seen proves little: it may live in a container that shares the folder, or be one
 * between us and the shell (npx, direnv). The files hold nothing secret, and what we wait for ourselves we remove.
 */
async function sweepBound({ ports }: Binding, folder: string): Promise<void> {
  for (const path of await boundFiles(ports, folder, 'left')) await ports.files.remove(path)
}

/**
 * The bound files in a folder.
 * @param which `left`: of processes that ended long ago; `in-use`: of those that live, and of a person's own shells that may.
 */
export async function boundFiles(
  { files, clock, host }: Binding['ports'],
  folder: string,
  which: 'left' | 'in-use',
): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of await files.list(folder)) {
    const owner = boundOwner(name)
    if (owner === undefined) continue
    const path = `${folder}/${name}`
    const isAlive = host.isAlive(owner.pid)
    const isOld = clock.now() - ((await files.stat(path))?.mtimeMs ?? 0) > keptMs
    const isInUse = isAlive || (owner.boundFor === 'shell' && !isOld)
    if (which === 'left' ? !isAlive && isOld : isInUse) found.push(path)
  }
  return found
}
