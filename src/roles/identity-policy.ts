import type { KubeObject } from '../kube/object.ts'
import { notSkipped, policyObjects } from '../pods/policies.ts'
import { type IdentityFacts, identityPatch, identityVariables } from './identity-cel.ts'
import { agentNamespace, identityPolicy } from './names.ts'

/**
 * Pods whose service account has a role in the cloud are told where the agent is, as EKS tells them
 * (manifests/aws/identity.yaml). Whether they get credentials there, the agent decides.
 */
export function identityPolicyObjects(apiVersion: string, facts: IdentityFacts): readonly KubeObject[] {
  return policyObjects(apiVersion, identityPolicy, {
    objectSelector: notSkipped,
    leftAlone: [agentNamespace],
    variables: identityVariables(facts),
    patch: identityPatch(),
  })
}
