import { faultOf, pass } from '../machine.ts'
import { bareNode, withNode } from '../state.ts'
import { applyAddons } from './addons-apply.ts'
import { clusterStore, runtimeConfigOf } from './cluster-objects.ts'
import { saveCertificates, saveProfile } from './home.ts'
import { entryState, loadKubeconfig, saveKubeconfig, withEntries } from './kubeconfig.ts'
import { logLine } from './node-state.ts'
import { reconfigures } from './profile-config.ts'
import { endpointUnknown, sayPreparing } from './start-node.ts'
import type { StartRun } from './start-run.ts'

/** Steps 11 to 19 (clauses 10-14, 24-26): from a running node to a cluster that kubectl can use. Gives the exit code. */
export async function runKubernetes(run: StartRun): Promise<number> {
  const { call, out, profile, config } = run
  if (config.Nodes[0]?.IP === '') return endpointUnknown(run)
  await pass(call, 1_900)
  sayPreparing(run)
  for (const { Component, Key, Value } of config.KubernetesConfig.ExtraOptions ?? []) {
    out.info(`${Component}.${Key}=${Value}`, 'option')
  }
  await pass(call, 600)
  const node = (await call.machine.laptop.read()).nodes[profile]
  const isLost = node?.prepared !== true && node?.store !== undefined
  if (!isLost) {
    const failed = node?.prepared === true ? await restart(run) : await initialise(run)
    if (failed !== undefined) return failed
  }
  const damaged = await writeKubeconfig(run)
  if (damaged !== undefined) return damaged
  const neverAppears = faultOf(call.machine, 'cluster.start') === 'timeout'
  return isLost || neverAppears ? apiserverMissing(run) : finish(run)
}

/** kubeadm init: steps 12 to 15. Gives an exit code when it failed. */
async function initialise(run: StartRun): Promise<number | undefined> {
  const { call, out, profile, config } = run
  await pass(call, 1_200)
  if (faultOf(call.machine, 'cluster.start') === 'init-fails') return initFails(run)
  out.step('Generating certificates', 'Generating certificates and keys ...', 'spinner')
  await saveCertificates(call, profile)
  await pass(call, 400)
  out.step('Booting control plane', 'Booting up control plane ...', 'spinner')
  if (faultOf(call.machine, 'cluster.start') === 'hang') await call.hang()
  const neverAppears = faultOf(call.machine, 'cluster.start') === 'timeout'
  await call.machine.laptop.change((now) => {
    const created = call.machine.clock.now()
    const { store: _, ...bare } = now.nodes[profile] ?? bareNode
    const cleared = { ...now, nodes: { ...now.nodes, [profile]: bare } }
    return neverAppears
      ? withNode(cleared, profile, { kubelet: true })
      : withNode(cleared, profile, {
          prepared: true,
          kubelet: true,
          apiserver: true,
          store: clusterStore(config, now.system.arch, created),
        })
  })
  await pass(call, 250)
  out.step('Configuring RBAC rules', 'Configuring RBAC rules ...', 'spinner')
  out.step('Configuring CNI', 'Configuring bridge CNI (Container Networking Interface) ...')
  await pass(call, 50)
  return undefined
}

/** A control plane that was there before (recorded running-k8s-008, 112, 113, 125). */
async function restart(run: StartRun): Promise<number | undefined> {
  const { call, out, profile, before, config } = run
  const fault = faultOf(call.machine, 'cluster.start')
  const isRefused = fault === 'reset' || fault === 'init-fails'
  if (isRefused) call.err(phaseFailed(config.KubernetesConfig.KubernetesVersion))
  if (isRefused || 'damaged' in (await loadKubeconfig(call))) {
    // The cause is blank in the original too, for want of a variable (facts sheet 3.3).
    out.error('Unable to restart control-plane node(s), will reset cluster: <no value>')
    return initialise(run)
  }
  if (fault === 'hang') await call.hang()
  const isOther = before !== undefined && reconfigures(before, config)
  await call.machine.laptop.change((now) => {
    const store = now.nodes[profile]?.store
    const told =
      isOther && store !== undefined ? { store: { ...store, runtimeConfig: runtimeConfigOf(config) } } : {}
    return withNode(now, profile, { kubelet: true, apiserver: true, ...told })
  })
  if (isOther) {
    await pass(call, 800)
    out.info('Configuring bridge CNI (Container Networking Interface) ...')
  }
  return undefined
}

