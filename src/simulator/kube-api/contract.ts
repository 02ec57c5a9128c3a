import type { KubeStore } from './store.ts'

/** One HTTP request to the API server. */
export interface ApiRequest {
  readonly method: string
  /** Without query, e.g. `/api/v1/namespaces`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** One character per byte when the content type is protobuf. */
  readonly body: string
}

export interface ApiResponse {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface ApiResult extends ApiResponse {
  readonly store: KubeStore
}

/** What can be made to go wrong in the cluster. */
export interface ApiFaults {
  /** Every request answers 401, as with a wrong token. */
  readonly unauthorized?: boolean
  /** Every request for a resource answers 403 for this user. */
  readonly forbiddenUser?: string
  /** Every request answers 503, as while the API server starts. */
  readonly unavailable?: boolean
  /** Every request for a resource answers 503; discovery works. */
  readonly unavailableResources?: boolean
  /** `/readyz` answers 500 with the named checks failing; everything else works. */
  readonly notReady?: readonly string[]
  /** Images, or parts of their names, whose containers exit at once: CrashLoopBackOff. */
  readonly crashingImages?: readonly string[]
  /** Images, or parts of their names, that cannot be pulled: ImagePullBackOff. */
  readonly missingImages?: readonly string[]
  /** Workloads (by name) that never become ready. */
  readonly neverReady?: readonly string[]
  /** How long a workload needs to become ready, in ms; 1500 when absent. */
  readonly readyAfterMs?: number
}
