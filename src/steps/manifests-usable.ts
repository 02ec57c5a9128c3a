import type { Finding, Runner } from '../plan/step.ts'
import { DevK8sError } from '../problems/problem.ts'

/** The profile's manifest files have no faults. They were read before; this only tells what was found. */
export const runner: Runner<'manifests.usable'> = {
  lane: 'host',
  settleMs: 0,
  async check({ want }): Promise<Finding> {
    const [first, ...others] = want.problems
    if (first !== undefined) throw new DevK8sError([first, ...others])
    return { state: 'ready' }
  },
  /** A person's files are theirs to mend. */
  async apply() {},
}
