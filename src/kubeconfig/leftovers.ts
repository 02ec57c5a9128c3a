import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import type { LockOwner } from './lock.ts'

/** Those that do not name their process, or one that seems to live: long enough for any write. */
const oldMs = 3_600_000
/** A pid may be that of a process in another container that shares the folder; a write takes no minute. */
const youngMs = 60_000

/**
 * The temp files beside a file that writers of devk8s which were killed left there: `.config.<pid>-<time>-<count>.tmp`
 * of a dead process, and old ones of any, also of the form `.config.<12 hex digits>.tmp` that earlier versions used.
 * Those of the file's lock count too.
 * @returns their paths.
 */
export async function leftTemps(
  files: Files,
  clock: Clock,
  path: string,
  owner: LockOwner | undefined,
): Promise<readonly string[]> {
  const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))
  const folder = path.slice(0, Math.max(at, 1))
  const found = (await files.list(folder)).flatMap((name) => {
    const writer = writerOfTemp(name, path.slice(at + 1))
    return writer === undefined ? [] : [{ ...writer, path: path.slice(0, at + 1) + name }]
  })
  const left = await Promise.all(
    found.map(async (temp) => {
      const stat = await files.stat(temp.path)
      if (stat === undefined) return false
      const ageMs = clock.now() - stat.mtimeMs
      const isDead = temp.pid !== undefined && owner !== undefined && !owner.isAlive(temp.pid)
      return ageMs > (isDead ? youngMs : oldMs)
    }),
  )
  return found.filter((_, index) => left[index]).map((temp) => temp.path)
}

function writerOfTemp(name: string, base: string): { readonly pid: number | undefined } | undefined {
  if (!name.startsWith(`.${base}.`) || !name.endsWith('.tmp')) return undefined
  const rest = name.slice(base.length + 2, -4).replace(/^lock(?:\.takeover)?\./, '')
  const [, pid] = /^(\d+)-[0-9a-z]+-\d+$/.exec(rest) ?? []
  if (pid !== undefined) return { pid: Number(pid) }
  return /^[0-9a-f]{12}$/.test(rest) ? { pid: undefined } : undefined
}
