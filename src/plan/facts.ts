import type { AwsSignIn } from '../ports/aws.ts'
import type { HostFacts } from '../ports/host.ts'
import type { Problem } from '../problems/problem.ts'
import type { Driver } from '../profile/profile.ts'
import type { ServicePlace } from '../upkeep/broker-units.ts'
import type { UpkeepPart } from '../upkeep/upkeep.ts'
import type { Association } from '../agent/documents.ts'
import type { Layout } from './layout.ts'
import type { KubeObject } from '../kube/object.ts'

/** What a driver said when it was looked for. */
export interface DriverFact {
  readonly driver: Driver
  readonly usable: boolean
  /** One sentence: why not, or which version. */
  readonly reason: string
  /** What to install or start, as commands to paste; empty when usable. */
  readonly remedy: readonly string[]
}

/** Docker as `docker version` and `docker info` describe it. */
export interface DockerFact {
  readonly serverVersion: string
  readonly memoryMiB: number
  readonly cpus: number
  readonly storageDriver: string
  readonly cgroupVersion: string
  readonly rootless: boolean
  /** Docker Desktop and the like: node addresses cannot be reached from the machine. */
  readonly desktop: boolean
}

/** What is kept fresh in a cluster, by its record. */
export interface KeptFresh {
  readonly cluster: string
  /** All of them where the record is damaged: whatever it was is to end. */
  readonly parts: readonly UpkeepPart[]
  /** The AWS profile that it follows; undefined where it follows the environment, and where it is damaged. */
  readonly profile?: string
}

/** What the plan depends on, read once before it is made; nothing in it was changed to learn it. */
export interface Facts {
  readonly host: HostFacts
  readonly layout: Layout
  /** The driver to use, and how that was decided: by the profile, by the existing cluster, or found. */
  readonly driver:
    | { readonly name: Driver; readonly why: 'profile' | 'existing' | 'found' }
    | { readonly none: readonly DriverFact[] }
  readonly docker?: DockerFact
  /** Compatible binaries on PATH, where the profile lets them serve: absolute paths. */
  readonly onPath: { readonly minikube?: string; readonly kubectl?: string }
  /** minikube's own `profiles/<name>/config.json`, when there is one. */
  readonly existing?: { readonly driver: Driver; readonly memoryMiB: number }
  /** How the profile's AWS source signs in; undefined when it asks for none, or the person's files do not tell. */
  readonly signIn?: AwsSignIn
  /** Clusters that something is kept fresh in. */
  readonly keptFresh: readonly KeptFresh[]
  /** Of EKS Pod Identity, imported from whichever clusters. */
  readonly associations: readonly Association[]
  /** The agent's program, as it goes into a ConfigMap; undefined when the profile asks for none. */
  readonly agentProgram?: string
  /** A process that renews by itself lives at this moment. */
  readonly brokerRuns: boolean
  /** One was started and not stopped: its record, lock or service is there, whether it runs or not. */
  readonly broker: boolean
  /** Where a service of the broker lies, if there is one; undefined where nothing has services. */
  readonly brokerService?: ServicePlace
  /** Parsed manifest files, in the profile's order; a fault in one is a problem of the profile. */
  readonly manifests: readonly { readonly path: string; readonly objects: readonly KubeObject[] }[]
  /** The bundled sample of `devk8s verify`. */
  readonly sample: readonly KubeObject[]
  /** Faults of manifest files. */
  readonly problems: readonly Problem[]
  /** Names of the other clusters that devk8s made on this machine. */
  readonly otherClusters: readonly string[]
}
