/**
 * What minikube calls the nodes of a cluster: the first as the profile, further ones with `-m02`, `-m03`
 * (minikube v1.38.1, pkg/minikube/node/node.go `Name`).
 */
export function nodeNames(profile: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) =>
    at === 0 ? profile : `${profile}-m${String(at + 1).padStart(2, '0')}`,
  )
}
