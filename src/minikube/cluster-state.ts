import { parseEvents } from './events.ts'
import type { ProfileConfig } from './profile-config.ts'
import type { NodeStatus, StatusAnswer } from './status.ts'

/** What was read about a minikube profile, before it is judged. */
export interface Evidence {
  /** undefined: no config.json; `damaged`: one that cannot be parsed. */
  readonly config: ProfileConfig | 'damaged' | undefined
  readonly machine: 'present' | 'absent' | 'damaged'
  readonly hasMachineFolder: boolean
  /** `profiles/<name>/apiserver.crt`: without it Kubernetes never ran here. */
  readonly hasCertificates: boolean
  readonly startFinished: boolean
  /** When minikube, in its last start and not long ago, reset the control plane; in ms since 1970. */
  readonly resetAtMs?: number
  readonly status?: StatusAnswer
  /** devk8s made this cluster or took it over. */
  readonly isOwn: boolean
  /** Asked of docker only when minikube answers `null` or has no profile. */
  readonly container?: 'present' | 'gone' | 'unreachable'
  readonly hasVolume?: boolean
}

export type ClusterState =
  | { readonly kind: 'absent' }
  /** A start that was cut short before the node had an address. `stuck`: every further start exits 50 until the
   * profile is deleted (running-k8s-141). A node with an address is more than that, even without Kubernetes
   * (`minikube start --no-kubernetes`, running-003). */
  | { readonly kind: 'half-made'; readonly stuck: boolean }
  | { readonly kind: 'running' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'paused' }
  /** The node was removed behind minikube's back. With its volume kept, start fails again and again
   * (running-k8s-118, -120, -121). */
  | { readonly kind: 'container-gone'; readonly hasVolume: boolean }
  /** `missing`: the file is gone, although the machine, its container or its volume is there. */
  | { readonly kind: 'damaged'; readonly part: 'profile' | 'machine'; readonly missing: boolean }
  | { readonly kind: 'degraded'; readonly parts: readonly string[] }
  /** The driver does not answer, so nothing can be said about the node (running-k8s-102). */
  | { readonly kind: 'driver-silent' }
  | { readonly kind: 'unreadable'; readonly text: string }

/** Judges the evidence. The files decide before `status` does, since `status` calls four different things `null`. */
export function clusterState(evidence: Evidence): ClusterState {
  const { config, machine, status } = evidence
  if (config === undefined) return withoutProfile(evidence)
  if (config === 'damaged') return { kind: 'damaged', part: 'profile', missing: false }
  if (machine === 'damaged') return { kind: 'damaged', part: 'machine', missing: false }
  if (machine === 'absent' && evidence.hasMachineFolder && wasEverMade(config)) {
    return { kind: 'damaged', part: 'machine', missing: true }
  }
  if (status === undefined) return { kind: 'unreadable', text: 'minikube status was not asked' }
  switch (status.kind) {
    case 'no-profile':
      return { kind: 'absent' }
    case 'refused':
      return status.error.name === 'HOST_CONFIG_LOAD'
        ? { kind: 'damaged', part: 'profile', missing: false }
        : { kind: 'unreadable', text: `${status.error.name}: ${status.error.message}` }
    case 'unreadable':
      return { kind: 'unreadable', text: status.text }
    case 'no-node':
      return withoutNode(evidence, config)
    case 'nodes':
      return withNodes(evidence, config, status.nodes)
  }
}

/** minikube's file is not there. What else there is must not be taken for nothing: it can hold all the data. */
function withoutProfile(evidence: Evidence): ClusterState {
  const { container, hasVolume, hasMachineFolder, isOwn } = evidence
  if (hasMachineFolder || container === 'present' || hasVolume === true) {
    return { kind: 'damaged', part: 'profile', missing: true }
  }
  // Of a cluster that was never made here, the check of the driver says what is to be said.
  return container === 'unreachable' && isOwn ? { kind: 'driver-silent' } : { kind: 'absent' }
}

function withoutNode(evidence: Evidence, config: ProfileConfig): ClusterState {
  if (evidence.container === 'unreachable') return { kind: 'driver-silent' }
  if (!wasEverMade(config) && !evidence.hasCertificates) return { kind: 'half-made', stuck: false }
  if (evidence.container === 'present') return { kind: 'degraded', parts: ['host unknown'] }
  return { kind: 'container-gone', hasVolume: evidence.hasVolume === true }
}

/** minikube notes the node's address once the node has started; before that a start was cut short. */
function wasEverMade(config: ProfileConfig): boolean {
  return config.nodes.some((node) => node.ip !== '')
}

function withNodes(
  evidence: Evidence,
  config: ProfileConfig,
  nodes: readonly [NodeStatus, ...NodeStatus[]],
): ClusterState {
  const hosts = new Set(nodes.map((node) => node.host))
  if (hosts.size === 1 && hosts.has('Nonexistent')) {
    return wasEverMade(config) || evidence.hasCertificates
      ? { kind: 'container-gone', hasVolume: evidence.hasVolume === true }
      : { kind: 'half-made', stuck: false }
  }
  // A running node without a recorded address: start exits 50 DRV_CP_ENDPOINT (running-k8s-138 to 141).
  if (!wasEverMade(config) && !evidence.hasCertificates) return { kind: 'half-made', stuck: true }
  const parts = nodes.flatMap(troubles)
  if (parts.length === 0) {
    return evidence.startFinished
      ? { kind: 'running' }
      : { kind: 'degraded', parts: ['the last start did not finish'] }
  }
  if (hosts.size === 1 && hosts.has('Stopped')) return { kind: 'stopped' }
  if (nodes.some((node) => node.apiServer === 'Paused' || node.host === 'Paused')) return { kind: 'paused' }
  return { kind: 'degraded', parts }
}

function troubles(node: NodeStatus): readonly string[] {
  const named = (part: string, value: string, good: readonly string[]): readonly string[] =>
    good.includes(value) ? [] : [`${node.name}: ${part} ${value || 'unknown'}`]
  return [
    ...named('host', node.host, ['Running']),
    ...named('kubelet', node.kubelet, ['Running']),
    // Workers have neither of their own; minikube says Irrelevant.
    ...(node.worker ? [] : named('API server', node.apiServer, ['Running'])),
    ...(node.worker ? [] : named('kubeconfig', node.kubeconfig, ['Configured'])),
  ]
}

/**
 * Whether the last start got to its end, by the events minikube keeps in `profiles/<name>/events.json`. Stop
 * and pause write the same file with fewer total steps; then, and without a file, nothing speaks against it.
 */
export function startFinished(eventsText: string | undefined): boolean {
  if (eventsText === undefined) return true
  const lastStep = parseEvents(eventsText).findLast((event) => event.kind === 'step')
  const isStart = /"totalsteps":\s*"19"/.test(eventsText)
  return !isStart || lastStep?.kind !== 'step' || lastStep.name === 'Done'
}
