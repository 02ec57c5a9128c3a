import type { KubeObject } from './object.ts'

/** The address of minikube's first node, where the ingress controller listens (facts sheet, 7.3). */
export function nodeAddress(nodes: readonly KubeObject[]): string | undefined {
  const primary =
    nodes.find(({ metadata }) => metadata.labels?.['minikube.k8s.io/primary'] === 'true') ?? nodes[0]
  const status = primary?.['status'] as { readonly addresses?: unknown } | undefined
  const addresses = Array.isArray(status?.addresses) ? (status.addresses as readonly unknown[]) : []
  for (const each of addresses) {
    const { type, address } = (each ?? {}) as { readonly type?: unknown; readonly address?: unknown }
    if (type === 'InternalIP' && typeof address === 'string') return address
  }
  return undefined
}

/**
 * Where the ingress can be asked from this machine, the likelier first (facts sheet, 8). Node addresses of the
 * docker and podman drivers exist only inside Docker's virtual machine on macOS, Windows and WSL, and with qemu's
 * built-in network nowhere; there a published port 80, or `minikube tunnel`, serves on the loopback address.
 */
export function ingressAddresses(
  machine: { readonly platform: string; readonly wsl: boolean },
  driver: string,
  node: string | undefined,
): readonly string[] {
  const inContainer = driver === 'docker' || driver === 'podman'
  const hidden = inContainer && (machine.platform !== 'linux' || machine.wsl)
  // On Linux it may still be Docker Desktop or a remote daemon, so the loopback address is tried as well.
  return hidden || node === undefined ? ['127.0.0.1'] : [node, '127.0.0.1']
}
