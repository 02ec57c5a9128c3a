import { type Fields, type KubeObject } from './object.ts'
import { execFormatErrorMark } from './pods.ts'

type Labels = Readonly<Record<string, string>>

/** An object's head, to be spread. */
export function namespaced(
  apiVersion: string,
  kind: string,
  name: string,
  namespace: string,
  labels?: Labels,
): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) } }
}

/** A Service with a selector. */
export function service(
  name: string,
  namespace: string,
  labels: Labels,
  ports: readonly Fields[],
  type = 'ClusterIP',
): KubeObject {
  const clusterIP = `10.96.${(name.length * 7) % 250}.${((namespace.length + name.length) * 11) % 250}`
  return {
    ...namespaced('v1', 'Service', name, namespace, labels),
    spec: { type, clusterIP, selector: labels, ports: ports.map((port) => ({ protocol: 'TCP', ...port })) },
    status: { loadBalancer: {} },
  }
}

/** A Deployment of one container; `more` is added to the container, `podMore` to the pod. */
export function deployment(
  name: string,
  namespace: string,
  labels: Labels,
  image: string,
  more: Fields = {},
  podMore: Fields = {},
  annotations?: Labels,
): KubeObject {
  const metadata = { labels, ...(annotations === undefined ? {} : { annotations }) }
  return {
    ...namespaced('apps/v1', 'Deployment', name, namespace, labels),
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata, spec: { containers: [{ name, image, ...more }], ...podMore } },
    },
  }
}

/** A bare Pod of one container. */
export function pod(
  name: string,
  namespace: string,
  labels: Labels,
  image: string,
  extra: Fields & { readonly name?: string },
): KubeObject {
  const { ports, name: containerName, ...rest } = extra
  const container = { name: containerName ?? name, image, ...(ports === undefined ? {} : { ports }) }
  return {
    ...namespaced('v1', 'Pod', name, namespace, labels),
    spec: { restartPolicy: 'Always', containers: [container], ...rest },
  }
}

/** A Job of one container that runs to its end. */
function job(name: string, namespace: string, labels: Labels, image: string): KubeObject {
  return {
    ...namespaced('batch/v1', 'Job', name, namespace, labels),
    spec: {
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      template: {
        metadata: { labels },
        spec: { restartPolicy: 'OnFailure', containers: [{ name: 'create', image }] },
      },
    },
  }
}

// facts 7.2: image, labels, and the keys it reads; all four Secrets in kube-system, none of them optional.
const registryCredsImage =
  'docker.io/upmcenterprises/registry-creds:1.10@sha256:93a633d4f2b76a1c66bf19c664dbddc56093a543de6d54320f19f585ccd7d605'
const registryCredsEnv: readonly (readonly [string, string, string])[] = [
  ['AWS_ACCESS_KEY_ID', 'registry-creds-ecr', 'AWS_ACCESS_KEY_ID'],
  ['AWS_SECRET_ACCESS_KEY', 'registry-creds-ecr', 'AWS_SECRET_ACCESS_KEY'],
  ['AWS_SESSION_TOKEN', 'registry-creds-ecr', 'AWS_SESSION_TOKEN'],
  ['awsaccount', 'registry-creds-ecr', 'aws-account'],
  ['awsregion', 'registry-creds-ecr', 'aws-region'],
  ['aws_assume_role', 'registry-creds-ecr', 'aws-assume-role'],
  ['gcrurl', 'registry-creds-gcr', 'gcrurl'],
  ['DOCKER_PRIVATE_REGISTRY_PASSWORD', 'registry-creds-dpr', 'DOCKER_PRIVATE_REGISTRY_PASSWORD'],
  ['DOCKER_PRIVATE_REGISTRY_SERVER', 'registry-creds-dpr', 'DOCKER_PRIVATE_REGISTRY_SERVER'],
  ['DOCKER_PRIVATE_REGISTRY_USER', 'registry-creds-dpr', 'DOCKER_PRIVATE_REGISTRY_USER'],
  ['ACR_URL', 'registry-creds-acr', 'ACR_URL'],
  ['ACR_CLIENT_ID', 'registry-creds-acr', 'ACR_CLIENT_ID'],
  ['ACR_PASSWORD', 'registry-creds-acr', 'ACR_PASSWORD'],
]

