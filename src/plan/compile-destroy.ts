import { backupsOf, planOf, refsOf, toolStep, type CompileInput } from './compile.ts'
import type { Plan, Step, StepId } from './step.ts'

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
    {
      id: 'cluster',
      kind: 'cluster.stopped',
      title: `Stop cluster ${minikube.profile}`,
      want: { minikube },
      needs,
    },
  ])
}

export interface DestroyOptions extends EndOptions {
  readonly keepTools: boolean
}

/**
 * `destroy`: the cluster, then its context, since a cluster that could not be deleted is still to be reached; then
 * the files devk8s wrote, the tools last. What other clusters of devk8s share with this one stays.
 */
export function compileDestroy(input: CompileInput, options: DestroyOptions): Plan {
  const { minikube } = refsOf(input)
  const { layout, otherClusters } = input.facts
  const { name } = input.loaded.profile.context
  const { steps, needs } = minikubeFirst(input, options)
  const files = (id: string, what: string, paths: readonly string[], after: readonly StepId[]): Step => ({
    id,
    kind: 'files.absent',
    title: what,
    want: { paths, what },
    needs: after,
  })
  const shared = [
    ...(options.keepTools
      ? []
      : [files('data', 'Installed tools and private kubeconfigs', [layout.data], ['kubeconfig'])]),
    files('config', 'Your overrides and the last profile used', [layout.config], ['kubeconfig']),
    files('state', 'Journals and old versions of the kubeconfig', [layout.state], ['config', 'context']),
  ]
  return planOf('destroy', input.loaded, [
    ...steps,
    {
      id: 'cluster',
      kind: 'cluster.absent',
      title: `Cluster ${minikube.profile} and all data in it`,
      want: { minikube },
      needs,
    },
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
      needs: ['cluster'],
    },
    files('kubeconfig', 'Private kubeconfig', [minikube.kubeconfig], ['cluster']),
    ...(otherClusters.length === 0 ? shared : []),
  ])
}
