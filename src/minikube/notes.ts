import type { Change, Json, Note } from '../ports/event.ts'
import type { Survey } from './survey.ts'
import type { MinikubeRef } from './types.ts'

/** Said as loudly as can be: the only sign minikube gives is one line among its events (running-k8s-113). */
export function resetWarning(ref: MinikubeRef, atMs?: number): Note {
  const when =
    atMs === undefined ? '' : ` (${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC)`
  return warning(
    `DATA LOSS: the last start of ${ref.profile}${when} could not restart the control plane, and minikube reset it. The objects that were in the cluster are gone; devk8s applies its own again, yours have to be applied anew.`,
  )
}

export function resetNote(ref: MinikubeRef, atMs: number | undefined): readonly Note[] {
  return atMs === undefined ? [] : [resetWarning(ref, atMs)]
}

export function kubeconfigNote(ref: MinikubeRef, kubeconfig: string): readonly Note[] {
  if (kubeconfig !== 'damaged') return []
  const text = `devk8s' own kubeconfig ${ref.kubeconfig} is not valid YAML. It is moved aside before minikube is called, which would otherwise reset the cluster.`
  return [warning(text)]
}

export function unsupportedNote(change: Change): Note {
  return warning(
    `${change.field} (${change.to ?? ''}) has no effect with this driver and container runtime; it is left out.`,
  )
}

/** What `status` and JSON show. */
export function surveyDetail({ state, config, evidence }: Survey): Readonly<Record<string, Json>> {
  const status = evidence.status
  return {
    state: state.kind,
    ...(config === undefined
      ? {}
      : {
          driver: config.driver,
          kubernetes: config.kubernetes,
          runtime: config.runtime,
          cpus: config.cpus,
          memoryMiB: config.memoryMiB,
        }),
    nodes: status?.kind === 'nodes' ? status.nodes.map((node) => ({ ...node })) : [],
  }
}

export function info(text: string): Note {
  return { level: 'info', text }
}

export function warning(text: string): Note {
  return { level: 'warning', text }
}
