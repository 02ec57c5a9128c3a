import type { PlatformKey } from './profile.ts'

/** The minikube that devk8s is tested with; its recordings are in test/fixtures/transcripts. */
export const pinnedMinikube = 'v1.38.1'

/** Published with the release (facts sheet, 2.2). */
export const pinnedMinikubeSha256: Readonly<Record<PlatformKey, string>> = {
  'darwin-amd64': 'db11dffba835609988e4e98c3a91a38653ce66ddfa8ea3aaea92d87c54a0a348',
  'darwin-arm64': 'f9b0c70bb7daf38c683c0b6e46dc1b612600247ae826bf74576807746a919ee8',
  'linux-amd64': '099477eaf248bcb5bcea8ce78a2898e93ac01461c35189da1848c3de82ecd22e',
  'linux-arm64': 'a0b8a1ebfc8c07a247271d8df98ac0ddd7c8c855b601d402463e2e50c08c6bab',
  'windows-amd64': '04215bec5632a976b48eb632856b50f1eaaa183b9c2a5904e11d1bacc4961ff7',
}

/** sha256 by the end of the address of each pinned file: the rehearsal's mirror serves files with these sums. */
export const pinnedFiles: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(pinnedMinikubeSha256).map(([platform, sum]) => {
    const extension = platform.startsWith('windows') ? '.exe' : ''
    return [`${pinnedMinikube}/minikube-${platform}${extension}`, sum]
  }),
)

/** The oldest and the newest Kubernetes that the pinned minikube knows (facts sheet, 2.1). */
export const oldestKubernetes = 'v1.28.0'
export const newestKubernetes = 'v1.35.1'

export const defaultMirrors = {
  minikube: 'https://github.com/kubernetes/minikube/releases/download',
  kubectl: 'https://dl.k8s.io/release',
} as const

/** The add-ons of v1.38.1, as `minikube addons list -o json` names them (recorded 016). */
export const pinnedAddons = [
  'ambassador',
  'amd-gpu-device-plugin',
  'auto-pause',
  'cloud-spanner',
  'csi-hostpath-driver',
  'dashboard',
  'default-storageclass',
  'efk',
  'freshpod',
  'gcp-auth',
  'gvisor',
  'headlamp',
  'inaccel',
  'ingress',
  'ingress-dns',
  'inspektor-gadget',
  'istio',
  'istio-provisioner',
  'kong',
  'kubeflow',
  'kubetail',
  'kubevirt',
  'logviewer',
  'metallb',
  'metrics-server',
  'nvidia-device-plugin',
  'nvidia-driver-installer',
  'nvidia-gpu-device-plugin',
  'olm',
  'pod-security-policy',
  'portainer',
  'registry',
  'registry-aliases',
  'registry-creds',
  'storage-provisioner',
  'storage-provisioner-rancher',
  'volcano',
  'volumesnapshots',
  'yakd',
] as const
