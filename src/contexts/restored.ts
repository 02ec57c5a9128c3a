import { withCurrent } from '../kubeconfig/current.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import type { KubeconfigView } from '../kubeconfig/view.ts'
import { viewOf } from '../kubeconfig/view.ts'
import { isProtected } from './match.ts'

/** Earlier versions of files, by path, as they may be brought back. */
export interface Restored {
  readonly texts: ReadonlyMap<string, string>
  /** The protected context that they would have made current, and do not. */
  readonly withheld?: string
  /** Contexts that are protected now and are not in these versions. */
  readonly unguarded: readonly string[]
}

/**
 * Earlier versions of files, which never make a protected context current that is not so already: nobody has agreed to
 * that. They then keep the `current-context` that the files have now, or none when that is what becomes protected.
 * @param files all files as they are.
 * @param versions what some of them were.
 */
export async function restoredTexts(
  files: readonly KubeconfigFile[],
  versions: ReadonlyMap<string, string>,
): Promise<Restored> {
  const viewWith = async (texts: ReadonlyMap<string, string>) =>
    viewOrNone(
      files.map((file) => {
        const text = texts.get(file.path)
        return text === undefined ? file : { path: file.path, text }
      }),
    )
  const [now, then] = [await viewOrNone(files), await viewWith(versions)]
  // A version from before the protection does not know of it.
  const guarded = new Set([...protectedIn(now), ...protectedIn(then)])
  const unguarded = protectedIn(now).filter(
    (name) => then?.contexts.some((context) => context.name === name && !isProtected(context)) === true,
  )
  const entered = async (texts: ReadonlyMap<string, string>): Promise<string | undefined> => {
    const name = (await viewWith(texts))?.current?.name
    const isSame = name === now?.current?.name && name !== undefined && protectedIn(now).includes(name)
    return name === undefined || !guarded.has(name) || isSame ? undefined : name
  }
  const withheld = await entered(versions)
  if (withheld === undefined) return { texts: versions, unguarded }
  const kept = await withCurrents(versions, async (path) => {
    const present = await viewOrNone(files.filter((file) => file.path === path))
    return present?.current?.name
  })
  if ((await entered(kept)) === undefined) return { texts: kept, withheld, unguarded }
  return { texts: await withCurrents(versions, async () => undefined), withheld, unguarded }
}

async function withCurrents(
  texts: ReadonlyMap<string, string>,
  currentOf: (path: string) => Promise<string | undefined>,
): Promise<ReadonlyMap<string, string>> {
  const changed = [...texts].map(
    async ([path, text]) => [path, await withCurrent(text, await currentOf(path), path)] as const,
  )
  return new Map(await Promise.all(changed))
}

/** A version that is no kubeconfig is brought back all the same: it leads nowhere. */
async function viewOrNone(files: readonly KubeconfigFile[]): Promise<KubeconfigView | undefined> {
  const read = await viewOf(files)
  return 'problem' in read ? undefined : read.view
}

const protectedIn = (view: KubeconfigView | undefined): readonly string[] =>
  (view?.contexts ?? []).filter(isProtected).map(({ name }) => name)
