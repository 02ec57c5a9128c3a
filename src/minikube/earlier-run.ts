import type { Ports } from '../ports/ports.ts'
import { isRecord } from './events.ts'
import { folderOf, privatePath } from './paths.ts'
import { renderElapsed } from './progress.ts'
import type { MinikubeRef, RunReach } from './types.ts'

/** A minikube that changes the cluster, and that whoever began it may not have seen the end of. */
export interface EarlierRun {
  readonly pid: number
  /** In ms since 1970. */
  readonly startedAtMs: number
  /** How long it may take; a process of that id that is older is somebody else's. */
  readonly timeoutMs: number
  /** `minikube start -p devk8s`. */
  readonly words: string
}

/** How often the end of an earlier run is looked for. */
const lookEveryMs = 1_000

/**
 * The note of the minikube that runs now, beside the private kubeconfig. A devk8s that is killed takes no child
 * with it, and a second `minikube start` beside the first breaks the profile (running-k8s-067: 93 and 50).
 */
export function earlierRunPath(ref: MinikubeRef): string {
  return privatePath(ref, 'minikube')
}

/** The minikube that an earlier devk8s began and that still runs, if there is one. */
export async function checkEarlierRun(
  ref: MinikubeRef,
  { files, host, clock }: Pick<Ports, 'files' | 'host' | 'clock'>,
): Promise<EarlierRun | undefined> {
  const run = parseRun(await files.readText(earlierRunPath(ref)))
  if (run === undefined || clock.now() - run.startedAtMs > run.timeoutMs) return undefined
  return host.isAlive(run.pid) ? run : undefined
}

/**
 * Waits until an earlier minikube has ended, saying so; true when there was one to wait for.
 * @throws the signal's reason when interrupted.
 */
export async function waitForEarlierRun(ref: MinikubeRef, context: RunReach): Promise<boolean> {
  const { clock, files } = context.ports
  let hasWaited = false
  for (;;) {
    const run = await checkEarlierRun(ref, context.ports)
    if (run === undefined) {
      // Its id may be another process' soon.
      if (hasWaited) await files.remove(earlierRunPath(ref))
      return hasWaited
    }
    hasWaited = true
    const elapsed = renderElapsed(clock.now() - run.startedAtMs)
    context.progress({ message: `${renderRun(run)}: waiting for its end (${elapsed})` })
    await clock.sleep(lookEveryMs, context.signal)
  }
}

/** The beginning of a sentence about it. */
export function renderRun(run: EarlierRun): string {
  return `${run.words} of an earlier devk8s still runs (process ${run.pid})`
}

export async function applyEarlierRun(
  files: Ports['files'],
  ref: MinikubeRef,
  run: EarlierRun,
): Promise<void> {
  await files.makeFolder(folderOf(ref.kubeconfig), 0o700)
  await files.write(earlierRunPath(ref), `${JSON.stringify(run)}\n`, { mode: 0o600 })
}

function parseRun(text: string | undefined): EarlierRun | undefined {
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined // not one of ours: as good as none
  }
  if (!isRecord(value)) return undefined
  const { pid, startedAtMs, timeoutMs, words } = value
  if (typeof pid !== 'number' || typeof startedAtMs !== 'number' || typeof timeoutMs !== 'number')
    return undefined
  return { pid, startedAtMs, timeoutMs, words: typeof words === 'string' ? words : 'minikube' }
}
