import type { KubeObject } from '../kube/object.ts'
import { withPolicies } from '../pods/policy-api.ts'
import type { KubectlRef, MinikubeRef, Plan, ResolvedCluster, Step, StepId } from './step.ts'
import { machineChecks } from './step.ts'
import { identitySteps } from './compile-aws.ts'
import { contextSteps, type ContextsInput, personalKubeconfigs, type Program } from './compile-contexts.ts'
import { objectSteps } from './compile-objects.ts'
import type { Facts } from './facts.ts'
import type { LoadedProfile, Profile } from '../profile/profile.ts'
import { wantsUpkeep } from '../upkeep/wants-upkeep.ts'

/** What the compiler is told besides the profile and the facts. All of it is data. */
export interface CompileInput {
  readonly loaded: LoadedProfile
  readonly facts: Facts
  readonly tools: { readonly minikube: ToolPlace; readonly kubectl: ToolPlace }
  readonly memoryMiB: number
  /** The four placeholder Secrets without which registry-creds never starts (facts sheet, 7.2). */
  readonly registrySecrets: readonly KubeObject[]
  /** The docker client's config file of this person. */
  readonly dockerConfig: string
  /** How kubectl starts this program again for credentials. */
  readonly program: Program
  /** Marks an object as ours and carries the hash of what was applied. */
  readonly stamp: (objects: readonly KubeObject[]) => readonly KubeObject[]
}

/** Where a tool is or will be, and where it is had from. */
export interface ToolPlace {
  readonly path: string
  readonly source: 'managed' | 'path'
  readonly url: string
  readonly checksumUrl: string
  readonly sha256?: string
}

export interface UpOptions {
  readonly recreate: boolean
  readonly makeCurrent: boolean
  readonly verify: boolean
}

/** minikube may legitimately take this long on a slow line: kicbase and preload are hundreds of MB each. */
const startTimeoutMs = 30 * 60_000

/** A host that only the sample's Ingress answers for, and a phrase only its page holds. */
export const sampleHost = 'sample.devk8s.test'
export const samplePhrase = 'devk8s sample'

export interface Refs {
  readonly cluster: ResolvedCluster
  readonly minikube: MinikubeRef
  readonly kubectl: KubectlRef
}

/** How the tools are called, and the cluster with what was left open decided. */
export function refsOf({ loaded: { profile }, facts, tools, memoryMiB }: CompileInput): Refs {
  const separator = facts.host.platform === 'win32' ? '\\' : '/'
  const kubeconfig = [facts.layout.data, 'kubeconfig', profile.cluster.name].join(separator)
  // Without any usable driver the plan is still made, for the first the platform would use: the driver
  // check then says why each cannot run.
  const driver = 'name' in facts.driver ? facts.driver.name : (facts.driver.none[0]?.driver ?? 'docker')
  return {
    cluster: {
      // Keys and pull secrets reach pods by admission policies.
      ...(wantsUpkeep(profile.aws) ? withPolicies(profile.cluster) : profile.cluster),
      driver,
      memoryMiB,
    },
    minikube: {
      program: tools.minikube.path,
      home: facts.layout.minikubeHome,
      kubeconfig,
      profile: profile.cluster.name,
    },
    kubectl: { program: tools.kubectl.path, kubeconfig, context: profile.cluster.name },
  }
}

function machineSteps(input: CompileInput, { cluster, minikube }: Refs): readonly Step[] {
  const { profile } = input.loaded
  const tools = (['minikube', 'kubectl'] as const).map((tool) => ({
    tool,
    program: input.tools[tool].path,
    version: profile.tools[tool].version,
  }))
  return machineChecks.map((check) => ({
    id: `machine.${check}`,
    kind: 'machine.fit',
    title: machineTitles[check],
    want: { check, cluster, minikube, tools, dataFolder: input.facts.layout.data },
    needs: [],
  }))
}

const machineTitles: Readonly<Record<(typeof machineChecks)[number], string>> = {
  architecture: 'Processor architecture',
  cpus: 'Processors',
  memory: 'Memory',
  disk: 'Disk space',
  virtualization: 'Virtualization',
  driver: 'Driver',
  ports: 'Ports',
  clock: 'Clock',
  proxy: 'Proxy settings',
  certificates: 'Certificates',
  addresses: 'Address ranges',
  wsl: 'Windows Subsystem for Linux',
  tools: 'Tools on PATH',
}

