import type { Files } from '../ports/files.ts'
import { isRecord } from './events.ts'
import { folderOf, privatePath, profilePaths } from './paths.ts'
import type { MinikubeRef } from './types.ts'

/** What devk8s knows of who made the cluster of a name. */
export interface Ownership {
  /** devk8s made it, or was told to take it over. */
  readonly isOwn: boolean
  /** The driver it was made with, where devk8s made one of that name. */
  readonly driver?: string
}

/**
 * The note of a cluster that is devk8s' own, beside the private kubeconfig: written before the first start, so
 * that an interrupted one counts too. It holds the public key of the node once there is one: a cluster that
 * somebody deleted and made again by hand has another, and is not ours.
 */
export function ownershipPath(ref: MinikubeRef): string {
  return privatePath(ref, 'made')
}

/** Whose the cluster is that is there now, by files alone. */
export async function checkOwnership(files: Files, ref: MinikubeRef): Promise<Ownership> {
  const made = parseMade(await files.readText(ownershipPath(ref)))
  if (made === undefined) return { isOwn: false }
  const key = await files.readText(profilePaths(ref).machineKey)
  const isOther = made.nodeKey !== undefined && key !== undefined && made.nodeKey !== key
  return { isOwn: !isOther, ...(made.driver !== undefined && { driver: made.driver }) }
}

/** Notes that the cluster, which is about to be made, has been made or was taken over, is devk8s' own. */
export async function applyOwnership(files: Files, ref: MinikubeRef, driver: string): Promise<void> {
  const nodeKey = await files.readText(profilePaths(ref).machineKey)
  const text = `${JSON.stringify({ driver, ...(nodeKey !== undefined && { nodeKey }) }, null, 2)}\n`
  if ((await files.readText(ownershipPath(ref))) === text) return
  await files.makeFolder(folderOf(ref.kubeconfig), 0o700)
  await files.write(ownershipPath(ref), text, { mode: 0o600 })
}

interface Made {
  readonly driver?: string
  readonly nodeKey?: string
}

function parseMade(text: string | undefined): Made | undefined {
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return {} // the file is devk8s' own whatever it holds: writes of it are whole or not at all
  }
  if (!isRecord(value)) return {}
  const { driver, nodeKey } = value
  return {
    ...(typeof driver === 'string' && { driver }),
    ...(typeof nodeKey === 'string' && { nodeKey }),
  }
}
