import { boundFiles } from '../contexts/bind.ts'
import type { Change } from '../ports/event.ts'
import type { Files } from '../ports/files.ts'
import type { Ports } from '../ports/ports.ts'
import type { Finding, Runner, StepContext, Wants } from '../plan/step.ts'
import { pathNotRemovable } from '../problems/host.ts'
import { DevK8sError, problem } from '../problems/problem.ts'

type Want = Readonly<Wants['files.absent']>

/** Files and folders that devk8s made, gone. The check names each that is there, with its size. */
export const runner: Runner<'files.absent'> = {
  lane: 'host',
  settleMs: 0,
  check: ({ want }, context) => check(want, context),
  async apply({ want }, found, { ports, env, signal }) {
    if (found.state === 'blocked') throw new DevK8sError(found.problem)
    for (const path of want.paths) {
      signal.throwIfAborted()
      // Asked again here, since a saved plan's paths come from a file.
      const reason = reasonToKeep(path, env)
      if (reason !== undefined) throw new DevK8sError(refusal(path, reason))
      await removeAllBut(path, await keptOf(want, ports), ports.files)
    }
  },
}

async function check(want: Want, { ports, env }: StepContext): Promise<Finding> {
  const { paths } = want
  const kept = await keptOf(want, ports)
  const changes: Change[] = []
  for (const path of paths) {
    const reason = reasonToKeep(path, env)
    if (reason !== undefined) return { state: 'blocked', problem: refusal(path, reason) }
    // A link goes, and not what it leads to, which may be gone already.
    const target = await ports.files.readLink(path)
    if (target !== undefined) {
      changes.push({ field: path, from: `a link to ${target}`, effect: 'remove' })
      continue
    }
    const sizeBytes = await sizeOf(path, ports.files, 0, kept)
    if (sizeBytes !== undefined) changes.push({ field: path, from: renderSize(sizeBytes), effect: 'remove' })
  }
  if (changes.length === 0) return { state: 'ready' }
  if (kept.length === 0) return { state: 'drifted', changes }
  const text = `Stays for shells that are open, which would be on the context of all others without it: ${kept.join(', ')}`
  return { state: 'drifted', changes, notes: [{ level: 'info', text }] }
}

/** A shell that loses the file that binds it falls back to what all others use, perhaps a protected context. */
async function keptOf({ paths, boundFolder }: Want, ports: Ports): Promise<readonly string[]> {
  const inUse = boundFolder === undefined ? [] : await boundFiles(ports, boundFolder, 'in-use')
  // With XDG_RUNTIME_DIR they lie elsewhere and nobody touches them.
  return inUse.filter((each) => paths.some((path) => leadsTo(path, [each])))
}

async function removeAllBut(path: string, kept: readonly string[], files: Files): Promise<void> {
  if (!leadsTo(path, kept)) return files.remove(path)
  if (kept.some((each) => isSame(each, path))) return
  for (const name of await files.list(path)) await removeAllBut(`${path}/${name}`, kept, files)
}

const leadsTo = (path: string, kept: readonly string[]) =>
  kept.some((each) => isSame(each, path) || slashed(each).startsWith(`${slashed(path)}/`))
const isSame = (a: string, b: string) => slashed(a) === slashed(b)
const slashed = (path: string) => path.replaceAll('\\', '/')

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

/** @returns undefined when nothing is there that is to go. */
async function sizeOf(
  path: string,
  files: Files,
  depth: number,
  kept: readonly string[],
): Promise<number | undefined> {
  const stat = await files.stat(path)
  if (stat === undefined || kept.some((each) => isSame(each, path))) return undefined
  if (stat.kind !== 'folder' || depth === depthLimit) return stat.sizeBytes
  // A folder that has to stay for what is in it is nothing to remove.
  let total = leadsTo(path, kept) ? undefined : 0
  for (const name of await files.list(path)) {
    const sizeBytes = await sizeOf(`${path}/${name}`, files, depth + 1, kept)
    if (sizeBytes !== undefined) total = (total ?? 0) + sizeBytes
  }
  return total
}

function renderSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`
  const kib = bytes / 1024
  return kib < 1024 ? `${Math.round(kib)} KiB` : `${Math.round(kib / 1024)} MiB`
}
