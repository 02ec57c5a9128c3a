import { basename, dirname, join } from 'node:path'

export type NextTemp = (path: string) => string

/**
 * Names of temp files beside their targets: `.config.<pid>-<time>-<count>.tmp`, so that who finds one can tell whether
 * its writer is alive (kubeconfig/leftovers.ts). They are opened exclusively. The time, to the microsecond, keeps apart
 * those of two makers in one process, and those that a process of the same number left, as in containers.
 */
export function tempNames(): NextTemp {
  const start = Math.round((performance.timeOrigin + performance.now()) * 1000)
  let count = 0
  return (path) => {
    count += 1
    return join(dirname(path), `.${basename(path)}.${process.pid}-${start.toString(36)}-${count}.tmp`)
  }
}
