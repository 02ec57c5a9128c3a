// The same shapes as in the plan and the profile, which a domain folder may not import.
import type { Change, Json, Note } from '../ports/event.ts'
import type { Ports } from '../ports/ports.ts'
import type { Question } from '../ports/prompts.ts'
import type { Problem } from '../problems/problem.ts'

/** How to call minikube for one of its profiles. */
export interface MinikubeRef {
  readonly program: string
  /** minikube's own home, the folder that holds `profiles/`. */
  readonly home: string
  /** A kubeconfig of devk8s' own. */
  readonly kubeconfig: string
  readonly profile: string
}

/** What a cluster is to be, every value decided. */
export interface WantedCluster {
  readonly kubernetes: string
  readonly driver: string
  readonly runtime: string
  readonly cpus: number
  readonly memoryMiB: number
  readonly diskMiB: number
  readonly nodes: number
  readonly featureGates: Readonly<Record<string, boolean>>
  readonly extraConfig: readonly ExtraOption[]
  readonly mounts: readonly Mount[]
  readonly ports: readonly PublishedPort[]
  readonly registryMirrors: readonly string[]
  readonly insecureRegistries: readonly string[]
  readonly serviceCidr: string
  readonly subnet?: string
  readonly staticIp?: string
}

export interface ExtraOption {
  readonly component: string
  readonly key: string
  readonly value: string
}

export interface Mount {
  readonly host: string
  readonly node: string
}

export interface PublishedPort {
  readonly address: string
  readonly host: number
  readonly node: number
}

/** What reading minikube's state needs of the world. */
export interface ReadReach {
  readonly ports: Pick<Ports, 'exec' | 'files' | 'clock'>
  readonly signal: AbortSignal
  once<T>(key: string, read: () => Promise<T>): Promise<T>
}

/** What running minikube needs of the world. */
export interface RunReach {
  readonly ports: Pick<Ports, 'exec' | 'files' | 'clock' | 'host'>
  readonly signal: AbortSignal
  progress(what: { readonly message?: string; readonly fraction?: number; readonly bytes?: number }): void
}

/** What was found about a cluster, in the form a step's check gives. */
export type ClusterFinding = {
  readonly notes?: readonly Note[]
  readonly detail?: Readonly<Record<string, Json>>
} &
  /** `changes`: what only a new cluster could take. */
  (
    | { readonly state: 'ready'; readonly changes?: readonly Change[] }
    | {
        readonly state: 'absent' | 'drifted'
        readonly changes: readonly Change[]
        readonly consent?: Question
      }
    | { readonly state: 'blocked'; readonly problem: Problem }
  )
