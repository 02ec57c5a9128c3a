import type { Clock } from './ports/clock.ts'

export interface OutStream {
  write(text: string): void
  readonly isTTY: boolean
  /** Width in cells; 80 when unknown. */
  readonly columns: number
  /** Height in lines, where it is known: a live display must not be taller. */
  readonly rows?: number | undefined
}

/** Columns to lay out for: a terminal's own width, or a usual one where nobody sees a width. */
export function columnsOf(stream: OutStream): number {
  const { columns } = stream
  // One cell is left free: a full line makes some terminals scroll by two.
  return stream.isTTY ? Math.max(20, columns - 1) : 100
}

/** The process as the program sees it. Built by `bin.ts` from the real one, by tests from nothing. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  readonly platform: 'darwin' | 'linux' | 'win32'
  readonly pid: number
  /** The process that started this one: the shell, when a person typed the command. */
  readonly parentPid: number
  /** The name this program was called by, without folder and extension: `devk8s`, or `kubectx` through a symlink. */
  readonly invokedAs: string
  /** How to start this program again: the Node that runs it, and its entry file. */
  readonly nodePath: string
  readonly scriptPath: string
  /** The machine's name. */
  readonly hostName: string
  /** Linux: within which numbers `pid` is one; containers number their processes on their own. */
  readonly pidNamespace?: string | undefined
  /** When the machine started, ms since 1970 by the clock as it is set now; undefined where the system does not tell. */
  readonly bootedAtMs?: number | undefined
  /** Linux: what names this start of the machine, unlike any other, whatever the clock is set to. */
  readonly bootId?: string | undefined
  readonly tempFolder: string
  /** The folder of the installed package: profiles/, manifests/ and dist/ lie in it. */
  readonly packageFolder: string
  readonly version: string
  readonly stdinIsTTY: boolean
  /** All that comes in on standard input, as text. */
  readStdin(): Promise<string>
  readonly stdout: OutStream
  readonly stderr: OutStream
  readonly clock: Clock
  /** Aborted with reason 'SIGINT' or 'SIGTERM' when the process is told to stop. */
  readonly signal: AbortSignal
}
