/** The add-ons of minikube v1.38.1: names and maintainers recorded in 015, images in running-k8s-001 and 010-013. */
export interface AddonFacts {
  readonly maintainer: string
  /** What `Using image ...` names, in order; empty where nothing was recorded. */
  readonly images: readonly string[]
  /** minikube's names of the images, which `--images` and `--registries` go by (assets/addons.go); any name when absent. */
  readonly imageNames?: readonly string[]
}

export const addonFacts: Readonly<Record<string, AddonFacts>> = {
  ambassador: { maintainer: '3rd party (Ambassador)', images: [] },
  'amd-gpu-device-plugin': { maintainer: '3rd party (AMD)', images: [] },
  'auto-pause': { maintainer: 'minikube', images: [] },
  'cloud-spanner': { maintainer: 'Google', images: [] },
  'csi-hostpath-driver': { maintainer: 'Kubernetes', images: [] },
  dashboard: {
    maintainer: 'Kubernetes',
    images: ['docker.io/kubernetesui/dashboard:v2.7.0', 'docker.io/kubernetesui/metrics-scraper:v1.0.8'],
    imageNames: ['Dashboard', 'MetricsScraper'],
  },
  'default-storageclass': { maintainer: 'Kubernetes', images: [] },
  efk: { maintainer: '3rd party (Elastic)', images: [] },
  freshpod: { maintainer: 'Google', images: [] },
  'gcp-auth': { maintainer: 'Google', images: [] },
  gvisor: { maintainer: 'minikube', images: [] },
  headlamp: { maintainer: '3rd party (kinvolk.io)', images: [] },
  inaccel: { maintainer: '3rd party (InAccel [info@inaccel.com])', images: [] },
  ingress: {
    maintainer: 'Kubernetes',
    images: [
      'registry.k8s.io/ingress-nginx/controller:v1.14.3',
      'registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.7',
      'registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.7',
    ],
    imageNames: ['IngressController', 'KubeWebhookCertgenCreate', 'KubeWebhookCertgenPatch'],
  },
  'ingress-dns': {
    maintainer: 'minikube',
    images: ['docker.io/kicbase/minikube-ingress-dns:0.0.4'],
    imageNames: ['IngressDNS'],
  },
  'inspektor-gadget': { maintainer: '3rd party (inspektor-gadget.io)', images: [] },
  istio: { maintainer: '3rd party (Istio)', images: [] },
  'istio-provisioner': { maintainer: '3rd party (Istio)', images: [] },
  kong: { maintainer: '3rd party (Kong HQ)', images: [] },
  kubeflow: { maintainer: '3rd party', images: [] },
  kubetail: { maintainer: '3rd party (kubetail.com)', images: [] },
  kubevirt: { maintainer: '3rd party (KubeVirt)', images: [] },
  logviewer: { maintainer: '3rd party (unknown)', images: [] },
  metallb: { maintainer: '3rd party (MetalLB)', images: [] },
  'metrics-server': {
    maintainer: 'Kubernetes',
    images: ['registry.k8s.io/metrics-server/metrics-server:v0.8.1'],
    imageNames: ['MetricsServer'],
  },
  'nvidia-device-plugin': { maintainer: '3rd party (NVIDIA)', images: [] },
  'nvidia-driver-installer': { maintainer: '3rd party (NVIDIA)', images: [] },
  'nvidia-gpu-device-plugin': { maintainer: '3rd party (NVIDIA)', images: [] },
  olm: { maintainer: '3rd party (Operator Framework)', images: [] },
  'pod-security-policy': { maintainer: '3rd party (unknown)', images: [] },
  portainer: { maintainer: '3rd party (Portainer.io)', images: [] },
  registry: { maintainer: 'minikube', images: [] },
  'registry-aliases': { maintainer: '3rd party (unknown)', images: [] },
  'registry-creds': {
    maintainer: '3rd party (UPMC Enterprises)',
    images: ['docker.io/upmcenterprises/registry-creds:1.10'],
    imageNames: ['RegistryCreds'],
  },
  'storage-provisioner': { maintainer: 'minikube', images: ['gcr.io/k8s-minikube/storage-provisioner:v5'] },
  'storage-provisioner-rancher': { maintainer: '3rd party (Rancher)', images: [] },
  volcano: { maintainer: 'third-party (volcano)', images: [] },
  volumesnapshots: { maintainer: 'Kubernetes', images: [] },
  yakd: { maintainer: '3rd party (marcnuri.com)', images: [] },
}

export const addonNames: readonly string[] = Object.keys(addonFacts)

/** On in every new cluster (recorded running-k8s-001). */
export const defaultAddons: readonly string[] = ['storage-provisioner', 'default-storageclass']

/** Enabling one of these waits for its pods (minikube: pkg/addons/config.go:35-42). */
export const awaitedAddons: readonly string[] = [
  'ingress',
  'registry',
  'gvisor',
  'gcp-auth',
  'csi-hostpath-driver',
]
