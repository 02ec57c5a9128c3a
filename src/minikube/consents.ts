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

/** Why a cluster is asked about before devk8s touches it, and how to leave it alone. */
export function foreignDetails(ref: MinikubeRef): readonly string[] {
  return [
    `minikube has a cluster ${ref.profile} that devk8s has no record of making: who made it is not known.`,
    'To leave it as it is, answer no and give yours another name: devk8s up --cluster-name NAME',
  ]
}

/** Taking over a cluster that somebody else may have made. */
export function adoptConsent(ref: MinikubeRef): Question {
  return {
    id: 'cluster.adopt',
    kind: 'confirm',
    // Enter alone must not take it over: from then on devk8s may change it, and destroy deletes it.
    destructive: true,
    text: `Take over the cluster ${ref.profile}?`,
    details: [
      ...foreignDetails(ref),
      'From then on devk8s up brings it in line with the profile, and devk8s destroy deletes it.',
    ],
    flag: '--yes',
    fallback: undefined,
  }
}

/**
 * Removing what an interrupted start left. `isOurs`: devk8s began it and it never got a node with an address, so
 * without anybody to ask the answer is yes: an `up` that was cut short must be able to finish by itself.
 */
export function halfMadeConsent(ref: MinikubeRef, why: string, isOurs: boolean): Question {
  return {
    id: 'cluster.half-made',
    kind: 'confirm',
    text: `Remove what the interrupted start of ${ref.profile} left, and start again?`,
    destructive: !isOurs,
    details: [
      why,
      "By minikube's files Kubernetes never ran in it. Its node and its volume, where there is one, are removed.",
    ],
    flag: '--yes',
    fallback: isOurs ? true : undefined,
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
      ...startAsItIs(changes),
    ],
    flag: '--yes',
    fallback: undefined,
  }
}

/** How to have the cluster without the change: for a version there is a flag, the rest is in the profile. */
function startAsItIs(changes: readonly Change[]): readonly string[] {
  const version = changes.find(({ field }) => field === 'cluster.kubernetes')?.from
  // What minikube records for `--no-kubernetes` (running-008): there is no control plane to keep.
  if (version === 'v0.0.0') return []
  const rest = changes.filter(({ field }) => field !== 'cluster.kubernetes').map(({ field }) => field)
  const command = version === undefined ? 'devk8s up' : `devk8s up --kubernetes ${version}`
  const profile =
    rest.length === 0 ? '' : `, once ${rest.join(' and ')} of the profile say what the cluster has`
  return [`To keep the control plane as it is, answer no: ${command} starts it unchanged${profile}.`]
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
