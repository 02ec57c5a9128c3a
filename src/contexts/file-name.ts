/**
 * A name as a part of a file's name. Capitals are written out, since some file systems do not tell `Prod` from `prod`, and
 * nothing in it parts a list of paths. File names have 255 bytes at most; of a long name the end is kept, which says more
 * than its start, so only long names can share one.
 */
export function fileNameOf(name: string): string {
  return name.replaceAll(/[^a-z0-9.-]/gu, (char) => `_${char.codePointAt(0)?.toString(16)}_`).slice(-160)
}
