// Problems of the DK3xxx family.
import type { ProblemKind } from './problem.ts'

export const startFailed: ProblemKind = {
  code: 'DK3001',
  title: 'The cluster did not start',
  exit: 1,
  hint: 'minikube ended with an error that has no closer match here. Its last words and the log of the start say more; the data of an existing cluster is kept.',
}

export const startTimedOut: ProblemKind = {
  code: 'DK3002',
  title: 'The cluster did not start in time',
  exit: 1,
  hint: 'The start was ended because it took longer than allowed, most often on a slow download. What was downloaded is kept, so running devk8s up again goes on from there.',
}

export const startKilled: ProblemKind = {
  code: 'DK3003',
  title: 'minikube was ended from outside',
  exit: 1,
  hint: 'A signal ends minikube at once and it cleans nothing up. Running devk8s up again looks at what was left and finishes the job.',
}

export const clusterHalfMade: ProblemKind = {
  code: 'DK3004',
  title: 'An interrupted start left a cluster that cannot start',
  exit: 4,
  hint: 'minikube noted the node before it knew its address, and every further start fails until the profile is deleted. devk8s up removes what it left and makes the cluster anew; it asks first unless the start was its own.',
}

export const apiServerMissing: ProblemKind = {
  code: 'DK3005',
  title: 'The control plane of the cluster does not come up',
  exit: 4,
  hint: 'This happens when the node container was removed by hand while its volume was kept: the new container lacks the settings of the old one, and starting again ends the same way. Removing the volume helps, and loses the data in it.',
}

export const clusterReset: ProblemKind = {
  code: 'DK3006',
  title: 'minikube reset the control plane, and then failed',
  exit: 4,
  hint: 'minikube could not restart the control plane and wiped it without asking. Objects that were in the cluster are gone; files in volumes on the node may still be there.',
}

export const profileDamaged: ProblemKind = {
  code: 'DK3007',
  title: "minikube's file about the cluster is damaged",
  exit: 4,
  hint: 'Without that file minikube can neither start nor stop the cluster. The node itself is not touched by the damage: devk8s up restores the file from its copy where it has one, and asks before it deletes anything.',
}

export const driverMissing: ProblemKind = {
  code: 'DK3008',
  title: 'The driver of the cluster is not installed or not supported here',
  exit: 4,
  hint: 'minikube needs a program that makes the node, such as Docker. devk8s doctor says for each driver what is missing.',
}

export const driverSilent: ProblemKind = {
  code: 'DK3009',
  title: 'The driver of the cluster does not answer',
  exit: 4,
  hint: 'While the driver is down nothing can be said about the node, and nothing about it is lost. Start the driver and run the command again.',
}

export const driverRefused: ProblemKind = {
  code: 'DK3010',
  title: 'The driver may not be used by this user',
  exit: 4,
  hint: 'Drivers refuse root, and users that lack a group or permission. devk8s doctor names the command that grants it.',
}

export const resourcesShort: ProblemKind = {
  code: 'DK3011',
  title: 'The machine does not have what the cluster asks for',
  exit: 4,
  hint: 'The node would get more memory, processors or disk than there is. Ask for less in the profile or in your own overrides, or give the driver more.',
}

export const internetMissing: ProblemKind = {
  code: 'DK3012',
  title: 'minikube could not download what it needs',
  exit: 4,
  hint: 'The first start needs the node image and Kubernetes from the internet, directly, through a proxy, or from a filled cache. Starting again resumes; nothing has to be deleted.',
}

export const versionRefused: ProblemKind = {
  code: 'DK3013',
  title: 'minikube refuses this Kubernetes version',
  exit: 2,
  hint: 'The version is unknown, too old or too new for this minikube, or lower than the one the cluster already runs: a cluster can only go up.',
}

export const startConflict: ProblemKind = {
  code: 'DK3014',
  title: 'The existing cluster contradicts what is asked',
  exit: 4,
  hint: 'Driver, mounts and ports are fixed when the node is made. Change the profile back, or have the cluster made anew, which loses its data.',
}

