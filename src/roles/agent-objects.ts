import type { KubeObject } from '../kube/object.ts'
import { hashAnnotation } from '../kube/objects.ts'
import { agentPodSpec, programFile, programHash } from './agent-pod.ts'
import { agentName, agentNamespace, programConfigMap, sessionsSecret } from './names.ts'

/** On all that belongs to the agent, its pods included. */
export const agentLabels = { 'app.kubernetes.io/name': agentName } as const

type Stamp = (objects: readonly KubeObject[]) => readonly KubeObject[]

/**
 * The agent as it is applied (manifests/aws/agent.yaml). What the host tells it is not among these: the mapping and the
 * sessions are written by its keeper.
 * @param program text of the bundle, `dist/agent/agent.cjs`.
 * @param stamp marks objects as ours and with the hash of what they hold; the program's is on the pods as well, so that
 *   another program makes new ones.
 * @returns in the order in which they are to be there.
 */
export function agentObjects(program: string, stamp: Stamp = (objects) => objects): readonly KubeObject[] {
  const holder = stamp([programHolder(program)])
  const hash = holder[0]?.metadata.annotations?.[hashAnnotation]
  return [...stamp([namespaceObject, ...accessObjects]), ...holder, ...stamp([daemonSet(hash)])]
}

/** The node's network and NET_ADMIN are beyond the stricter levels of Pod Security. */
const namespaceObject: KubeObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: agentNamespace,
    labels: {
      ...agentLabels,
      'pod-security.kubernetes.io/enforce': 'privileged',
      'pod-security.kubernetes.io/audit': 'privileged',
      'pod-security.kubernetes.io/warn': 'privileged',
    },
  },
}

const programHolder = (program: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: programConfigMap, namespace: agentNamespace, labels: agentLabels },
  data: { [programFile]: program },
})

function daemonSet(hash: string | undefined): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: agentName, namespace: agentNamespace, labels: agentLabels },
    spec: {
      selector: { matchLabels: agentLabels },
      // Two on one node could not both listen, so the old one goes first.
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%', maxSurge: 0 } },
      template: {
        metadata: {
          labels: agentLabels,
          ...(hash === undefined ? {} : { annotations: { [programHash]: hash } }),
        },
        spec: agentPodSpec,
      },
    },
  }
}

const rbac = 'rbac.authorization.k8s.io/v1'
const api = 'rbac.authorization.k8s.io'
const subjects = [{ kind: 'ServiceAccount', name: agentName, namespace: agentNamespace }]
const reads = ['list', 'watch']

/** One object by its name: to list and watch it, the field selector `metadata.name` must say the same. */
const named = (resource: string, name: string) => ({
  apiGroups: [''],
  resources: [resource],
  resourceNames: [name],
  verbs: reads,
})

function roleIn(namespace: string, rules: readonly object[]): readonly KubeObject[] {
  const metadata = { name: agentName, namespace, labels: agentLabels }
  return [
    { apiVersion: rbac, kind: 'Role', metadata, rules },
    {
      apiVersion: rbac,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: api, kind: 'Role', name: agentName },
      subjects,
    },
  ]
}

/** Whom the agent is to the API server, and all that it may do there: what src/agent/agent.ts says it needs. */
const accessObjects: readonly KubeObject[] = [
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: agentName, namespace: agentNamespace, labels: agentLabels },
    automountServiceAccountToken: false,
  },
  {
    apiVersion: rbac,
    kind: 'ClusterRole',
    metadata: { name: agentName, labels: agentLabels },
    rules: [
      { apiGroups: [''], resources: ['pods', 'serviceaccounts', 'namespaces'], verbs: reads },
      { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
      { nonResourceURLs: ['/openid/v1/jwks', '/.well-known/openid-configuration'], verbs: ['get'] },
    ],
  },
  {
    apiVersion: rbac,
    kind: 'ClusterRoleBinding',
    metadata: { name: agentName, labels: agentLabels },
    roleRef: { apiGroup: api, kind: 'ClusterRole', name: agentName },
    subjects,
  },
  ...roleIn(agentNamespace, [named('configmaps', agentName), named('secrets', sessionsSecret)]),
  ...roleIn('kube-system', [named('configmaps', 'pod-identity-webhook')]),
]
