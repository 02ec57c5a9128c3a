import type { Command, Ran } from '../ports/exec.ts'
import { parseEvent } from './events.ts'
import { applyEarlierRun, earlierRunPath } from './earlier-run.ts'
import { joinPath, profilePaths } from './paths.ts'
import { advance, noProgress, renderElapsed, type StartProgress } from './progress.ts'
import type { MinikubeRef, RunReach } from './types.ts'

/** Recorded silences last up to 30 s (140, 142); a person should see life well before. */
const silentAfterMs = 2_000

/**
 * Runs a minikube command that prints JSON events and says through `context.progress` how far it is. Where
 * minikube is silent, the time since the last event and the bytes that have arrived in its download cache
 * speak instead: it reports downloads only on a terminal (download.go:72-79). While it runs, its process id is
 * noted for a later run (earlier-run.ts).
 */
export async function runWithProgress(
  ref: MinikubeRef,
  command: Command,
  timeoutMs: number,
  context: RunReach,
): Promise<Ran> {
  const { clock, exec, files } = context.ports
  const { cache } = profilePaths(ref)
  const noted: Promise<void>[] = []
  const done = new AbortController()
  let state: StartProgress = { ...noProgress, message: `minikube ${command.args[0] ?? ''}` }
  let lastHeard = clock.monotonic()
  const watch = async (): Promise<void> => {
    while (await slept(context, done.signal)) {
      const silentMs = clock.monotonic() - lastHeard
      if (silentMs < silentAfterMs) continue
      const bytes = await downloadedBytes(context, cache)
      if (done.signal.aborted) return
      context.progress({
        message: `${state.message} (${renderElapsed(silentMs)})`,
        fraction: state.fraction,
        ...(bytes > 0 ? { bytes } : {}),
      })
    }
  }
  const watching = watch()
  try {
    return await exec.run(command, {
      timeoutMs,
      signal: context.signal,
      onStart: (pid) => {
        const words = `minikube ${command.args[0] ?? ''} -p ${ref.profile}`
        const run = { pid, startedAtMs: clock.now(), timeoutMs, words }
        // Where it cannot be written, a later run is no worse off than without it; this one goes on.
        noted.push(applyEarlierRun(files, ref, run).catch(() => {}))
      },
      onLine: (fd, line) => {
        const event = fd === 1 ? parseEvent(line) : undefined
        if (event === undefined) return
        lastHeard = clock.monotonic()
        const next = advance(state, event)
        if (next === state) return
        state = next
        context.progress({ message: state.message, fraction: state.fraction })
      },
    })
  } finally {
    done.abort()
    await watching
    await Promise.all(noted)
    if (noted.length > 0) await files.remove(earlierRunPath(ref))
  }
}

/** False once the command has ended. */
async function slept(context: RunReach, done: AbortSignal): Promise<boolean> {
  try {
    await context.ports.clock.sleep(silentAfterMs, done)
    return !done.aborted
  } catch {
    return false // the only way sleep rejects is the signal, and then the command has ended
  }
}

/** Bytes in `*.download` files below the cache; images are left out, since they are many and not downloads. */
export async function downloadedBytes(
  context: Pick<RunReach, 'ports'>,
  folder: string,
  depth = 4,
): Promise<number> {
  const { files } = context.ports
  let bytes = 0
  for (const name of await files.list(folder)) {
    const path = joinPath(folder, name)
    if (name.endsWith('.download')) {
      bytes += (await files.stat(path))?.sizeBytes ?? 0
    } else if (depth > 0 && name !== 'images' && (await files.stat(path))?.kind === 'folder') {
      bytes += await downloadedBytes(context, path, depth - 1)
    }
  }
  return bytes
}
