import type { Ports } from '../ports/ports.ts'
import { renderShellWords } from '../cli/shell-words.ts'
import { fail } from '../problems/problem.ts'
import { locked } from '../problems/state.ts'

/** Who holds a lock; the file's content, as JSON. */
export interface Holder {
  readonly pid: number
  /** The command line as typed, e.g. `devk8s up`. */
  readonly command: string
  /** ms since 1970. */
  readonly startedAt: number
  /** The machine's name: a pid means nothing on another one (home folders on a network). */
  readonly host: string
  /** Linux: which start of the machine it runs in (/proc/sys/kernel/random/boot_id). */
  readonly boot?: string
}

export type LockPorts = Pick<Ports, 'files' | 'host' | 'clock'>

/** Whether the process of that number is what a holder must be; undefined where that cannot be told. */
export type IsHolder = (pid: number) => Promise<boolean | undefined>

/** A file that cannot be read as a holder may be one that is being written; older than this, it is wreckage. */
const wreckageAgeMs = 10_000
/** By so much a process may seem to be older than the start of its machine, which systems tell in whole seconds. */
const bootSlackMs = 5_000
const pauseMs = 100
const attempts = 20

/**
 * Runs `body` while holding the lock file, and releases it however `body` ends.
 *
 * The lock is had by creating the file exclusively. One whose process is dead, or that has been unreadable
 * for 10 s, is taken over, and so is one of before the machine's last start, whoever has the number by now; a lock
 * from another machine never is. It is between processes: two calls with one pid do not exclude each other.
 * proper-lockfile was passed over: it tells stale from held by time alone and does not name the holder.
 *
 * @param isHolder tells better than the times whether a living process can be the holder.
 * @throws DevK8sError DK8001 (exit 6) naming pid, command and start when another run holds it; what the
 *   files door throws when the file cannot be written; the signal's reason when it is aborted while waiting.
 */
export async function withLock<T>(
  path: string,
  holder: Holder,
  ports: LockPorts,
  signal: AbortSignal,
  body: () => Promise<T>,
  isHolder: IsHolder = nobodyKnows,
): Promise<T> {
  const content = `${JSON.stringify(holder)}\n`
  await acquire({ path, content, own: holder, ports, signal, isHolder })
  try {
    return await body()
  } finally {
    // Only our own: should anyone have removed ours by hand and a third run begun, the file is theirs.
    if ((await ports.files.readText(path)) === content) await ports.files.remove(path)
  }
}

const nobodyKnows: IsHolder = async () => undefined

interface Acquiring {
  readonly path: string
  readonly content: string
  readonly own: Holder
  readonly ports: LockPorts
  readonly signal: AbortSignal
  readonly isHolder: IsHolder
}

async function acquire({ path, content, own, ports, signal, isHolder }: Acquiring): Promise<void> {
  let found: Holder | undefined
  await ports.files.makeFolder(folderOf(path), 0o700)
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    signal.throwIfAborted()
    if (await ports.files.createExclusive(path, content)) return
    const state = await readLock(path, own, ports, isHolder)
    switch (state.is) {
      case 'gone':
        break
      case 'held':
        fail(locked, heldBy(path, state.by, own))
        break
      case 'stale':
        if (await takeOver(path, content, state.text, own, ports)) return
        await ports.clock.sleep(pauseMs, signal)
        break
      case 'unclear':
        await ports.clock.sleep(pauseMs, signal)
        break
    }
    if (state.is === 'stale') found = state.by
  }
  fail(locked, heldBy(path, found, own))
}

/** Who holds a lock at this moment; undefined when it is free, or would be taken over. */
export async function holderNow(path: string, own: Holder, ports: LockPorts): Promise<Holder | undefined> {
  const state = await readLock(path, own, ports, nobodyKnows)
  return state.is === 'held' ? state.by : undefined
}

/**
 * Whether the process that a lock of this machine names is still that process. Numbers are given out again: a holder
 * of before the machine's last start is another process by now. Where both starts have a name, the names decide, not
 * the times: after a pause of the machine (WSL2) clock and uptime disagree, and a living holder seems older than it.
 */
