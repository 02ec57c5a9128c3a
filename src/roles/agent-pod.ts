import { agentAddress, agentName, agentPort, programConfigMap } from './names.ts'

/**
 * Docker's own build of Node 24.19.0 on Alpine, the index of all architectures: amd64, arm64 and s390x, so those of
 * minikube's nodes (docker-library/repo-info, repos/node/remote/24-alpine.md).
 */
const agentImage =
  'docker.io/library/node:24-alpine@sha256:d32cdf619f63fe0471182d08996dd516c6275bb5fd31ae06e55a570bd9e1ad43'

/** Node takes a file of this ending for CommonJS, whatever lies beside it. */
export const programFile = 'agent.cjs'

/**
 * Puts the agent's address on the node's `lo`, where it stays until the node stops; run again it changes nothing.
 * For Alpine's sh and ip, both busybox. Two at once are no failure: who comes second finds it there.
 */
export const addressScript = [
  `has() { ip -4 addr show dev lo | grep -qF 'inet ${agentAddress}/'; }`,
  `has || ip addr add ${agentAddress}/32 dev lo || has`,
].join('\n')

/**
 * What keeps Node small: a program that answers a few short requests a second needs no optimising compiler, and collects
 * what its first lists left behind once they are in (58 MiB with 1,000 pods in place of 84, measured on Node 24).
 */
export const thriftyNode = [
  '--expose-gc',
  '--max-semi-space-size=1',
  '--max-old-space-size=32',
  '--no-opt',
  '--no-maglev',
] as const

/** On the pods: which program they run. Told by `/healthz`. */
export const programHash = 'devk8s.dev/program-hash'

const locked = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  seccompProfile: { type: 'RuntimeDefault' },
} as const

/** `nobody` in Alpine, as in most images. */
const nobody = 65_534

const init = {
  name: 'address',
  image: agentImage,
  command: ['/bin/sh', '-c', addressScript],
  resources: { requests: { cpu: '5m', memory: '16Mi' }, limits: { memory: '32Mi' } },
  // Root and one capability, for a moment: an address is not to be had with less.
  securityContext: {
    ...locked,
    runAsUser: 0,
    runAsNonRoot: false,
    capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
  },
} as const

// The kubelet is on the node's network as well. Without `host` it would ask the node's own address, where nothing listens.
const listens = { tcpSocket: { host: agentAddress, port: agentPort } } as const
const isHealthy = {
  httpGet: { host: agentAddress, path: '/healthz', port: agentPort, scheme: 'HTTP' },
} as const

const server = {
  name: 'agent',
  image: agentImage,
  command: ['node', ...thriftyNode, `/agent/${programFile}`],
  env: [
    { name: 'DEVK8S_AGENT_NODE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
    {
      name: 'DEVK8S_AGENT_POD_UID',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.uid' } },
    },
    {
      name: 'DEVK8S_AGENT_VERSION',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.annotations['${programHash}']` } },
    },
  ],
  // No `ports`: on the node's network each would be a hostPort, which the ingress add-on has at 80 (facts aws, 4).
  startupProbe: { ...listens, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 60 },
  readinessProbe: { ...isHealthy, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 3 },
  // By the connection alone: an agent that has lost the API server still answers from memory.
  livenessProbe: { ...listens, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 3 },
  resources: { requests: { cpu: '10m', memory: '48Mi' }, limits: { memory: '96Mi' } },
  securityContext: {
    ...locked,
    runAsUser: nobody,
    runAsGroup: nobody,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
  },
  volumeMounts: [{ name: 'program', mountPath: '/agent', readOnly: true }],
} as const

/** What the DaemonSet runs on each node. */
export const agentPodSpec = {
  serviceAccountName: agentName,
  automountServiceAccountToken: true,
  enableServiceLinks: false,
  // The address is the node's; what comes there from a pod still has the pod's own as its source.
  hostNetwork: true,
  // The API server is known by its address: no name has to be looked up.
  dnsPolicy: 'Default',
  // Before the pods that ask it, and never put out for them.
  priorityClassName: 'system-node-critical',
  tolerations: [{ operator: 'Exists' }],
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  terminationGracePeriodSeconds: 2,
  securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
  initContainers: [init],
  containers: [server],
  volumes: [{ name: 'program', configMap: { name: programConfigMap } }],
} as const
