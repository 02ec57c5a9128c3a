import type { KubeObject } from '../kube/object.ts'
import { keysPatch, keysVariables } from './keys-cel.ts'
import { pullPatch, pullVariables } from './pull-cel.ts'
import { awsLabel, mirrorAnnotation, skipPodLabel, systemNamespaces } from './names.ts'
import type { RoleRules } from './roles.ts'

/** What the policies are told, as literals in them: a policy that reads parameters freezes (facts aws, 5, trap 1). */
export interface PolicyFacts {
  /** Service accounts whose pods get keys, `namespace/name`. */
  readonly serviceAccounts: readonly string[]
  /** Service accounts whose role the profile denies. */
  readonly deniedServiceAccounts: readonly string[]
  readonly roles: RoleRules
  /** Secrets and ConfigMaps with credentials, `Secret namespace/name`: who takes its variables from one is left alone. */
  readonly ownSources: readonly string[]
}

/** Pods that opt out of credentials: by devk8s' label, or by EKS's. */
export const notSkipped = {
  matchExpressions: [
    { key: awsLabel, operator: 'NotIn', values: ['off'] },
    { key: skipPodLabel, operator: 'DoesNotExist' },
  ],
} as const

export const keysPolicy = 'devk8s-aws-keys'
export const pullPolicy = 'devk8s-ecr-pull'

/** Pods that would have had a role in the cloud get the keys of their namespace (manifests/aws/keys.yaml). */
export function keysPolicyObjects(apiVersion: string, facts: PolicyFacts): readonly KubeObject[] {
  return policyObjects(apiVersion, keysPolicy, {
    objectSelector: notSkipped,
    variables: keysVariables(facts),
    patch: keysPatch(),
  })
}

/** Pods with an image of ECR get the pull secret, whatever their service account (manifests/aws/pull.yaml). */
export function pullPolicyObjects(apiVersion: string): readonly KubeObject[] {
  return policyObjects(apiVersion, pullPolicy, {
    objectSelector: { matchExpressions: [{ key: awsLabel, operator: 'NotIn', values: ['off'] }] },
    variables: pullVariables(),
    patch: pullPatch(),
  })
}

/** A named CEL expression of a policy, `variables.NAME` in those behind it. */
export interface CelVariable {
  readonly name: string
  readonly expression: string
}

interface PolicyParts {
  readonly objectSelector: object
  /** Namespaces that are left alone, besides those of Kubernetes. */
  readonly leftAlone?: readonly string[]
  readonly variables: readonly CelVariable[]
  /** A CEL expression that gives a list of JSONPatch. */
  readonly patch: string
}

/**
 * A policy and its binding. A policy that fails must not keep a pod out, and one that ran must not mind running again:
 * the API server calls it anew whenever the pod has changed since (`IfNeeded`).
 */
export function policyObjects(apiVersion: string, name: string, parts: PolicyParts): readonly KubeObject[] {
  const { objectSelector, leftAlone = [], variables, patch } = parts
  return [
    {
      apiVersion,
      kind: 'MutatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'IfNeeded',
        matchConstraints: {
          namespaceSelector: {
            matchExpressions: [
              {
                key: 'kubernetes.io/metadata.name',
                operator: 'NotIn',
                values: [...systemNamespaces, ...leftAlone],
              },
              { key: awsLabel, operator: 'NotIn', values: ['off'] },
            ],
          },
          objectSelector,
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
          ],
        },
        matchConditions: [
          { name: 'not-windows', expression: notWindows },
          { name: 'not-of-the-node', expression: notMirror },
        ],
        variables,
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patch } }],
      },
    },
    { apiVersion, kind: 'MutatingAdmissionPolicyBinding', metadata: { name }, spec: { policyName: name } },
  ]
}

const notWindows = `!(has(object.spec.os) && object.spec.os.name == 'windows')`
const notMirror = `!(has(object.metadata.annotations) && '${mirrorAnnotation}' in object.metadata.annotations)`
