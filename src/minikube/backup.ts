import type { Files } from '../ports/files.ts'
import { folderOf, privatePath, profilePaths } from './paths.ts'
import { isReadableMachineConfig, parseProfileConfig } from './profile-config.ts'
import type { MinikubeRef } from './types.ts'

export type DamagedPart = 'profile' | 'machine'

/**
 * devk8s keeps a copy of minikube's two files about the cluster beside the private kubeconfig. When one is
 * truncated, minikube itself only knows `delete` (running-k8s-151), although the node is whole; with the copy
 * nothing is lost.
 */
export function backupPath(ref: MinikubeRef, part: DamagedPart): string {
  return privatePath(ref, part)
}

export function originalPath(ref: MinikubeRef, part: DamagedPart): string {
  const paths = profilePaths(ref)
  return part === 'profile' ? paths.profileConfig : paths.machineConfig
}

/** The copy of a file, when there is one that can be read. */
export async function readBackup(
  files: Files,
  ref: MinikubeRef,
  part: DamagedPart,
): Promise<string | undefined> {
  const text = await files.readText(backupPath(ref, part))
  return text !== undefined && isSound(text, part) ? text : undefined
}

/** Copies both files while they are sound; the profile may hold secrets in DockerEnv, hence the mode. */
export async function applyBackup(files: Files, ref: MinikubeRef): Promise<void> {
  for (const part of ['profile', 'machine'] as const) {
    const text = await files.readText(originalPath(ref, part))
    if (text === undefined || !isSound(text, part)) continue
    if ((await files.readText(backupPath(ref, part))) === text) continue
    await files.makeFolder(folderOf(ref.kubeconfig), 0o700)
    await files.write(backupPath(ref, part), text, { mode: 0o600 })
  }
}

/** Removes the copies: they are of a cluster that is no more, and would bring it back in the next one's place. */
export async function dropBackups(files: Files, ref: MinikubeRef): Promise<void> {
  for (const part of ['profile', 'machine'] as const) await files.remove(backupPath(ref, part))
}

/**
 * Puts the copy in the place of a damaged or missing file. The damaged one is copied aside first and replaced in
 * one atomic write, so that an interruption leaves either of them in its place and never none.
 */
export async function applyRestore(
  files: Files,
  ref: MinikubeRef,
  part: DamagedPart,
  text: string,
): Promise<void> {
  const path = originalPath(ref, part)
  const damaged = await files.readText(path)
  if (damaged !== undefined) await files.write(`${path}.damaged`, damaged, { mode: 0o600 })
  await files.makeFolder(folderOf(path))
  await files.write(path, text, { mode: 0o600 })
}

function isSound(text: string, part: DamagedPart): boolean {
  return part === 'profile' ? parseProfileConfig(text) !== 'damaged' : isReadableMachineConfig(text)
}
