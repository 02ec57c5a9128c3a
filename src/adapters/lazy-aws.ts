import type { Aws } from '../ports/aws.ts'

/** AWS, whose SDK is loaded with the first call. */
export function lazyAws(load: () => Promise<Aws>): Aws {
  let loading: Promise<Aws> | undefined
  const aws = () => (loading ??= load())
  return {
    credentials: async (source, signal) => (await aws()).credentials(source, signal),
    profiles: async () => (await aws()).profiles(),
    signInOf: async (source) => (await aws()).signInOf(source),
    podIdentityAssociations: async (source, signal) => (await aws()).podIdentityAssociations(source, signal),
    callerIdentity: async (source, signal) => (await aws()).callerIdentity(source, signal),
    session: async (source, signal) => (await aws()).session(source, signal),
    registryToken: async (source, signal) => (await aws()).registryToken(source, signal),
    startDeviceSignIn: async (start, signal) => (await aws()).startDeviceSignIn(start, signal),
    canPush: async (source, signal) => (await aws()).canPush(source, signal),
    describeCluster: async (source, signal) => (await aws()).describeCluster(source, signal),
    listClusters: async (source, signal) => (await aws()).listClusters(source, signal),
    readObject: async (source, signal) => (await aws()).readObject(source, signal),
    readText: async (source, signal) => (await aws()).readText(source, signal),
    readKeyset: async (source, signal) => (await aws()).readKeyset(source, signal),
    signClientCertificate: async (wants, signal) => (await aws()).signClientCertificate(wants, signal),
  }
}
