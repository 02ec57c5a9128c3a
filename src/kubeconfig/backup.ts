import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'

/** How many versions of one file are kept. */
const keptVersions = 10

/**
 * Keeps a version of a kubeconfig file: `<folder>/<path with _>.<ms since 1970>`, mode 0600, the oldest beyond ten removed.
 * A version that equals the last one kept is not kept again.
 */
export async function saveVersion(
  files: Files,
  clock: Clock,
  folder: string,
  path: string,
  text: string,
): Promise<void> {
  await files.makeFolder(folder, 0o700)
  // The end of a long path says more than its start, and names may have 255 bytes.
  const name = path.replace(/[^A-Za-z0-9.-]+/g, '_').slice(-200)
  const mine = (await files.list(folder)).filter(
    (each) => each.startsWith(`${name}.`) && /^\d{13}$/.test(each.slice(name.length + 1)),
  )
  const last = mine.at(-1)
  if (last !== undefined && (await files.readText(`${folder}/${last}`)) === text) return
  await files.write(`${folder}/${name}.${clock.now()}`, text, { mode: 0o600 })
  for (const old of mine.slice(0, Math.max(0, mine.length + 1 - keptVersions)))
    await files.remove(`${folder}/${old}`)
}