export const startRefused: ProblemKind = {
  code: 'DK3015',
  title: 'minikube refuses the settings of the cluster',
  exit: 2,
  hint: 'A value of the profile is not accepted by this version of minikube. Its message names the value.',
}

export const homeUnusable: ProblemKind = {
  code: 'DK3016',
  title: "minikube cannot use its folder or devk8s' kubeconfig",
  exit: 4,
  hint: 'minikube keeps the cluster in its home folder, which must be writable by you and not be damaged.',
}

export const runtimeFailed: ProblemKind = {
  code: 'DK3017',
  title: 'The container runtime in the node does not run',
  exit: 1,
  hint: 'Most often the node lacks the runtime that the profile names, or two starts of one cluster got into each other. Start again first; a new node always has the runtime.',
}

export const minikubeUnreadable: ProblemKind = {
  code: 'DK3018',
  title: 'minikube gave an answer that cannot be understood',
  exit: 1,
  hint: 'Nothing is changed on a guess. This can be another version of minikube than the pinned one, or an error inside minikube.',
}

export const stopFailed: ProblemKind = {
  code: 'DK3019',
  title: 'The cluster did not stop',
  exit: 1,
  hint: 'minikube could not halt the node. Its data is kept; the driver can stop the node itself.',
}

export const deleteFailed: ProblemKind = {
  code: 'DK3020',
  title: 'The cluster was not deleted',
  exit: 1,
  hint: 'minikube could not remove the node or its files. Run the command again; what is named below is what was left.',
}

export const volumeInUse: ProblemKind = {
  code: 'DK3021',
  title: 'The volume of the removed node could not be removed',
  exit: 1,
  hint: 'Another container may still use it. As long as it is there, the cluster does not start.',
}

export const clusterForeign: ProblemKind = {
  code: 'DK3022',
  title: 'This cluster was not made by devk8s',
  exit: 4,
  hint: 'minikube has a cluster of this name, and devk8s has no record of making it, so devk8s down and destroy leave it alone. Deleting it is your decision; a cluster whose record was lost is taken over by devk8s up, which asks first.',
}

export const earlierRunLeft: ProblemKind = {
  code: 'DK3023',
  title: 'An earlier start has ended, and what it left needs an answer',
  exit: 4,
  hint: 'A devk8s that was killed had left its minikube running, and this run waited for it instead of starting a second one. What there is now was not part of what was agreed to, so nothing was done about it; running devk8s up again asks.',
}

export const addonUnknown: ProblemKind = {
  code: 'DK3030',
  title: 'minikube does not know this add-on',
  exit: 2,
  hint: 'Add-ons come with minikube and differ between its versions.',
}

export const addonFailed: ProblemKind = {
  code: 'DK3031',
  title: 'An add-on was not enabled',
  exit: 1,
  hint: 'minikube applies the manifests of an add-on inside the node. Running devk8s up again tries once more; the cluster is not harmed.',
}

export const addonPaused: ProblemKind = {
  code: 'DK3032',
  title: 'Add-ons cannot be changed while the cluster is paused or its node is lost',
  exit: 4,
  hint: 'minikube looks whether the cluster is paused before it changes an add-on, and gives up when it cannot tell. devk8s up starts the cluster again.',
}

export const addonsClash: ProblemKind = {
  code: 'DK3033',
  title: 'Two add-ons want the same ports',
  exit: 2,
  hint: 'ingress and traefik both take ports 80 and 443 of the node, and minikube does not stop you: one of them would stay pending. Enable one of them.',
}

export const addonNotRemoved: ProblemKind = {
  code: 'DK3034',
  title: 'An add-on was not switched off',
  exit: 1,
  hint: 'The profile says that the add-on is not wanted, and minikube could not delete what it had applied for it. The cluster is not harmed, and devk8s up tries once more.',
}

export const notReadyToVerify: ProblemKind = {
  code: 'DK3040',
  title: 'There is nothing ready to verify',
  exit: 4,
  hint: 'devk8s verify proves that what is there serves an application; it does not start or change the cluster. Bring it up first.',
}
