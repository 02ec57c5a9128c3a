import { diskFull, fileNotPermitted, fileRefused } from '../problems/host.ts'
import { fail } from '../problems/problem.ts'

/** The `code` of a Node system error, e.g. `ENOENT`; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Whether an error says that nothing is at the path. */
export function isAbsence(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/**
 * Runs file work and turns a refusal of the file system into a problem that names the path; the system's error
 * stays as the cause.
 * @throws DevK8sError DK6001 (permission), DK6002 (no space), DK6003 (anything else the system refused).
 */
export async function guarded<T>(verb: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    refuse(verb, path, error)
  }
}

/** As `guarded`, for one error that has been caught. Errors without a system code pass through. */
export function refuse(verb: string, path: string, error: unknown): never {
  const code = errorCode(error)
  // Branded problems have no system code and come through as they are.
  if (code === undefined) throw error
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      fail(
        fileNotPermitted,
        { detail: `${path}: not allowed to ${verb} it (${code}).`, next: [`ls -ld ${quoted(path)}`] },
        error,
      )
      break
    case 'ENOSPC':
    case 'EDQUOT':
      fail(diskFull, { detail: `${path}: no space left to ${verb} it (${code}).`, next: ['df -h'] }, error)
      break
    default:
      fail(
        fileRefused,
        { detail: `${path}: the system would not ${verb} it (${code}).`, next: [`ls -ld ${quoted(path)}`] },
        error,
      )
  }
}

function quoted(path: string): string {
  return /^[\w./\\:~-]+$/.test(path) ? path : `"${path}"`
}