/** What minikube's own log says of a restart that fails in kubeadm (recorded running-k8s-113, 114; not in 125). */
function phaseFailed(version: string): string {
  const phase = `env PATH="/var/lib/minikube/binaries/${version}:$PATH" kubeadm init phase certs all --config /var/tmp/minikube/kubeadm.yaml`
  return logLine(
    `kubeadm.go:673] ${phase} failed - will try once more: sudo /bin/bash -c "${phase}": Process exited with status 1\nstdout:\n\nstderr:\nerror execution phase: simulated`,
  )
}

/** Recorded running-k8s-114. */
async function initFails({ call, out, profile, config }: StartRun): Promise<number> {
  const version = config.KubernetesConfig.KubernetesVersion
  const reason = `wait: sudo /bin/bash -c "env PATH="/var/lib/minikube/binaries/${version}:$PATH" kubeadm init --config /var/tmp/minikube/kubeadm.yaml  --ignore-preflight-errors=DirAvailable--etc-kubernetes-manifests,DirAvailable--var-lib-minikube,DirAvailable--var-lib-minikube-etcd,FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml,FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml,FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml,FileAvailable--etc-kubernetes-manifests-etcd.yaml,Port-10250,Swap,NumCPU,Mem,SystemVerification,FileContent--proc-sys-net-bridge-bridge-nf-call-iptables": Process exited with status 1\nstdout:\n\nstderr:\nerror execution phase: simulated`
  await call.machine.laptop.change((now) => withNode(now, profile, { kubelet: false, apiserver: false }))
  out.error(`initialization failed, will try again: ${reason}`)
  await pass(call, 250)
  out.error(`Error starting cluster: ${reason}`)
  return out.fatal({ name: 'GUEST_START', exit: 80, message: `failed to start node: ${reason}`, box: 'logs' })
}

/**
 * Clause 13. With --keep-context the current context stays in a first start (running-k8s-128) and while the
 * entries are right (024); after a stop or with a wrong port it is changed all the same (041, 026).
 */
async function writeKubeconfig(run: StartRun): Promise<number | undefined> {
  const { call, out, config, before } = run
  const loaded = await loadKubeconfig(call)
  if ('damaged' in loaded) {
    const message = `failed to start node: Failed kubeconfig update: ${loaded.damaged}`
    return out.fatal({ name: 'GUEST_START', exit: 80, message, box: 'logs' })
  }
  const node = (await call.machine.laptop.read()).nodes[config.Name]
  const isRight = entryState(loaded.value, config, node) === 'right'
  const keeps = config.KeepContext && (before === undefined || isRight)
  await saveKubeconfig(call, withEntries(call, loaded.value, config, node, !keeps))
  return undefined
}

/** Recorded running-k8s-118, 120, 121. */
async function apiserverMissing(run: StartRun): Promise<number> {
  const { call, out, profile, config, flags } = run
  await call.machine.laptop.change((now) => withNode(now, profile, { kubelet: true, apiserver: false }))
  out.step('Verifying Kubernetes', 'Verifying Kubernetes components...')
  out.info('Using image gcr.io/k8s-minikube/storage-provisioner:v5', 'option')
  const address = `${config.Nodes[0]?.IP ?? ''}:${config.APIServerPort}`
  out.warning(
    `Enabling 'default-storageclass' returned an error: running callbacks: [Error making standard the default storage class: Error listing StorageClasses: Get "https://${address}/apis/storage.k8s.io/v1/storageclasses": dial tcp ${address}: connect: connection refused]`,
  )
  out.step('Enabling Addons', 'Enabled addons: storage-provisioner')
  const timeout = flags.values['wait-timeout'] ?? '6m0s'
  await pass(call, 40_000)
  return out.fatal({
    name: 'K8S_APISERVER_MISSING',
    exit: 105,
    message: `wait ${timeout} for node: wait for apiserver proc: apiserver process never appeared`,
    advice: 'Check that the provided apiserver flags are valid, and that SELinux is disabled',
    issues: [
      'https://github.com/kubernetes/minikube/issues/4536',
      'https://github.com/kubernetes/minikube/issues/6014',
    ],
  })
}

async function finish(run: StartRun): Promise<number> {
  const { call, out, config, profile } = run
  out.step('Verifying Kubernetes', 'Verifying Kubernetes components...')
  await pass(call, 40)
  const { Addons } = await applyAddons(run)
  await saveProfile(call, { ...config, Addons })
  out.step(
    'Done',
    config.KeepContext
      ? `To connect to this cluster, use:  --context=${profile}`
      : `Done! kubectl is now configured to use "${profile}" cluster and "${config.KubernetesConfig.Namespace}" namespace by default`,
  )
  return 0
}
