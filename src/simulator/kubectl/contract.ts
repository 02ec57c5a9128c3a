/** What a run of kubectl finds around it. */
export interface KubectlEnv {
  /** What `version --client` reports, e.g. `v1.33.1`. */
  readonly version: string
  /** e.g. `linux/amd64`. */
  readonly platform: string
  /** Milliseconds since 1970; for log lines and `rollout restart`. 1970 itself when absent. */
  readonly now?: number
  /** The contexts of the kubeconfig in use; absent = any name is accepted. */
  readonly contexts?: readonly string[]
  /** The context's namespace; `default` when absent. */
  readonly namespace?: string
  /** The kubeconfig file that was named and is not there. */
  readonly missingKubeconfig?: string
}

export interface KubectlResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  /** It goes on watching: whoever runs it asks again and again (`watchOnce`). */
  readonly watch?: WatchFrom
}

/** Where a watch goes on. */
export interface WatchFrom {
  /** Path and query of the watch, without the version. */
  readonly address: string
  /** The last resource version it has seen. */
  readonly since: string
  /** `name`, or `jsonpath=` with its template. */
  readonly output: string
  /** What stands before a name: `deployment.apps/`. */
  readonly prefix: string
}
