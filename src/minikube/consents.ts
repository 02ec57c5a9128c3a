import type { Change } from '../ports/event.ts'
import type { Question } from '../ports/prompts.ts'
import type { ProfileConfig } from './profile-config.ts'
import type { MinikubeRef, WantedCluster } from './types.ts'

/** Making the cluster anew. `why` is one sentence. There is no answer without a person or `--yes`. */
export function recreateConsent(ref: MinikubeRef, why: string, changes: readonly Change[]): Question {
  return {
    id: 'cluster.recreate',
    kind: 'confirm',
    destructive: true,
    text: `Delete cluster ${ref.profile} and make it anew?`,
    details: [
      why,
      ...changes.filter((change) => change.field !== 'cluster').map(renderChange),
      'Everything in the cluster is lost: objects, images, and files in volumes on the node.',
    ],
    flag: '--yes',
    fallback: undefined,
  }
}

/**
 * Removing what an interrupted start left. Kubernetes never ran in it, so without anybody to ask the answer is
 * yes: an `up` that was cut short must be able to finish by itself.
 */
export function halfMadeConsent(ref: MinikubeRef, why: string): Question {
  return {
    id: 'cluster.half-made',
    kind: 'confirm',
    text: `Remove what the interrupted start of ${ref.profile} left, and start again?`,
    details: [why, 'Kubernetes never ran in it, so there is no data to lose.'],
    flag: '--yes',
    fallback: true,
  }
}

/** A change for which minikube reconfigures the control plane, and wipes it when that fails (facts sheet, 3.3). */
export function reconfigureConsent(ref: MinikubeRef, changes: readonly Change[]): Question {
  return {
    id: 'cluster.reconfigure',
    kind: 'confirm',
    destructive: true,
    text: `Reconfigure the control plane of ${ref.profile}?`,
    details: [
      ...changes.map(renderChange),
      'minikube restarts the control plane with the new settings. If that fails, it resets the cluster without asking, and the objects in it are lost.',
    ],
    flag: '--yes',
    fallback: undefined,
  }
}

/** The way out of a removed node container whose volume stayed (running-k8s-118 to 122). */
export function volumeConsent(ref: MinikubeRef, config: ProfileConfig): Question {
  return {
    id: 'cluster.volume',
    kind: 'confirm',
    destructive: true,
    text: `Remove the Docker volume ${ref.profile} and make a new node?`,
    details: [
      `The node container ${ref.profile} was removed; its volume, with images, objects and files of the cluster, is still there.`,
      'A new node on the old volume does not come up, however often it is started.',
      `To keep a copy of the volume first: docker run --rm --entrypoint tar -v ${ref.profile}:/var -v "$PWD":/copy ${config.baseImage} czf /copy/${ref.profile}-var.tgz -C /var .`,
    ],
    flag: '--yes',
    fallback: undefined,
  }
}

/** `cluster.memoryMiB: 4000, wanted 6000`. */
export function renderChange(change: Change): string {
  const from = change.from === undefined || change.from === '' ? 'not set' : change.from
  return `${change.field}: ${from}, wanted ${change.to === undefined || change.to === '' ? 'not set' : change.to}`
}

/** What a new cluster will be, in one line. */
export function renderCluster(cluster: WantedCluster): string {
  return `Kubernetes ${cluster.kubernetes} on ${cluster.driver}, ${cluster.runtime}, ${cluster.cpus} CPUs, ${cluster.memoryMiB} MiB`
}
