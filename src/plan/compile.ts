import type { KubeObject } from '../kube/object.ts'
import type { KubectlRef, MinikubeRef, Plan, ResolvedCluster, Step, StepId } from './step.ts'
import { machineChecks } from './step.ts'
import type { Facts } from './facts.ts'
import type { LoadedProfile, Profile } from '../profile/profile.ts'

/** What the compiler is told besides the profile and the facts. All of it is data. */
export interface CompileInput {
  readonly loaded: LoadedProfile
  readonly facts: Facts
  readonly tools: { readonly minikube: ToolPlace; readonly kubectl: ToolPlace }
  readonly memoryMiB: number
  /** The four placeholder Secrets without which registry-creds never starts (facts sheet, 7.2). */
  readonly registrySecrets: readonly KubeObject[]
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

interface Refs {
  readonly cluster: ResolvedCluster
  readonly minikube: MinikubeRef
  readonly kubectl: KubectlRef
}

function refsOf({ loaded: { profile }, facts, tools, memoryMiB }: CompileInput): Refs {
  const separator = facts.host.platform === 'win32' ? '\\' : '/'
  const kubeconfig = [facts.layout.data, 'kubeconfig', profile.cluster.name].join(separator)
  // Without any usable driver the plan is still made, for the first the platform would use: the driver
  // check then says why each cannot run.
  const driver = 'name' in facts.driver ? facts.driver.name : (facts.driver.none[0]?.driver ?? 'docker')
  return {
    cluster: { ...profile.cluster, driver, memoryMiB },
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

function toolStep(input: CompileInput, tool: 'minikube' | 'kubectl', needs: readonly StepId[]): Step {
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
  // Every machine check comes before the first change, so that a laptop that cannot do it is left as it was.
  const fit = machine.map((step) => step.id)
  const steps: Step[] = [
    ...machine,
    toolStep(input, 'minikube', fit),
    toolStep(input, 'kubectl', fit),
    clusterStep(profile, refs, options.recreate),
    contextStep(input, refs, options.makeCurrent),
    ...objectSteps(input, refs),
    ...(options.verify ? [sampleStep(input, refs)] : []),
  ]
  return planOf('up', input.loaded, steps)
}

/** Where the old versions of the user's kubeconfig are kept. */
const backupsOf = ({ layout, host }: Facts) =>
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

function contextStep(input: CompileInput, { minikube }: Refs, makeCurrent: boolean): Step {
  const { context } = input.loaded.profile
  return {
    id: 'context',
    kind: 'context.present',
    title: `Context ${context.name}`,
    want: {
      ...context,
      makeCurrent: makeCurrent ? 'always' : context.makeCurrent,
      userKubeconfig: input.facts.layout.userKubeconfig,
      backups: backupsOf(input.facts),
      minikube,
    },
    needs: ['cluster'],
  }
}

/** Namespaces first, then add-ons one after the other, then the profile's manifests in their order. */
function objectSteps(input: CompileInput, refs: Refs): readonly Step[] {
  const { profile } = input.loaded
  const steps: Step[] = []
  const apply = (id: string, title: string, objects: readonly KubeObject[], after: readonly StepId[]) => {
    if (objects.length === 0) return
    const want = { kubectl: refs.kubectl, objects: input.stamp(objects) }
    steps.push({ id, kind: 'objects.applied', title, want, needs: ['cluster', 'tool.kubectl', ...after] })
  }
  apply('namespaces', 'Namespaces', profile.namespaces.map(namespaceObject), [])
  const addons = Object.entries(profile.addons).filter(([, addon]) => addon.enabled)
  if (needsRegistrySecrets(input)) {
    apply('addon-secrets.registry-creds', 'Secrets that registry-creds waits for', input.registrySecrets, [])
  }
  let previous: StepId | undefined
  for (const [addon, { options }] of addons) {
    const id = `addon.${addon}`
    const after =
      addon === 'registry-creds' && needsRegistrySecrets(input) ? ['addon-secrets.registry-creds'] : []
    steps.push({
      id,
      kind: 'addon.ready',
      title: `Add-on ${addon}`,
      want: {
        addon,
        options,
        minikube: refs.minikube,
        kubectl: refs.kubectl,
        nodeArch: nodeArch(input.facts),
      },
      needs: ['cluster', 'tool.kubectl', ...after],
    })
    previous = id
  }
  // The ingress add-on's webhook fails closed while its controller is down, so Ingresses of the profile can
  // only be applied behind it (facts sheet, 7.3).
  let before: readonly StepId[] = [
    ...(profile.namespaces.length > 0 ? ['namespaces'] : []),
    ...(previous === undefined ? [] : addons.map(([addon]) => `addon.${addon}`)),
  ]
  for (const { path, objects } of input.facts.manifests) {
    const id = `manifests.${steps.length}`
    apply(id, `Manifests ${path}`, objects, before)
    if (objects.length > 0) before = [id]
  }
  return steps
}

const nodeArch = (facts: Facts) => (facts.host.arch === 'arm64' ? 'arm64' : 'amd64')

const needsRegistrySecrets = ({ loaded: { profile }, facts }: CompileInput) =>
  profile.addons['registry-creds']?.enabled === true && nodeArch(facts) === 'amd64'

function namespaceObject({ name, labels, annotations }: Profile['namespaces'][number]): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels, annotations } }
}

