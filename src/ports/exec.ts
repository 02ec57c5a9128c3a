import type { Secret } from './secret.ts'

/** The outside programs devk8s may run. `program` on the Command says which file that is. */
export type Tool =
  | 'minikube'
  | 'kubectl'
  | 'docker'
  | 'podman'
  | 'virsh'
  | 'vfkit'
  | 'qemu'
  | 'vboxmanage'
  | 'powershell'
  | 'sysctl'
  | 'system'
  /** A program of the person's: a sub-shell, or the line of `devk8s exec dev -- kubectl get pods`. */
  | 'own'

/** One call of an outside program, as data: shown by `--show-commands`, kept in the journal. */
export interface Command {
  readonly tool: Tool
  /** A bare name, looked up on the user's PATH, or an absolute path. */
  readonly program: string
  /** Arguments are public (any user can list processes), so a Secret cannot be one. */
  readonly args: readonly string[]
  readonly stdin?: string | Secret
  /** Added to the allow-listed environment that every child gets. */
  readonly env?: Readonly<Record<string, string | Secret>>
  readonly cwd?: string
  /** A command of the person's own gets the person's whole environment instead of the allow-listed one. */
  readonly inheritEnv?: boolean
  /** True when the call may alter anything; `look` mode refuses to run such a command. */
  readonly changes: boolean
}

/** How a call ended. A non-zero exit is a value, not a rejection. */
export interface Ran {
  readonly outcome: 'exited' | 'signalled' | 'timed-out' | 'not-found' | 'aborted'
  /** null unless `outcome` is `exited`. */
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
}

export interface HowToRun {
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Called for each whole line as it arrives: 1 = stdout, 2 = stderr. */
  readonly onLine?: (fd: 1 | 2, line: string) => void
  /** False: what `onLine` was told is not kept as well, however much it is; `stdout` and `stderr` stay empty. */
  readonly keepsOutput?: boolean
  /** Called once with the process id when the program has started; never by a simulated one. */
  readonly onStart?: (pid: number) => void
}

/** The one door to outside programs. */
export interface Exec {
  run(command: Command, how: HowToRun): Promise<Ran>
  /** The absolute path of a program on the user's PATH, or undefined. */
  find(program: string): Promise<string | undefined>
}
