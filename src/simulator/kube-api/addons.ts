import { deployment, ingressObjects, namespaced, pod, registryCredsObjects, service } from './addon-parts.ts'
import type { KubeObject } from './object.ts'

/**
 * The objects that enabling a minikube add-on creates: names, namespaces, labels and images by facts section 7
 * (minikube v1.38.1: deploy/addons/*, pkg/minikube/assets/addons.go). None for an add-on that this simulator does
 * not know, and for one that creates none.
 * @param arch of the node: the registry-creds image has no build for arm64 (facts 7.2).
 */
export function addonObjects(addon: string, arch: 'amd64' | 'arm64'): readonly KubeObject[] {
  switch (addon) {
    case 'registry-creds':
      return registryCredsObjects(arch)
    case 'ingress':
      return ingressObjects()
    case 'ingress-dns':
      return ingressDnsObjects()
    case 'dashboard':
      return dashboardObjects()
    case 'metrics-server':
      return metricsServerObjects()
    case 'storage-provisioner':
      return storageProvisionerObjects()
    case 'default-storageclass':
      return [standardStorageClass]
    case 'registry':
      return registryObjects()
    default:
      return []
  }
}

// facts 7.4: a bare pod, not recreated when it is deleted, and its ConfigMap.
function ingressDnsObjects(): readonly KubeObject[] {
  const labels = { app: 'minikube-ingress-dns', 'app.kubernetes.io/part-of': 'kube-system' }
  const dns = pod(
    'kube-ingress-dns-minikube',
    'kube-system',
    labels,
    'docker.io/kicbase/minikube-ingress-dns:0.0.4',
    {
      serviceAccountName: 'minikube-ingress-dns',
      hostNetwork: true,
      ports: [{ containerPort: 53, hostPort: 53, protocol: 'UDP' }],
      name: 'minikube-ingress-dns',
    },
  )
  return [
    { ...namespaced('v1', 'ServiceAccount', 'minikube-ingress-dns', 'kube-system') },
    {
      ...namespaced('v1', 'ConfigMap', 'minikube-ingress-dns', 'kube-system'),
      data: { 'dns-nodata-delay-ms': '20' },
    },
    ...clusterRoleFor('minikube-ingress-dns', 'kube-system'),
    dns,
  ]
}

function clusterRoleFor(name: string, namespace: string): readonly KubeObject[] {
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        { apiGroups: ['', 'networking.k8s.io'], resources: ['ingresses'], verbs: ['get', 'list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ]
}

// facts 7.1: dashboard 2.7.0, scraper 1.0.8; minikube: deploy/addons/dashboard/*.
function dashboardObjects(): readonly KubeObject[] {
  const namespace = 'kubernetes-dashboard'
  const labels = { 'k8s-app': 'kubernetes-dashboard' }
  const scraperLabels = { 'k8s-app': 'dashboard-metrics-scraper' }
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace }, status: { phase: 'Active' } },
    namespaced('v1', 'ServiceAccount', 'kubernetes-dashboard', namespace),
    {
      ...namespaced('v1', 'Secret', 'kubernetes-dashboard-csrf', namespace),
      type: 'Opaque',
      data: { csrf: '' },
    },
    service('kubernetes-dashboard', namespace, labels, [{ port: 80, targetPort: 9090 }]),
    service('dashboard-metrics-scraper', namespace, scraperLabels, [{ port: 8000, targetPort: 8000 }]),
    deployment('kubernetes-dashboard', namespace, labels, 'docker.io/kubernetesui/dashboard:v2.7.0'),
    deployment(
      'dashboard-metrics-scraper',
      namespace,
      scraperLabels,
      'docker.io/kubernetesui/metrics-scraper:v1.0.8',
    ),
  ]
}

// facts 7.1: 0.8.1 in v1.38.1.
function metricsServerObjects(): readonly KubeObject[] {
  const labels = { 'k8s-app': 'metrics-server' }
  const image = 'registry.k8s.io/metrics-server/metrics-server:v0.8.1'
  return [
    namespaced('v1', 'ServiceAccount', 'metrics-server', 'kube-system'),
    service('metrics-server', 'kube-system', labels, [{ name: 'https', port: 443, targetPort: 'https' }]),
    deployment('metrics-server', 'kube-system', labels, image, { args: ['--kubelet-insecure-tls'] }),
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { name: 'metrics-server', namespace: 'kube-system' },
      },
    },
  ]
}

// facts 7.1: v5, host path, on by default.
function storageProvisionerObjects(): readonly KubeObject[] {
  const labels = { 'addonmanager.kubernetes.io/mode': 'Reconcile', 'integration-test': 'storage-provisioner' }
  return [
    namespaced('v1', 'ServiceAccount', 'storage-provisioner', 'kube-system'),
    pod('storage-provisioner', 'kube-system', labels, 'gcr.io/k8s-minikube/storage-provisioner:v5', {
      serviceAccountName: 'storage-provisioner',
      hostNetwork: true,
    }),
  ]
}

// minikube: deploy/addons/storageclass/storageclass.yaml.tmpl
const standardStorageClass: KubeObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: {
    name: 'standard',
    annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    labels: { 'addonmanager.kubernetes.io/mode': 'EnsureExists' },
  },
  provisioner: 'k8s.io/minikube-hostpath',
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
}

// facts 7.1: registry 3.1.1, proxy 0.0.11, port 5000 in the node.
function registryObjects(): readonly KubeObject[] {
  const mode = { 'kubernetes.io/minikube-addons': 'registry', 'addonmanager.kubernetes.io/mode': 'Reconcile' }
  const proxy = { 'registry-proxy': 'true', ...mode }
  return [
    service('registry', 'kube-system', { 'actual-registry': 'true', ...mode }, [
      { name: 'http', port: 80, targetPort: 5000 },
      { name: 'https', port: 443, targetPort: 443 },
    ]),
    deployment('registry', 'kube-system', { 'actual-registry': 'true', ...mode }, 'docker.io/registry:3.1.1'),
    {
      ...namespaced('apps/v1', 'DaemonSet', 'registry-proxy', 'kube-system', proxy),
      spec: {
        selector: { matchLabels: proxy },
        template: {
          metadata: { labels: proxy },
          spec: {
            containers: [
              {
                name: 'registry-proxy',
                image: 'gcr.io/k8s-minikube/kube-registry-proxy:0.0.11',
                ports: [{ name: 'registry', containerPort: 80, hostPort: 5000, protocol: 'TCP' }],
              },
            ],
          },
        },
      },
    },
  ]
}