export async function isStillHeld(
  { pid, startedAt, boot }: Holder,
  host: LockPorts['host'],
  isHolder: IsHolder,
): Promise<boolean> {
  if (!host.isAlive(pid)) return false
  const bootNow = boot === undefined ? undefined : host.self?.bootId
  if (bootNow !== undefined && boot !== bootNow) return false
  const told = await isHolder(pid)
  if (told !== undefined) return told
  if (bootNow !== undefined) return true
  const bootedAtMs = host.self?.bootedAtMs
  return bootedAtMs === undefined || startedAt >= bootedAtMs - bootSlackMs
}

type LockState =
  | { readonly is: 'gone' }
  | { readonly is: 'held'; readonly by: Holder }
  | { readonly is: 'stale'; readonly text: string; readonly by?: Holder }
  | { readonly is: 'unclear' }

async function readLock(
  path: string,
  own: Holder,
  { files, host, clock }: LockPorts,
  isHolder: IsHolder,
): Promise<LockState> {
  const text = await files.readText(path)
  if (text === undefined) return { is: 'gone' }
  const by = parseHolder(text)
  if (by !== undefined) {
    if (by.host !== own.host) return { is: 'held', by }
    // Our own pid in it is that of an earlier process: containers number theirs from 1 each time.
    const isHeld = by.pid !== own.pid && (await isStillHeld(by, host, isHolder))
    return isHeld ? { is: 'held', by } : { is: 'stale', text, by }
  }
  const stat = await files.stat(path)
  if (stat === undefined) return { is: 'gone' }
  return clock.now() - stat.mtimeMs > wreckageAgeMs ? { is: 'stale', text } : { is: 'unclear' }
}

/**
 * Replaces a stale lock. Two runs may find the same one stale, and the slower must not remove the faster
 * one's new lock: so the takeover has a lock of its own, held for three file operations, under which the
 * file is read once more. False when somebody else is at it or was faster.
 */
async function takeOver(path: string, content: string, stale: string, own: Holder, ports: LockPorts) {
  const { files, clock } = ports
  const guard = `${path}.takeover`
  if (!(await files.createExclusive(guard, content))) {
    const stat = await files.stat(guard)
    // Its maker died within those three operations; the next attempt finds the way free.
    if (stat !== undefined && clock.now() - stat.mtimeMs > wreckageAgeMs) await files.remove(guard)
    return false
  }
  try {
    if ((await files.readText(path)) !== stale) return false
    const aside = `${path}.stale-${own.pid}-${own.startedAt}`
    await files.rename(path, aside)
    await files.remove(aside)
    return await files.createExclusive(path, content)
  } finally {
    await files.remove(guard)
  }
}

const folderOf = (path: string) => path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'), 1))

/** The holder a lock file names, or undefined when it names none: empty, cut, or not ours. */
export function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null
    if (typeof value !== 'object' || value === null) return undefined
    const { pid, command, startedAt, host, boot } = value
    if (typeof pid !== 'number' || typeof startedAt !== 'number') return undefined
    if (typeof command !== 'string' || typeof host !== 'string') return undefined
    return { pid, command, startedAt, host, ...(typeof boot === 'string' ? { boot } : {}) }
  } catch {
    // Not JSON: a writer was cut, or the file is somebody else's.
    return undefined
  }
}

/** What to tell of a lock that is held, and how a person finds out whether it is wreckage. */
export function heldBy(
  path: string,
  by: Holder | undefined,
  own: Pick<Holder, 'host'>,
): { readonly detail: string; readonly next: readonly string[] } {
  if (by === undefined) {
    return {
      detail: `Somebody holds ${path}, and the file does not say who.`,
      next: [renderShellWords(['rm', path])],
    }
  }
  const since = new Date(by.startedAt).toISOString().replace('T', ' ').slice(0, 19)
  const where = by.host === own.host ? '' : ` on ${by.host}`
  return {
    detail: `Process ${by.pid}${where} ("${by.command}") has held the lock since ${since} UTC. Lock file: ${path}`,
    // What that process is. One that has nothing to do with devk8s got the number of a run that was killed, and
    // then the file is wreckage, which only a person can tell.
    next:
      by.host !== own.host
        ? []
        : path.includes('\\')
          ? [`tasklist /FI "PID eq ${by.pid}"`, `del "${path}"`]
          : [`ps -p ${by.pid}`, renderShellWords(['rm', path])],
  }
}
