import type { Change } from '../ports/event.ts'
import type { Files } from '../ports/files.ts'
import type { Finding, Runner, StepContext } from '../plan/step.ts'
import { pathNotRemovable } from '../problems/host.ts'
import { DevK8sError, problem } from '../problems/problem.ts'

/** Files and folders that devk8s made, gone. The check names each that is there, with its size. */
export const runner: Runner<'files.absent'> = {
  lane: 'host',
  settleMs: 0,
  check: ({ want }, context) => check(want.paths, context),
  async apply({ want }, found, { ports, env, signal }) {
    if (found.state === 'blocked') throw new DevK8sError(found.problem)
    for (const path of want.paths) {
      signal.throwIfAborted()
      // Asked again here, since a saved plan's paths come from a file.
      const reason = reasonToKeep(path, env)
      if (reason !== undefined) throw new DevK8sError(refusal(path, reason))
      await ports.files.remove(path)
    }
  },
}

async function check(paths: readonly string[], { ports, env }: StepContext): Promise<Finding> {
  const changes: Change[] = []
  for (const path of paths) {
    const reason = reasonToKeep(path, env)
    if (reason !== undefined) return { state: 'blocked', problem: refusal(path, reason) }
    const sizeBytes = await sizeOf(path, ports.files, 0)
    if (sizeBytes !== undefined) changes.push({ field: path, from: renderSize(sizeBytes), effect: 'remove' })
  }
  return changes.length === 0 ? { state: 'ready' } : { state: 'drifted', changes }
}

const refusal = (path: string, reason: string) =>
  problem(pathNotRemovable, {
    detail: `${JSON.stringify(path)} ${reason}.`,
    next: ['env | grep -E "^(HOME|XDG_|MINIKUBE_HOME)"'],
  })

/** Why a path is not one to remove, or undefined when it may go. */
export function reasonToKeep(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const windows = /^[A-Za-z]:[\\/]/.test(path)
  if (!windows && !path.startsWith('/')) return 'is not absolute'
  const parts = partsOf(path)
  if (parts.includes('..') || parts.includes('.')) return 'goes up or around'
  // `/usr` and `C:\Users` are nobody's own folder.
  if (parts.length < (windows ? 3 : 2)) return 'is a whole disk or a top folder of it'
  const homes = [env['HOME'], env['USERPROFILE']].flatMap((home) => (home ? [partsOf(home)] : []))
  const holds = (home: readonly string[]) => parts.every((part, index) => same(part, home[index]))
  return homes.some(holds) ? 'is your home or holds it' : undefined
}

function partsOf(path: string): readonly string[] {
  return path.split(/[/\\]/).filter((part) => part !== '')
}

/** Without case: macOS and Windows do not tell `Home` from `home`, and here caution costs nothing. */
function same(a: string, b: string | undefined): boolean {
  return a.toLowerCase() === b?.toLowerCase()
}

/** Deeper than anything devk8s makes; also ends a loop of symlinks. */
const depthLimit = 8

async function sizeOf(path: string, files: Files, depth: number): Promise<number | undefined> {
  const stat = await files.stat(path)
  if (stat === undefined) return undefined
  if (stat.kind !== 'folder' || depth === depthLimit) return stat.sizeBytes
  let total = 0
  for (const name of await files.list(path)) {
    total += (await sizeOf(`${path}/${name}`, files, depth + 1)) ?? 0
  }
  return total
}

function renderSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`
  const kib = bytes / 1024
  return kib < 1024 ? `${Math.round(kib)} KiB` : `${Math.round(kib / 1024)} MiB`
}
