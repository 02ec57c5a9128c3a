import { faultOf, pass } from '../machine.ts'
import { loadMachine, saveMachine } from './home.ts'
import { isSet } from './flags.ts'
import type { Fatal } from './output.ts'
import { defaultKubernetes, kicbase } from './profile-config.ts'
import type { StartRun } from './start-run.ts'

/**
 * A start without internet and without the images (clause 21; recorded 137, 140, 145): gives 48, or undefined
 * when nothing has to be downloaded or everything can be.
 */
export async function downloadFails(run: StartRun): Promise<number | undefined> {
  const { call, out, flags, profile } = run
  const laptop = await call.machine.laptop.read()
  const played = faultOf(call.machine, 'cluster.start') === 'offline'
  if (laptop.containers[profile] !== undefined) return undefined
  if (!played && (laptop.internet === 'open' || laptop.imagesCached)) return undefined
  if (isSet(flags, 'download-only')) return out.fatal(lookupFailed(kubelet))
  await sayMissingImages(run)
  const known = await loadMachine(call, profile)
  await saveMachine(call, run.config)
  const missing = `docker "${profile}" container is missing, will recreate.`
  const creating = `Creating docker container (CPUs=${run.config.CPUs}, Memory=${run.config.Memory}MB) ...`
  if ('value' in known) {
    // Recorded 140: the half-made machine of the first try is there, so it is announced under step 5.
    out.step('Pulling Base Image', missing)
    await pass(call, 17_000)
  }
  out.step('Creating Container', creating, 'spinner')
  await pass(call, 5_500)
  const cause = pullFailed(profile)
  out.error(
    `StartHost failed, but will try again: ${'value' in known ? 'recreate: ' : ''}creating host: create: creating: setting up container node: ${cause}`,
  )
  await pass(call, 5_000)
  out.step('Creating Container', missing)
  await pass(call, 18_000)
  out.step('Creating Container', creating, 'spinner')
  await pass(call, 8_500)
  const reason = `recreate: creating host: create: creating: setting up container node: ${cause}`
  const command = profile === 'minikube' ? 'minikube delete' : `minikube delete -p ${profile}`
  out.error(`Failed to start docker container. Running "${command}" may fix it: ${reason}`)
  return out.fatal(lookupFailed(`Failed to start host: ${reason}`))
}

const kubelet = `caching binary kubelet: download failed: https://dl.k8s.io/release/${defaultKubernetes}/bin/linux/amd64/kubelet?checksum=file:https://dl.k8s.io/release/${defaultKubernetes}/bin/linux/amd64/kubelet.sha256: dial tcp: lookup dl.k8s.io on 127.0.0.53:53: no such host`

async function sayMissingImages({ call, out, config }: StartRun): Promise<void> {
  const version = config.KubernetesConfig.KubernetesVersion
  // Seven in 137, none in 147, in any order: only that they may come is recorded.
  const images = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy']
  const all = [
    ...images.map((image) => `${image}:${version}`),
    'pause:3.10.1',
    'coredns/coredns:v1.13.1',
    'etcd:3.6.6-0',
  ]
  for (const image of all) {
    out.warning(`The image 'registry.k8s.io/${image}' was not found; unable to add it to cache.`)
  }
  await pass(call, 60)
  out.warning(
    'minikube cannot pull kicbase image from any docker registry, and is trying to download kicbase tarball from github release page via HTTP.',
  )
  out.warning(
    "It's very likely that you have an internet issue. Please ensure that you can access the internet at least via HTTP, directly or with proxy. Currently your proxy configuration is:",
  )
  call.err(
    'E1123 13:13:53.152387   13551 cache.go:239] Error downloading kic artifacts:  failed to download kic base image or any fallback image\n',
  )
}

function pullFailed(profile: string): string {
  const run = `docker run --rm --name ${profile}-preload-sidecar --label created_by.minikube.sigs.k8s.io=true --label name.minikube.sigs.k8s.io=${profile} --entrypoint /usr/bin/test -v ${profile}:/var ${kicbase} -d /var/lib`
  return `preparing volume for ${profile} container: ${run}: exit status 125\nstdout:\n\nstderr:\nUnable to find image '${kicbase}' locally\ndocker: Error response from daemon: Get "https://gcr.io/v2/": dial tcp: lookup gcr.io on 127.0.0.53:53: no such host\n\nRun 'docker run --help' for more information`
}

function lookupFailed(message: string): Fatal {
  return {
    name: 'INET_LOOKUP_HOST',
    exit: 48,
    message,
    advice: 'Verify that your HTTP_PROXY and HTTPS_PROXY environment variables are set correctly.',
    url: 'https://minikube.sigs.k8s.io/docs/handbook/vpn_and_proxy/',
  }
}
