import type { Fields } from '../kubeconfig/changes.ts'
import type { Note } from '../ports/event.ts'
import type { RemoteContextSpec } from '../profile/profile.ts'
import type { SecretSource } from '../profile/schema-user.ts'
import type { FoundCluster } from './remote-cluster.ts'
import { pluginStanza } from './stanzas-plugin.ts'
import { userStanza } from './stanzas-user.ts'
import { tokenArgs } from './token-args.ts'

/** What one remote context is to be in a kubeconfig, apart from what a person may change of it. */
export interface Stanzas {
  /** The name the profile gives it, from which those of its cluster and user are made. */
  readonly name: string
  readonly source: 'eks' | 'kops' | 'static'
  readonly server: string
  readonly cluster: Fields
  /** Without `secret`, which is not known while these are made. */
  readonly user: Fields
  /** A field of the user that holds a secret, and where that is had from. */
  readonly secret?: { readonly field: 'token' | 'password'; readonly from: SecretSource }
  readonly namespace?: string
  readonly aliases?: readonly string[]
  readonly description?: string
  readonly protected: boolean
  /** While it is locked a read-only role is handed out. */
  readonly readOnly: boolean
  /** What the remote cluster is called where it runs. */
  readonly clusterName?: string
  readonly account?: string
  readonly region?: string
  readonly color?: string
  readonly notes: readonly Note[]
}

export interface StanzaInput {
  readonly spec: RemoteContextSpec
  /** What the lookup found; for a spec with an address of its own, that. */
  readonly found: FoundCluster
  /** The name of the context: the spec's, or that with the cluster's behind it. */
  readonly name: string
  /** What its protection is keyed by (`protectKey`). */
  readonly protectedAs: string
  /** What kubectl runs for credentials. */
  readonly launcher: string
}

/** Fields of clusters and users that are devk8s' to set; what else a person adds stays. */
export const clusterFields = [
  'server',
  'certificate-authority',
  'certificate-authority-data',
  'insecure-skip-tls-verify',
  'proxy-url',
  'tls-server-name',
] as const
export const userFields = [
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
  'token',
  'tokenFile',
  'username',
  'password',
  'auth-provider',
  'exec',
  'as',
  'as-uid',
  'as-groups',
  'as-user-extra',
] as const

/** The entries of one context, for a cluster that was found. */
export function stanzasOf(input: StanzaInput): Stanzas {
  const { spec, found, name } = input
  const isProtected = spec.protected === true
  const { user, secret, notes } = userOf(input)
  const region = found.region ?? spec.eks?.region ?? spec.kops?.region
  const clusterName = found.cluster ?? spec.eks?.cluster ?? spec.kops?.cluster
  return {
    name,
    source: spec.eks !== undefined ? 'eks' : spec.kops !== undefined ? 'kops' : 'static',
    server: found.server,
    cluster: clusterStanza(found),
    user,
    ...(secret === undefined ? {} : { secret }),
    ...(spec.namespace === undefined ? {} : { namespace: spec.namespace }),
    ...(spec.aliases === undefined ? {} : { aliases: spec.aliases }),
    ...(spec.description === undefined ? {} : { description: spec.description }),
    protected: isProtected,
    readOnly: isProtected && (spec.eks ?? spec.kops)?.readOnlyRoleArn !== undefined,
    ...(clusterName === undefined ? {} : { clusterName }),
    ...(found.account === undefined ? {} : { account: found.account }),
    ...(region === undefined ? {} : { region }),
    ...(spec.color === undefined ? {} : { color: spec.color }),
    notes: [...clusterNotes(spec, name), ...notes],
  }
}

/** For EKS the very fields that `aws eks update-kubeconfig` writes (facts sheet, 7). */
function clusterStanza(found: FoundCluster): Fields {
  return {
    server: found.server,
    ...(found.caData === undefined ? {} : { 'certificate-authority-data': found.caData }),
    ...(found.caFile === undefined ? {} : { 'certificate-authority': found.caFile }),
    ...(found.tlsServerName === undefined ? {} : { 'tls-server-name': found.tlsServerName }),
    ...(found.proxyUrl === undefined ? {} : { 'proxy-url': found.proxyUrl }),
    ...(found.insecure === true ? { 'insecure-skip-tls-verify': true } : {}),
  }
}

function clusterNotes({ cluster }: RemoteContextSpec, name: string): readonly Note[] {
  const insecure = cluster?.insecureSkipTlsVerify
  if (insecure === undefined) return []
  const text = `Context ${name} does not check who answers (${insecure.reason}).`
  return [{ level: 'warning', text }]
}

function userOf(input: StanzaInput): Pick<Stanzas, 'user' | 'secret' | 'notes'> {
  const { spec, found, launcher, protectedAs } = input
  const protect = spec.protected === true ? { protect: protectedAs } : {}
  const { eks, kops } = spec
  if (eks !== undefined) {
    const region = found.region ?? eks.region
    const wants = {
      ...(found.id === undefined ? { cluster: found.cluster ?? eks.cluster ?? '' } : { clusterId: found.id }),
      ...(region === undefined ? {} : { region }),
      ...identity(eks),
      ...protect,
      plugin: [],
    }
    return { user: { exec: pluginStanza(launcher, tokenArgs(wants)) }, notes: [] }
  }
  if (kops !== undefined) {
    const { cluster, stateStore, region } = kops
    const wants = {
      kops: cluster,
      stateStore,
      ...(region === undefined ? {} : { region }),
      ...identity(kops),
      ...protect,
      plugin: [],
    }
    return { user: { exec: pluginStanza(launcher, tokenArgs(wants)) }, notes: [] }
  }
  return userStanza(input)
}

type Identity = { readonly awsProfile?: string; readonly roleArn?: string; readonly readOnlyRoleArn?: string }

function identity({ awsProfile, roleArn, readOnlyRoleArn }: Identity): Identity {
  return {
    ...(awsProfile === undefined ? {} : { awsProfile }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(readOnlyRoleArn === undefined ? {} : { readOnlyRoleArn }),
  }
}