function sampleStep(input: CompileInput, refs: Refs): Step {
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

/** `verify`, first half: what the proof rests on. */
export function compileGround(input: CompileInput): Plan {
  const steps = looking(input).filter(({ id }) => groundSteps.has(id))
  return planOf('verify', input.loaded, within(steps))
}

const groundSteps: ReadonlySet<StepId> = new Set([
  'tool.minikube',
  'tool.kubectl',
  'cluster',
  'addon.ingress',
])

/** `verify`, second half: the proof itself. */
export function compileProof(input: CompileInput): Plan {
  return planOf('verify', input.loaded, within([sampleStep(input, refsOf(input))]))
}

/** `status`: the same checks as `up` without those of the machine. */
export function compileStatus(input: CompileInput): Plan {
  const steps = looking(input).filter(({ kind }) => kind !== 'machine.fit')
  return planOf('status', input.loaded, within(steps))
}

/** `doctor`: every check there is, so that all that is wrong is said at once. */
export function compileDoctor(input: CompileInput): Plan {
  return planOf('doctor', input.loaded, looking(input))
}

/** The steps of `up` for a look. */
function looking(input: CompileInput): readonly Step[] {
  return forLook(compileUp(input, { recreate: false, makeCurrent: false, verify: false }), input.facts).steps
}

/**
 * The same plan with the needs dropped that only a change has: tools do not wait for the machine's checks, the
 * context not for the cluster, and a cluster that is not there needs no minikube to be seen missing.
 */
export function forLook(plan: Plan, facts: Facts): Plan {
  const isFree = ({ kind }: Step) =>
    kind === 'tool.present' ||
    kind === 'context.present' ||
    (kind === 'cluster.running' && facts.existing === undefined)
  return { ...plan, steps: plan.steps.map((step) => (isFree(step) ? { ...step, needs: [] } : step)) }
}

/** `down`: stops the cluster; its data and the context stay. */
export function compileDown(input: CompileInput): Plan {
  const { minikube } = refsOf(input)
  return planOf('down', input.loaded, [
    {
      id: 'cluster',
      kind: 'cluster.stopped',
      title: `Stop cluster ${minikube.profile}`,
      want: { minikube },
      needs: [],
    },
  ])
}

export interface DestroyOptions {
  readonly keepTools: boolean
  /** Other clusters of devk8s on this machine: what they share with this one stays. */
  readonly others: readonly string[]
}

/** `destroy`: the context, the cluster, and then the files devk8s wrote; the tools last, since minikube deletes the cluster. */
export function compileDestroy(input: CompileInput, { keepTools, others }: DestroyOptions): Plan {
  const { minikube } = refsOf(input)
  const { layout } = input.facts
  const { name } = input.loaded.profile.context
  const files = (id: string, what: string, paths: readonly string[], needs: readonly StepId[]): Step => ({
    id,
    kind: 'files.absent',
    title: what,
    want: { paths, what },
    needs,
  })
  const shared = [
    ...(keepTools
      ? []
      : [files('data', 'Installed tools and private kubeconfigs', [layout.data], ['kubeconfig'])]),
    files('config', 'Your overrides and the last profile used', [layout.config], ['kubeconfig']),
    files('state', 'Journals and old versions of the kubeconfig', [layout.state], ['config', 'context']),
  ]
  return planOf('destroy', input.loaded, [
    {
      id: 'context',
      kind: 'context.absent',
      title: `Context ${name}`,
      want: {
        name,
        userKubeconfig: layout.userKubeconfig,
        backups: backupsOf(input.facts),
        minikubeProfile: minikube.profile,
      },
      needs: [],
    },
    {
      id: 'cluster',
      kind: 'cluster.absent',
      title: `Cluster ${minikube.profile} and all data in it`,
      want: { minikube },
      needs: [],
    },
    files('kubeconfig', 'Private kubeconfig', [minikube.kubeconfig], ['cluster']),
    ...(others.length === 0 ? shared : []),
  ])
}

/** Drops needs on steps that are not there. */
function within(steps: readonly Step[]): readonly Step[] {
  const ids = new Set(steps.map(({ id }) => id))
  return steps.map((step) => ({ ...step, needs: step.needs.filter((need) => ids.has(need)) }))
}

function planOf(command: string, { profile, hash }: LoadedProfile, steps: readonly Step[]): Plan {
  return { schema: 'devk8s.dev/plan/v1', command, profile: profile.name, profileHash: hash, steps }
}
