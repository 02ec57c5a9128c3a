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

/** How long a file for a shell that is gone is kept: the id may be that of a process between us and the shell. */
const shellFileMs = 7 * 24 * 3_600_000

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
  await writeBound(session, file, context.name, [
    { ...context, ...(namespace === undefined ? {} : { namespace }) },
  ])
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

/** Writes a bound file whole, whatever it said before. */
export async function writeBound(
  { ports, signal }: Binding,
  file: string,
  current: string,
  contexts: readonly BoundContext[],
): Promise<void> {
  const { files, clock, host } = ports
  await changeKubeconfig(
    files,
    clock,
    { path: file },
    () => renderBound(current, contexts),
    signal,
    ownerOf(host),
  )
}

/**
 * Removes the files of processes that have ended. Those for a person's own shell stay a week longer: without its file
 * a shell would fall back to the context that all others use, and the id they carry may be that of a process between
 * us and the shell (npx, direnv). They hold nothing secret.
 */
async function sweepBound({ ports }: Binding, folder: string): Promise<void> {
  for (const name of await ports.files.list(folder)) {
    const owner = boundOwner(name)
    if (owner === undefined || ports.host.isAlive(owner.pid)) continue
    const path = `${folder}/${name}`
    const ageMs = ports.clock.now() - ((await ports.files.stat(path))?.mtimeMs ?? 0)
    if (owner.boundFor === 'child' || ageMs > shellFileMs) await ports.files.remove(path)
  }
}
