import { parseReturn } from '../contexts/returns.ts'
import { giveBack } from './returning.ts'
import type { Verb } from './session.ts'

/** A machine that sleeps does not count the time meanwhile, so the clock is looked at again after this. */
const longestWaitMs = 60_000

/** What `switch --for` leaves behind: waits until the time is over, or the agreement is gone, and goes back. */
export const returnBack: Verb<'return'> = async (session) => {
  const { ports, request, signal } = session
  for (;;) {
    const record = parseReturn(await ports.files.readText(request.file))
    if (record === undefined) return { exit: 0 }
    const leftMs = record.until - ports.clock.now()
    if (leftMs <= 0) {
      await giveBack(session, request.file, record)
      return { exit: 0 }
    }
    await ports.clock.sleep(Math.min(leftMs, longestWaitMs), signal)
  }
}
