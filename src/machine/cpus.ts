import type { Finding, ResolvedCluster } from '../plan/step.ts'
import type { DockerFact } from '../plan/facts.ts'
import type { HostFacts } from '../ports/host.ts'
import { cpusShort } from '../problems/host.ts'
import { fits, unfit } from './verdict.ts'

/** kubeadm refuses a node with fewer (minikube: RSRC_INSUFFICIENT_CORES, 29 [recorded 084]). */
const fewest = 2

/** Processors asked for against those of the machine, or of Docker's virtual machine where the node runs in it. */
export function checkCpus(
  cluster: Pick<ResolvedCluster, 'cpus'>,
  host: Pick<HostFacts, 'cpus'>,
  docker: DockerFact | undefined,
): Finding {
  const available = docker?.cpus ?? host.cpus
  const owner = docker?.desktop === true ? 'Docker' : 'this machine'
  const detail = { wanted: cluster.cpus, available, host: host.cpus }
  if (available < fewest) {
    const found = `${owner} has ${available} processor; Kubernetes needs ${fewest}.`
    return unfit(cpusShort, { detail: found, next: ['devk8s up --rehearse'] }, detail)
  }
  if (cluster.cpus < fewest || cluster.cpus > available) {
    const found = `The node is to have ${cluster.cpus} processors; ${owner} has ${available} and Kubernetes needs ${fewest}.`
    return unfit(cpusShort, { detail: found, next: [`devk8s up --cpus ${available}`] }, detail)
  }
  return fits(detail)
}