/** The registry-creds add-on (facts 7.2). */
export function registryCredsObjects(arch: 'amd64' | 'arm64'): readonly KubeObject[] {
  const labels = {
    app: 'registry-creds',
    'addonmanager.kubernetes.io/mode': 'Reconcile',
    'kubernetes.io/minikube-addons': 'registry-creds',
    version: '1.10',
  }
  const env = registryCredsEnv.map(([name, secret, key]) => ({
    name,
    valueFrom: { secretKeyRef: { name: secret, key } },
  }))
  const volumeMounts = [{ name: 'gcr-creds', mountPath: '/root/.config/gcloud' }]
  const volumes = [{ name: 'gcr-creds', secret: { secretName: 'registry-creds-gcr' } }]
  // minikube#21211: on arm64 the container ends with "exec format error".
  const mark = arch === 'arm64' ? { [execFormatErrorMark]: 'the image has no arm64 build' } : undefined
  const container = { imagePullPolicy: 'Always', env, volumeMounts }
  return [
    deployment('registry-creds', 'kube-system', labels, registryCredsImage, container, { volumes }, mark),
  ]
}

const ingressNamespace = 'ingress-nginx'
const ingressLabels = {
  'app.kubernetes.io/instance': 'ingress-nginx',
  'app.kubernetes.io/name': 'ingress-nginx',
} as const

/** The ingress add-on (facts 7.3; minikube: deploy/addons/ingress/ingress-deploy.yaml.tmpl). */
export function ingressObjects(): readonly KubeObject[] {
  const controller = { ...ingressLabels, 'app.kubernetes.io/component': 'controller' }
  const webhook = { ...ingressLabels, 'app.kubernetes.io/component': 'admission-webhook' }
  const certgen = 'registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.7'
  const web = [
    { name: 'http', port: 80, targetPort: 'http' },
    { name: 'https', port: 443, targetPort: 'https' },
  ]
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: ingressNamespace, labels: ingressLabels },
      status: { phase: 'Active' },
    },
    namespaced('v1', 'ServiceAccount', 'ingress-nginx', ingressNamespace, ingressLabels),
    namespaced('v1', 'ServiceAccount', 'ingress-nginx-admission', ingressNamespace, webhook),
    {
      ...namespaced('v1', 'ConfigMap', 'ingress-nginx-controller', ingressNamespace, controller),
      data: { hsts: 'false' },
    },
    service('ingress-nginx-controller', ingressNamespace, controller, web, 'NodePort'),
    service('ingress-nginx-controller-admission', ingressNamespace, controller, [
      { name: 'https-webhook', port: 443, targetPort: 'webhook' },
    ]),
    ingressController(controller),
    job('ingress-nginx-admission-create', ingressNamespace, webhook, certgen),
    job('ingress-nginx-admission-patch', ingressNamespace, webhook, certgen),
    ingressClass(controller),
    admissionWebhook(webhook),
    // What the first Job makes, and the controller mounts.
    {
      ...namespaced('v1', 'Secret', 'ingress-nginx-admission', ingressNamespace),
      type: 'Opaque',
      data: { ca: '', cert: '', key: '' },
    },
  ]
}

function ingressController(labels: Labels): KubeObject {
  const ports = [
    { name: 'http', containerPort: 80, hostPort: 80, protocol: 'TCP' },
    { name: 'https', containerPort: 443, hostPort: 443, protocol: 'TCP' },
    { name: 'webhook', containerPort: 8443, protocol: 'TCP' },
  ]
  const container = { name: 'controller', ports }
  const podMore = {
    nodeSelector: { 'kubernetes.io/os': 'linux', 'minikube.k8s.io/primary': 'true' },
    serviceAccountName: 'ingress-nginx',
    volumes: [{ name: 'webhook-cert', secret: { secretName: 'ingress-nginx-admission' } }],
  }
  const image = 'registry.k8s.io/ingress-nginx/controller:v1.14.3'
  return deployment('ingress-nginx-controller', ingressNamespace, labels, image, container, podMore)
}

function ingressClass(labels: Labels): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: {
      name: 'nginx',
      labels,
      annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' },
    },
    spec: { controller: 'k8s.io/ingress-nginx' },
  }
}

function admissionWebhook(labels: Labels): KubeObject {
  const target = { name: 'ingress-nginx-controller-admission', namespace: ingressNamespace }
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'ingress-nginx-admission', labels },
    webhooks: [
      {
        name: 'validate.nginx.ingress.kubernetes.io',
        admissionReviewVersions: ['v1'],
        clientConfig: { service: { ...target, path: '/networking/v1/ingresses' } },
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        sideEffects: 'None',
        rules: [
          {
            apiGroups: ['networking.k8s.io'],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['ingresses'],
          },
        ],
      },
    ],
  }
}
