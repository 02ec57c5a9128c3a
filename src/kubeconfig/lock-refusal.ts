import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import { kubeconfigLocked } from '../problems/kubernetes.ts'
import { fail } from '../problems/problem.ts'
import { ageText } from './age.ts'
import { holderOf } from './lock.ts'
import type { LockOwner } from './lock.ts'

/**
 * Says whose a lock is that was not given up, as far as that can be known.
 * @throws DevK8sError DK4032, always.
 */
export async function refuseLocked(
  files: Files,
  clock: Clock,
  lock: string,
  waitedMs: number,
  owner: LockOwner | undefined,
): Promise<never> {
  const found = await files.stat(lock)
  const ageMs = found === undefined ? 0 : Math.max(0, clock.now() - found.mtimeMs)
  const holder = await holderOf(files, lock)
  const waited = `${lock} has been there for ${ageText(ageMs)}; waited ${waitedMs / 1000} s for it.`
  const remove = `rm -f ${/^[\w./:~-]+$/.test(lock) ? lock : `'${lock}'`}`
  if (holder !== undefined) {
    const isHere = holder.machine === owner?.machine
    const where = isHere ? '' : elsewhere(holder.machine, owner?.machine)
    return fail(kubeconfigLocked, {
      detail: `${waited} It is that of a devk8s, process ${holder.pid}${where}.`,
      next: isHere ? [`ps -p ${holder.pid}`, remove] : [remove],
      place: { file: lock },
    })
  }
  // client-go creates its own empty and with mode 000, and never looks at their age (facts sheet, 2.3).
  const why =
    ageMs < 60_000
      ? 'Another program may be writing.'
      : 'It does not say whose it is. kubectl and its like hold theirs for seconds: one that was killed left it behind, most likely.'
  return fail(kubeconfigLocked, { detail: `${waited} ${why}`, next: [remove], place: { file: lock } })
}

/** Where a holder is whose process cannot be seen from here: behind the name stands, on Linux, the space of its ids. */
function elsewhere(machine: string, here: string | undefined): string {
  const [name = ''] = machine.split(' ')
  return name === here?.split(' ')[0] ? ', in another container of this machine' : ` on ${name}`
}
