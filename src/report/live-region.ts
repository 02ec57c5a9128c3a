import { createLogUpdate } from 'log-update'
import type { OutStream } from '../world.ts'

/** The lines at the foot of a terminal that are drawn over and over, below lines that scroll. */
export interface LiveRegion {
  /** No lines: as `release`. */
  draw(lines: readonly string[]): void
  /** Takes the lines away for a moment, so that others can be written where they were. */
  clear(): void
  /** Takes the lines away and gives the cursor back: somebody else writes now, or nobody. */
  release(): void
}

const hideCursor = '\u001B[?25l'
const showCursor = '\u001B[?25h'

/** log-update on our stream. It is told to leave the cursor alone, since it would hide it on process.stderr. */
export function createLiveRegion(stream: OutStream): LiveRegion {
  // It uses `write`, `columns` and `rows` of a Node stream and no more.
  const update = createLogUpdate(stream as unknown as NodeJS.WritableStream, { showCursor: true })
  let isShown = false
  let isCursorHidden = false
  function clear(): void {
    if (isShown) update.clear()
    isShown = false
  }
  function release(): void {
    clear()
    if (isCursorHidden) stream.write(showCursor)
    isCursorHidden = false
  }
  return {
    draw(lines) {
      if (lines.length === 0) {
        release()
        return
      }
      if (!isCursorHidden) stream.write(hideCursor)
      isCursorHidden = true
      isShown = true
      update(lines.join('\n'))
    },
    clear,
    release,
  }
}
