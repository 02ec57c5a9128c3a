import { errorCode } from './file-problems.ts'

/** Whether a process with this id lives. */
export function isAlive(pid: number): boolean {
  // 0 and negative numbers mean groups of processes, not one.
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: there is one, and it belongs to somebody else.
    return errorCode(error) === 'EPERM'
  }
}