/** A tool at the version that the profile pins. */
export function toolStep(input: CompileInput, tool: 'minikube' | 'kubectl', needs: readonly StepId[]): Step {
  const { version } = input.loaded.profile.tools[tool]
  return {
    id: `tool.${tool}`,
    kind: 'tool.present',
    title: `${tool} ${version}`,
    want: { tool, version, ...input.tools[tool] },
    needs,
  }
}

/** `up`: from whatever there is to what the profile says. */
export function compileUp(input: CompileInput, options: UpOptions): Plan {
  const { profile } = input.loaded
  const refs = refsOf(input)
  const machine = machineSteps(input, refs)
  // Every check that can be made on a bare machine comes before the first change, so that a laptop that cannot do it is left as it was.
  const possible = possibleStep(input)
  const fit = [...machine, possible].map((step) => step.id)
  const steps: Step[] = [
    ...machine,
    possible,
    ...identitySteps(input),
    toolStep(input, 'minikube', fit),
    toolStep(input, 'kubectl', fit),
    clusterStep(profile, refs, options.recreate),
    contextStep(input, refs, options.makeCurrent),
    ...contextSteps(contextsInputOf(input), { prune: false, fresh: false }),
    ...objectSteps(input, refs),
    ...(options.verify ? [sampleStep(input, refs)] : []),
  ]
  return planOf('up', input.loaded, steps)
}

/** What of the input the part about remote contexts needs. */
export function contextsInputOf({ loaded, facts, program }: CompileInput): ContextsInput {
  return { loaded, layout: facts.layout, platform: facts.host.platform, program }
}

/** Where the old versions of the user's kubeconfig are kept. */
export const backupsOf = ({ layout, host }: Facts) =>
  `${layout.state}${host.platform === 'win32' ? '\\' : '/'}kubeconfig`

function clusterStep(profile: Profile, { cluster, minikube }: Refs, recreate: boolean): Step {
  return {
    id: 'cluster',
    kind: 'cluster.running',
    title: `Cluster ${profile.cluster.name}: Kubernetes ${cluster.kubernetes} on ${cluster.driver}`,
    want: { cluster, minikube, recreate, startTimeoutMs },
    needs: ['tool.minikube'],
  }
}

function possibleStep(input: CompileInput): Step {
  const { profile } = input.loaded
  const { name } = profile.context
  return {
    id: 'context.possible',
    kind: 'context.possible',
    title: `Room for context ${name}`,
    want: {
      name,
      userKubeconfig: personalKubeconfigs(contextsInputOf(input)),
      minikubeProfile: profile.cluster.name,
    },
    needs: [],
  }
}

function contextStep(input: CompileInput, { minikube }: Refs, makeCurrent: boolean): Step {
  const { context } = input.loaded.profile
  return {
    id: 'context',
    kind: 'context.present',
    title: `Context ${context.name}`,
    want: {
      ...context,
      makeCurrent: makeCurrent ? 'always' : context.makeCurrent,
      userKubeconfig: personalKubeconfigs(contextsInputOf(input)),
      backups: backupsOf(input.facts),
      minikube,
    },
    needs: ['cluster'],
  }
}

export function sampleStep(input: CompileInput, refs: Refs): Step {
  return {
    id: 'sample',
    kind: 'sample.served',
    title: `Sample application through the ingress (${sampleHost})`,
    want: {
      kubectl: refs.kubectl,
      minikube: refs.minikube,
      driver: refs.cluster.driver,
      objects: input.stamp(input.facts.sample),
      host: sampleHost,
      expect: samplePhrase,
    },
    needs: [
      'cluster',
      'tool.kubectl',
      ...(input.loaded.profile.addons['ingress']?.enabled ? ['addon.ingress'] : []),
    ],
  }
}

/** A plan for a profile, of these steps. */
export function planOf(command: string, { profile, hash }: LoadedProfile, steps: readonly Step[]): Plan {
  return { schema: 'devk8s.dev/plan/v1', command, profile: profile.name, profileHash: hash, steps }
}
