import { backupsOf, planOf, refsOf, type CompileInput } from './compile.ts'
import type { Plan, Step, StepId } from './step.ts'

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
