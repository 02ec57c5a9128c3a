import type { KubeObject } from '../kube/object.ts'
import type { Change, EventBody, Json, Note } from '../ports/event.ts'
import type { Ports } from '../ports/ports.ts'
import type { Question } from '../ports/prompts.ts'
import type { Problem } from '../problems/problem.ts'
import type { ClusterSpec, Driver, RemoteContextSpec } from '../profile/profile.ts'
import type { ServicePlace } from '../upkeep/broker-units.ts'
import type { AgentUpkeep, Upkeep, UpkeepPart } from '../upkeep/upkeep.ts'

/** How to call the pinned minikube for one of its profiles. */
export interface MinikubeRef {
  readonly program: string
  /** minikube's own home, the folder that holds `profiles/`. */
  readonly home: string
  /** A kubeconfig of devk8s' own, so that minikube never writes the user's (facts sheet, 9). */
  readonly kubeconfig: string
  /** minikube's profile name. */
  readonly profile: string
}

/** How to call kubectl against the local cluster; the context carries the minikube profile's name. */
export interface KubectlRef {
  readonly program: string
  readonly kubeconfig: string
  readonly context: string
}

/** `auto` values resolved: what the cluster is to be, on this machine. */
export type ResolvedCluster = Omit<ClusterSpec, 'driver' | 'memoryMiB'> & {
  readonly driver: Driver
  readonly memoryMiB: number
}

export const machineChecks = [
  'architecture',
  'cpus',
  'memory',
  'disk',
  'virtualization',
  'driver',
  'ports',
  'clock',
  'proxy',
  'certificates',
  'addresses',
  'wsl',
  'tools',
] as const
export type MachineCheck = (typeof machineChecks)[number]

/** What a step of each kind wants: plain JSON, so a plan can be saved, shown and compared. */
export interface Wants {
  'machine.fit': {
    readonly check: MachineCheck
    readonly cluster: ResolvedCluster
    readonly minikube: MinikubeRef
    readonly tools: readonly { readonly tool: string; readonly program: string; readonly version: string }[]
    readonly dataFolder: string
  }
  'tool.present': {
    readonly tool: 'minikube' | 'kubectl'
    readonly version: string
    /** Where it is to be. */
    readonly path: string
    /** `path`: a compatible binary of the user's serves and nothing is installed. */
    readonly source: 'managed' | 'path'
    readonly url: string
    /** The publisher's checksum file; used when `sha256` is not pinned. */
    readonly checksumUrl: string
    readonly sha256?: string
  }
  'cluster.running': {
    readonly cluster: ResolvedCluster
    readonly minikube: MinikubeRef
    /** The user asked for what cannot be changed in place to be recreated. */
    readonly recreate: boolean
    readonly startTimeoutMs: number
  }
  'cluster.stopped': { readonly minikube: MinikubeRef }
  'cluster.absent': { readonly minikube: MinikubeRef }
  'addon.ready': {
    readonly addon: string
    readonly options: Readonly<Record<string, string>>
    readonly minikube: MinikubeRef
    readonly kubectl: KubectlRef
    readonly nodeArch: 'amd64' | 'arm64'
  }
  /** Faults found in the profile's manifest files, for commands that only look. */
  'manifests.usable': { readonly problems: readonly Problem[] }
  /** Named by the profile as not wanted. */
  'addon.absent': { readonly addon: string; readonly minikube: MinikubeRef }
  'objects.applied': { readonly kubectl: KubectlRef; readonly objects: readonly KubeObject[] }
  'context.present': {
    readonly name: string
    readonly namespace: string
    readonly makeCurrent: 'if-none' | 'always' | 'never'
    /** Paths of the user's kubeconfig, first writable first. */
    readonly userKubeconfig: readonly string[]
    readonly minikube: MinikubeRef
    /** Folder for the last versions of a file that is changed; none are kept without it. */
    readonly backups?: string
  }
  /** Looked at before the first change: what would keep the context out is known before an hour of work. */
  'context.possible': {
    readonly name: string
    readonly userKubeconfig: readonly string[]
    readonly minikubeProfile: string
  }
  'context.absent': {
    readonly name: string
    readonly userKubeconfig: readonly string[]
    readonly minikubeProfile: string
    readonly backups?: string
  }
  /** A small program at a place that stays, through which kubectl starts this devk8s for credentials. */
  'launcher.present': {
    readonly path: string
    readonly nodePath: string
    readonly scriptPath: string
    readonly version: string
  }
  /** One entry of the profile's `contexts`: one context, or with `eks.discover` as many as are found. */
  'remote-context.present': RemotePlaces & {
    readonly spec: RemoteContextSpec
    /** `metadata.name` of the profile. */
    readonly team: string
    /** What kubectl runs for credentials. */
    readonly launcher: string
    /** The region of the profile's `aws` section, for specs without one. */
    readonly region?: string
    /** Where the last answer of each remote lookup is kept. */
    readonly cache: string
    /** Asks even when an answer of a few minutes ago is known. */
    readonly fresh?: true
    /** With `eks.discover`: the other entries of the profile, whose names and clusters are theirs. */
    readonly others?: readonly RemoteContextSpec[]
  }
  /** Contexts of this team that the profile has no more are gone. Without `prune` they are only told of. */
  'remote-contexts.trimmed': RemotePlaces & {
    readonly team: string
    /** Entries of the profile that still stand; none when all is to go. */
    readonly specs: readonly RemoteContextSpec[]
    readonly prune: boolean
    /** The file that binds this shell to a context; its copy of one that goes must go too. */
    readonly boundFile?: string
    /** Protected ones whose removal a person has agreed to; the others stay, whatever `prune` says. */
    readonly agreed?: readonly string[] | 'all'
    readonly cache: string
    readonly region?: string
    readonly fresh?: true
  }
  /** Somebody is signed in to AWS, in an account that the team allows. */
  'aws-identity.admitted': {
    readonly source: Upkeep['source']
    readonly accounts: Upkeep['accounts']
    /** `metadata.name` of the profile. */
    readonly team: string
  }
  /** What is kept fresh in the cluster is written down for later commands and for the broker. */
  'upkeep.recorded': { readonly path: string; readonly upkeep: Upkeep }
  /** `path` is where the upkeep is recorded; what is kept about it lies beside it. */
  'upkeep.fresh': {
    readonly part: UpkeepPart
    readonly upkeep: Upkeep
    readonly path: string
    /** Also tries what cannot be read: whether policies are in effect. */
    readonly thorough?: true
  }
  /** The rules and the address that lead pods to the agent are in its nodes. */
  'aws-routes.present': { readonly agent: Pick<AgentUpkeep, 'minikube' | 'nodes'> }
  /** The agent is on every node, by these objects, and answers. */
  'aws-agent.running': { readonly kubectl: KubectlRef; readonly objects: readonly KubeObject[] }
  /** No AWS key of ours is left in the cluster; `upkeep` is the file that says what was kept fresh there. */
  'aws-keys.absent': {
    readonly kubectl: KubectlRef
    readonly minikube: MinikubeRef
    readonly upkeep: string
    /** What the profile asks for no more. Without it all is to go, and what cannot be removed stands in nobody's way. */
    readonly parts?: readonly UpkeepPart[]
  }
  /** No broker runs, and no service starts one. Clusters of others keep theirs: then it stays. */
  'broker.absent': {
    readonly upkeeps: string
    readonly except: string
    /** Where its service would lie, which may be there without a record. */
    readonly service?: ServicePlace
  }
  /** No image of this machine can get into the team's registries: CI alone pushes (docs: two rules). Looked at by `doctor`. */
  'registry-push.impossible': {
    readonly source: Upkeep['source']
    readonly registries: readonly { readonly account: string; readonly regions: readonly string[] }[]
    /** The docker client's config file. */
    readonly dockerConfig: string
  }
  'sample.served': {
    readonly kubectl: KubectlRef
    readonly minikube: MinikubeRef
    readonly driver: Driver
    readonly objects: readonly KubeObject[]
    readonly host: string
    readonly expect: string
  }
  'files.absent': {
    readonly paths: readonly string[]
    readonly what: string
    /** A folder in them with the files that bind shells: those of shells that live stay. */
    readonly boundFolder?: string
  }
}

