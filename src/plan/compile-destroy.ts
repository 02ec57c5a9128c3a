import type { LauncherUsers } from '../contexts/launcher-users.ts'
import { contextPlaces } from '../contexts/places.ts'
import { backupPath } from '../minikube/backup.ts'
import { ownershipPath } from '../minikube/ownership.ts'
import { backupsOf, contextsInputOf, planOf, refsOf, toolStep, type CompileInput } from './compile.ts'
import { upkeepPath } from './compile-aws.ts'
import { contextsGoneStep, personalKubeconfigs } from './compile-contexts.ts'
import { awsPlaces } from '../upkeep/places.ts'
import type { MinikubeRef, Plan, Step, StepId } from './step.ts'

export interface EndOptions {
  /** No minikube is installed and there is something for it to do: the pinned one has to be fetched first. */
  readonly fetchMinikube: boolean
}

/** The step that fetches minikube, where it is needed, and what waits for it. */
function minikubeFirst(input: CompileInput, { fetchMinikube }: EndOptions) {
  const steps = fetchMinikube ? [toolStep(input, 'minikube', [])] : []
  return { steps, needs: steps.map(({ id }) => id) }
}

/** `down`: stops the cluster; its data and the context stay. */
export function compileDown(input: CompileInput, options: EndOptions): Plan {
  const { minikube } = refsOf(input)
  const { steps, needs } = minikubeFirst(input, options)
  return planOf('down', input.loaded, [
    ...steps,
    ...keysGoneSteps(input),
    {
      id: 'cluster',
      kind: 'cluster.stopped',
      title: `Stop cluster ${minikube.profile}`,
      want: { minikube },
      needs: [...needs, ...keysGoneSteps(input).map(({ id }) => id)],
    },
  ])
}

/**
 * The keys that devk8s put into the cluster: its disk outlives a stop, and is not encrypted. Whether there are any is
 * told by the file of what is kept fresh, not by the profile, which may ask for it no more.
 */
function keysGoneSteps(input: CompileInput): readonly Step[] {
  const { kubectl, minikube } = refsOf(input)
  if (!input.facts.keptFresh.some(({ cluster }) => cluster === minikube.profile)) return []
  return [
    {
      id: 'aws-keys',
      kind: 'aws-keys.absent',
      title: 'No AWS keys in the cluster',
      want: { kubectl, minikube, upkeep: upkeepPath(input, minikube.profile) },
      needs: [],
    },
  ]
}

/**
 * A broker keeps other clusters fresh too, and then stays for those. Whether there is one is told by what starts it:
 * `down` leaves it running with nothing to do.
 */
function brokerGoneSteps(input: CompileInput): readonly Step[] {
  const { layout, host, broker, brokerService } = input.facts
  if (!broker) return []
  const { upkeeps } = awsPlaces(layout, host.platform)
  const except = upkeepPath(input, refsOf(input).minikube.profile)
  return [
    {
      id: 'broker',
      kind: 'broker.absent',
      title: 'No AWS broker',
      want: { upkeeps, except, ...(brokerService === undefined ? {} : { service: brokerService }) },
      needs: [],
    },
  ]
}

export interface DestroyOptions extends EndOptions {
  readonly keepTools: boolean
  /** `kubectx` and `kubens` where they are ours. */
  readonly aliases?: readonly string[]
  /** The cluster of that name is not devk8s' own and stays; only what devk8s wrote goes. */
  readonly keepCluster?: boolean
  /** What the kubeconfig files have of this team and of others. */
  readonly contexts?: LauncherUsers
}

/**
 * `destroy`: the cluster, then its context, since a cluster that could not be deleted is still to be reached; then
 * the files devk8s wrote. Tools and the last profile go last: while anything before them is left, the same command
 * goes on with them. What other clusters of devk8s share with this one stays, and what contexts of other teams sign in
 * with; those of this team go in any case, also when its profile has none any more.
 */
export function compileDestroy(input: CompileInput, options: DestroyOptions): Plan {
  const { minikube } = refsOf(input)
  const { layout, otherClusters } = input.facts
  const { name } = input.loaded.profile.context
  const clusterSteps = options.keepCluster === true ? keysGoneSteps(input) : clusterGone(input, options)
  const afterCluster = options.keepCluster === true ? [] : ['cluster']
  const files = (id: string, what: string, paths: readonly string[], after: readonly StepId[]): Step => ({
    id,
    kind: 'files.absent',
    title: what,
    want: { paths, what },
    needs: after,
  })
  const hasRemote = input.loaded.profile.contexts.length > 0 || options.contexts?.isOwn === true
  const remote = hasRemote ? [contextsGoneStep(contextsInputOf(input), [])] : []
  const isShared = otherClusters.length > 0 || (options.contexts?.others ?? []).length > 0
  const contexts = ['context', ...remote.map(({ id }) => id)]
  const { aliases = [] } = options
  const shared = [
    ...(aliases.length === 0
      ? []
      : [files('aliases', 'kubectx and kubens by devk8s', aliases, ['kubeconfig'])]),
    ...(options.keepTools
      ? []
      : [
          files(
            'data',
            'Installed tools and private kubeconfigs',
            [layout.data],
            ['kubeconfig', ...contexts],
          ),
        ]),
    files('config', 'Your overrides and the last profile used', [layout.config], ['kubeconfig', ...contexts]),
    stateGone(input, ['config', ...contexts]),
  ]
  return planOf('destroy', input.loaded, [
    ...brokerGoneSteps(input),
    ...clusterSteps,
    {
      id: 'context',
      kind: 'context.absent',
      title: `Context ${name}`,
      want: {
        name,
        userKubeconfig: personalKubeconfigs(contextsInputOf(input)),
        backups: backupsOf(input.facts),
        minikubeProfile: minikube.profile,
      },
      needs: afterCluster,
    },
    files('kubeconfig', 'Private kubeconfig', privateFiles(minikube, options), afterCluster),
    ...remote,
    ...(isShared ? [] : shared),
  ])
}

function stateGone(input: CompileInput, needs: readonly StepId[]): Step {
  const what = 'Journals and old versions of the kubeconfig'
  const { layout, platform } = contextsInputOf(input)
  const boundFolder = contextPlaces(layout, platform).bound
  return {
    id: 'state',
    kind: 'files.absent',
    title: what,
    want: { paths: [layout.state], what, boundFolder },
    needs,
  }
}

function clusterGone(input: CompileInput, options: EndOptions): readonly Step[] {
  const { minikube } = refsOf(input)
  const { steps, needs } = minikubeFirst(input, options)
  return [
    ...steps,
    {
      id: 'cluster',
      kind: 'cluster.absent',
      title: `Cluster ${minikube.profile} and all data in it`,
      want: { minikube },
      needs,
    },
  ]
}

/** The record and the copies go with the cluster; of one that stays they tell of another, which is gone. */
const privateFiles = (minikube: MinikubeRef, { keepCluster = false }: DestroyOptions): readonly string[] => [
  minikube.kubeconfig,
  ...(keepCluster
    ? [backupPath(minikube, 'profile'), backupPath(minikube, 'machine'), ownershipPath(minikube)]
    : []),
]
