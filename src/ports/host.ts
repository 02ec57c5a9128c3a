export interface NetworkInterface {
  readonly name: string
  /** Address and prefix length, e.g. `10.8.0.2/16`. */
  readonly cidr: string
  readonly internal: boolean
}

/** What the machine is, read from the machine itself. */
export interface HostFacts {
  readonly platform: 'darwin' | 'linux' | 'win32'
  /** The real processor, also when Node runs translated (Rosetta). */
  readonly arch: 'amd64' | 'arm64' | 'other'
  /** What Node was built for; differs from `arch` under Rosetta. */
  readonly nodeArch: string
  readonly release: string
  readonly distribution?: string
  readonly wsl: boolean
  readonly inContainer: boolean
  readonly root: boolean
  readonly cpus: number
  readonly memoryMiB: number
  readonly virtualization: 'available' | 'absent' | 'unknown'
  readonly interfaces: readonly NetworkInterface[]
}

export interface Host {
  read(): Promise<HostFacts>
  /** This very process, where it is known: what it leaves on disk can be told from what others left. */
  readonly self?: {
    readonly pid: number
    readonly machine: string
    /** This run of the program, unlike any other: small letters, digits and hyphens. */
    readonly run?: string
    /** ms since 1970, by the clock as it is set now; undefined where the system does not tell. */
    readonly bootedAtMs?: number | undefined
    /** Linux: what names this start of the machine, unlike any other; undefined elsewhere. */
    readonly bootId?: string | undefined
  }
  /** The person’s name, as the system has it; undefined where it has none for this id. */
  userName?(): string | undefined
  /** Whether a process with this id is alive. */
  isAlive(pid: number): boolean
}