interface RemotePlaces {
  readonly userKubeconfig: readonly string[]
  readonly backups: string
  /** The file that tells the prompt which contexts have a colour. */
  readonly colors: string
}

export type Kind = keyof Wants
export type StepId = string

/** One wanted state. */
export type Step<K extends Kind = Kind> = {
  [P in K]: {
    readonly id: StepId
    readonly kind: P
    readonly title: string
    readonly want: Readonly<Wants[P]>
    readonly needs: readonly StepId[]
    /** Steps whose end is waited for, however they end: what they do is of use here, and not needed. */
    readonly after?: readonly StepId[]
  }
}[K]

/** What a check found. `notes` are said to the user once; `detail` feeds `status` and JSON. */
export type Finding = {
  readonly notes?: readonly Note[]
  readonly detail?: Readonly<Record<string, Json>>
} &
  /**
   * As wanted, but for `changes` of effect `recreate`: what an existing thing cannot take, and is not made
   * anew for unasked. Nothing is applied for them.
   */
  (
    | { readonly state: 'ready'; readonly changes?: readonly Change[] }
    /** Not there; `changes` says what applying will create (paths, sizes). */
    | ({ readonly state: 'absent' } & Lacking)
    | ({ readonly state: 'drifted' } & Lacking)
    /** Cannot be mended by this step; `fix` is what `doctor --fix` may do safely. */
    | { readonly state: 'blocked'; readonly problem: Problem }
  )

interface Lacking {
  readonly changes: readonly Change[]
  readonly consent?: Question
  /**
   * What is broken meanwhile, where that is more than not being there yet. A look tells of it; after a change it is why
   * the state did not come about, at once when its exit is 4: then no waiting brings it about.
   */
  readonly problem?: Problem
}

/** What a runner is given: the ports, a place to say things, and a memory for reads of this run. */
export interface StepContext {
  readonly ports: Ports
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Progress of this very step. */
  progress(what: Omit<Extract<EventBody, { type: 'step.progress' }>, 'type' | 'id'>): void
  note(note: Note): void
  /**
   * The value of `read`, read once per run and shared between steps; forgotten whenever a step has changed
   * something, so that a second check never sees the past.
   */
  once<T>(key: string, read: () => Promise<T>): Promise<T>
}

/** Steps that change the same thing take turns: one change at a time per lane. */
export type Lane = 'download' | 'cluster' | 'host'

/** How one kind of state is checked and brought about. Success is what the second check says. */
export interface Runner<K extends Kind> {
  readonly lane: Lane
  /** Never changes anything. */
  check(step: Step<K>, context: StepContext): Promise<Finding>
  /** @throws DevK8sError when the change did not come about. */
  apply(step: Step<K>, found: Finding, context: StepContext): Promise<void>
  /** How long, in ms, the check after the change may keep asking before it counts as failed; 0 = once. */
  readonly settleMs: number
}

export type Runners = { readonly [K in Kind]: () => Promise<Runner<K>> }

export interface Plan {
  readonly schema: 'devk8s.dev/plan/v1'
  readonly command: string
  readonly profile: string
  readonly profileHash: string
  /** In an order that respects `needs`. */
  readonly steps: readonly Step[]
}
