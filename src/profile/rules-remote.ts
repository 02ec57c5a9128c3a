import { profileContradiction, profileDuplicate, profileMissingKey } from '../problems/profile.ts'
import type { Path } from './faults.ts'
import type { Profile, RemoteContextSpec } from './profile.ts'
import type { RuleFault } from './rules.ts'
import type { UserSpec } from './schema-user.ts'

type Fault = Omit<RuleFault, 'path'> & { readonly below: Path }

const contradiction = (below: Path, detail: string, at: RuleFault['at'] = 'key'): Fault => ({
  kind: profileContradiction,
  below,
  at,
  detail,
})

/** What is wrong between the values of one remote context, each of which is right by itself. */
export function remoteRule({ contexts, aws }: Profile): readonly RuleFault[] {
  const hasRegion = aws?.['region'] !== undefined
  return contexts.flatMap((spec, index) =>
    [...eksFaults(spec, hasRegion), ...roleFaults(spec), ...clusterFaults(spec), ...userFaults(spec)].map(
      ({ below, ...fault }) => ({ ...fault, path: ['contexts', index, ...below] }),
    ),
  )
}

function eksFaults({ eks, aliases }: RemoteContextSpec, hasRegion: boolean): readonly Fault[] {
  if (eks === undefined) return []
  const faults: Fault[] = []
  if (eks.region === undefined && !hasRegion) {
    const detail = 'region is missing, and so is aws.region: a name alone is no cluster.'
    faults.push({ kind: profileMissingKey, below: ['eks'], at: 'key', detail })
  }
  if (eks.tags !== undefined && eks.discover !== true) {
    faults.push(contradiction(['eks', 'tags'], 'tags choose among the clusters that discover: true finds.'))
  }
  if (aliases !== undefined && eks.discover === true) {
    faults.push(contradiction(['aliases'], 'An alias is for one context, and discover may find several.'))
  }
  return faults
}

/** The read-only role is what a locked EKS context gets; nothing would ever ask for it otherwise. */
function roleFaults({ eks, kops, protected: isProtected }: RemoteContextSpec): readonly Fault[] {
  const forKops =
    'With kOps no role only reads: whoever can sign in may read the key of the CA, and that makes an administrator. A protected kOps context hands out nothing until it is unlocked.'
  return [
    ...(eks?.readOnlyRoleArn !== undefined && isProtected !== true
      ? [
          contradiction(
            ['eks', 'readOnlyRoleArn'],
            'It is for contexts with protected: true, while they are locked.',
          ),
        ]
      : []),
    ...(kops?.readOnlyRoleArn === undefined ? [] : [contradiction(['kops', 'readOnlyRoleArn'], forKops)]),
  ]
}

function clusterFaults({ cluster, protected: isProtected }: RemoteContextSpec): readonly Fault[] {
  if (cluster?.insecureSkipTlsVerify === undefined) return []
  const below = ['cluster', 'insecureSkipTlsVerify']
  return [
    // client-go: "specifying a root certificates file with the insecure flag is not allowed".
    ...(cluster.certificateAuthority === undefined
      ? []
      : [contradiction(below, 'The certificate is checked against certificateAuthority, or not at all.')]),
    ...(cluster.tlsServerName === undefined
      ? []
      : [contradiction(below, 'The certificate is checked for tlsServerName, or not at all.')]),
    ...(isProtected === true
      ? [contradiction(below, 'Whoever answers would get the credentials of a protected context.')]
      : []),
  ]
}

/** The ways to sign in, by the key that stands for each. */
const ways = ['clientCertificate', 'token', 'tokenFile', 'username', 'exec', 'oidc'] as const

function userFaults({ cluster, user }: RemoteContextSpec): readonly Fault[] {
  if (user === undefined) return []
  const given = ways.filter((way) => user[way] !== undefined)
  const second = given[1]
  return [
    ...(second === undefined
      ? []
      : [
          contradiction(
            ['user', second],
            `These are ${given.length} ways to sign in: ${given.join(', ')}; keep one.`,
          ),
        ]),
    ...(cluster?.insecureSkipTlsVerify !== undefined && user.username !== undefined
      ? [
          contradiction(
            ['user', 'password'],
            'It would be sent to whoever answers, since the certificate is not checked.',
          ),
        ]
      : []),
    ...repeatedGroups(user),
  ]
}

function repeatedGroups({ impersonate }: UserSpec): readonly Fault[] {
  const groups = impersonate?.groups ?? []
  return groups.flatMap((group, index) =>
    groups.indexOf(group) < index
      ? [
          {
            kind: profileDuplicate,
            below: ['user', 'impersonate', 'groups', index],
            at: 'value' as const,
            detail: `The group ${group} is there twice.`,
          },
        ]
      : [],
  )
}
