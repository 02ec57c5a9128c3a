import { authorityKeyPem, authorityPem } from './authority.ts'

/**
 * An object of a simulated kOps state store: every cluster that is asked for has a description and a CA; there is
 * nothing else in it.
 */
export function stateStoreObject(key: string): string | undefined {
  const [last, before, ...rest] = key.split('/').toReversed()
  if (last === 'config' && before !== undefined) return clusterText(before)
  const isKeyset = last === 'keyset.yaml' && before === 'kubernetes-ca'
  return isKeyset && rest[0] === 'private' && rest[1] === 'pki' ? keysetText() : undefined
}

/** As kOps 1.3x writes it, in short. */
function clusterText(name: string): string {
  return `apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata:
  name: ${name}
spec:
  api:
    dns: {}
  cloudProvider: aws
  kubernetesVersion: 1.33.4
  topology:
    dns:
      type: Public
`
}

function keysetText(): string {
  return `apiVersion: kops.k8s.io/v1alpha2
kind: Keyset
metadata:
  name: kubernetes-ca
spec:
  keys:
  - id: "7000000000000000001"
    privateMaterial: ${btoa(authorityKeyPem)}
    publicMaterial: ${btoa(authorityPem)}
  primaryId: "7000000000000000001"
  type: Keypair
`
}
