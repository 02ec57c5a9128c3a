import type { Files } from '../ports/files.ts'

/** Linux' own limit (MAXSYMLINKS); a longer chain is a loop. */
const longestChain = 40

/**
 * The file that is behind a path: at the end of its symlinks, also where nothing is there yet. Two writers that come by
 * different names must lock the same one.
 */
export async function targetOf(files: Files, path: string): Promise<string> {
  const found = await files.realPath(path)
  if (found !== undefined) return found
  let target = path
  for (let step = 0; step < longestChain; step += 1) {
    const next = await files.readLink(target)
    if (next === undefined) return inRealFolder(files, target)
    target = isAbsolute(next) ? next : `${target.replace(/[^/\\]*$/, '')}${next}`
  }
  return target
}

/** Symlinks on the way to what is not there; the path itself where not even its folder is. */
async function inRealFolder(files: Files, path: string): Promise<string> {
  const [, folder = '', name = ''] = /^(.*)[/\\]([^/\\]*)$/.exec(path) ?? []
  const real = folder === '' ? undefined : await files.realPath(folder)
  return real === undefined ? path : `${real}${path.slice(folder.length, folder.length + 1)}${name}`
}

const isAbsolute = (path: string) => /^(?:[A-Za-z]:)?[/\\]/.test(path)
