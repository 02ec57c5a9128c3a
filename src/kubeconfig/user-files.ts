import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import type { Host } from '../ports/host.ts'
import { Secret } from '../ports/secret.ts'
import { isDevK8sError } from '../problems/problem.ts'
import type { KubeconfigFile } from './local-context.ts'
import type { LockOwner } from './lock.ts'
import type { EditText, KubeconfigPlace } from './transaction.ts'
import { changeKubeconfig, isText } from './transaction.ts'

/** `kubeconfigReadOnly` of problems/kubeconfig.ts, which need not be loaded for it. */
const readOnlyCode = 'DK4040'

export interface UserFiles extends Pick<KubeconfigPlace, 'backups' | 'insist' | 'context'> {
  /** In kubectl's order; what does not exist is named all the same. */
  readonly userKubeconfig: readonly string[]
  /** The one of them that binds this shell: no version of it is kept, since it is gone with the shell. */
  readonly boundFile?: string
}

/** The text one file is to have, given that file and all of them as they are; its own text when it stays. */
export type EditFile = (
  file: KubeconfigFile,
  all: readonly KubeconfigFile[],
) => string | Secret | Promise<string | Secret>

/** The person's kubeconfig files, those that do not exist included; a path named twice is read once. */
export function readKubeconfigs(files: Files, paths: readonly string[]): Promise<readonly KubeconfigFile[]> {
  return Promise.all([...new Set(paths)].map(async (path) => ({ path, text: await files.readText(path) })))
}

/** Who takes the locks of these files. */
export function ownerOf(host: Host): LockOwner | undefined {
  if (host.self === undefined) return undefined
  const { pid, machine, run } = host.self
  return { pid, machine, ...(run === undefined ? {} : { run }), isAlive: (each) => host.isAlive(each) }
}

/**
 * Changes the person's kubeconfig files one by one, each under its lock and only those that change: a read-only member
 * that needs nothing does not stop the others (facts sheet, 14.5).
 * @param edit the new text of one file, given all of them as they are by then; '' for a missing file that stays missing.
 *   May throw to leave the file as it is. It is called again when another program has written in between.
 * @returns the paths that were written.
 * @throws DevK8sError as `changeKubeconfig` does, and whatever `edit` throws; files written before then stay written.
 */
export async function changeUserFiles(
  ports: { readonly files: Files; readonly clock: Clock; readonly host: Host },
  places: UserFiles,
  edit: EditFile,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { userKubeconfig } = places
  const written: string[] = []
  for (const path of new Set(userKubeconfig)) {
    const all = await readKubeconfigs(ports.files, userKubeconfig)
    const editOne = async (text: string) => {
      const now = withText(all, path, text)
      return edit(now.find((file) => file.path === path) ?? { path, text }, now)
    }
    if (await changeOne(ports, placeOf(path, places), editOne, signal)) written.push(path)
  }
  return written
}

/** A step hands its whole wish in; only this much of it is about the place. */
function placeOf(path: string, { backups, boundFile, insist, context }: UserFiles): KubeconfigPlace {
  return {
    path,
    ...(backups === undefined || path === boundFile ? {} : { backups }),
    ...(insist === undefined ? {} : { insist }),
    ...(context === undefined ? {} : { context }),
  }
}

async function changeOne(
  { files, clock, host }: { readonly files: Files; readonly clock: Clock; readonly host: Host },
  place: KubeconfigPlace,
  edit: EditText,
  signal: AbortSignal,
): Promise<boolean> {
  let isWanted = false
  const observed = async (text: string) => {
    const after = await edit(text)
    isWanted = after instanceof Secret ? !isText(after, text) : after !== text
    return after
  }
  try {
    return await changeKubeconfig(files, clock, place, observed, signal, ownerOf(host))
  } catch (error) {
    // A file that changed a moment ago is looked at under its lock, and a read-only folder has no room for one.
    const isReadOnly = isDevK8sError(error) && error.problems[0].code === readOnlyCode
    if (isReadOnly && !isWanted) return false
    throw error
  }
}

/** The same files with one text read again; a file that is still missing stays so. */
function withText(files: readonly KubeconfigFile[], path: string, text: string): readonly KubeconfigFile[] {
  return files.map((file) =>
    file.path === path && (text !== '' || file.text !== undefined) ? { path, text } : file,
  )
}
