import { imagesModeOf } from '../images/mode.ts'
import type { KubeObject } from '../kube/object.ts'
import { accountRoleAnnotation } from '../pods/names.ts'
import { ownSourcesIn } from '../pods/own-sources.ts'
import { isDenied, roleIn, type RoleRules } from '../pods/roles.ts'
import type { AwsSpec, Profile } from '../profile/profile.ts'
import { awsPlaces, fileIn } from '../upkeep/places.ts'
import { agentObjects } from '../roles/agent-objects.ts'
import { accountRolesIn, podRolesIn } from '../roles/manifest-roles.ts'
import { partsOf, type PodsUpkeep, type Upkeep, type UpkeepPart } from '../upkeep/upkeep.ts'
import type { CompileInput, Refs } from './compile.ts'
import { nodeNames } from '../minikube/node-names.ts'
import type { MinikubeRef, Step, StepId } from './step.ts'
import { wantsUpkeep } from '../upkeep/wants-upkeep.ts'

const titles: { readonly [P in UpkeepPart]: string } = {
  policies: 'Policies that hand AWS keys and pull secrets to pods',
  images: 'Private images from ECR',
  pods: 'AWS keys for pods',
  agent: 'Roles for pods',
}

/** What is to be kept fresh in the profile's cluster; undefined when the profile asks for nothing of AWS in it. */
export function upkeepOf(input: CompileInput, { kubectl, minikube }: Refs): Upkeep | undefined {
  const { profile } = input.loaded
  const { aws } = profile
  if (!wantsUpkeep(aws)) return undefined
  return {
    version: 1,
    team: profile.name,
    cluster: minikube.profile,
    kubectl,
    kubernetes: profile.cluster.kubernetes,
    source: sourceToKeep(input, minikube.profile),
    accounts: aws.accounts ?? {},
    ...(aws.ecr === undefined ? {} : { images: { ...modeIn(input), registries: aws.ecr.registries ?? [] } }),
    ...(aws.roles === undefined ? {} : rolesIn(input, aws, minikube)),
  }
}

/**
 * The profile in force is written down where the team names none: otherwise the same upkeep would follow whatever
 * AWS_PROFILE the next shell has.
 */
function sourceIn({ loaded: { profile }, facts: { signIn } }: CompileInput): Upkeep['source'] {
  const named = sourceOf(profile.aws ?? {})
  return signIn?.profile === undefined ? named : { profile: signIn.profile, ...named }
}

/** A shell whose sign-in cannot be told has no say in it: the profile that is written down already stays. */
function sourceToKeep(input: CompileInput, cluster: string): Upkeep['source'] {
  const { signIn, keptFresh } = input.facts
  const profile = keptFresh.find((each) => each.cluster === cluster)?.profile
  return { ...(signIn === undefined && profile !== undefined && { profile }), ...sourceIn(input) }
}

export function sourceOf({ profile, region, assumeRole }: AwsSpec): Upkeep['source'] {
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(region === undefined ? {} : { region }),
    ...(assumeRole === undefined ? {} : { roleArn: assumeRole }),
  }
}

/** How images are pulled, by the profile and what the machine is. */
export function modeIn({ loaded: { profile }, facts }: CompileInput) {
  return imagesModeOf(profile.aws ?? {}, {
    hasAddon: profile.addons['registry-creds']?.enabled === true,
    nodeArch: facts.host.arch === 'arm64' ? 'arm64' : 'amd64',
    hasBroker: facts.brokerRuns,
    ...(facts.signIn === undefined ? {} : { signIn: facts.signIn }),
  })
}

const namespacesOf = ({ namespaces, context }: Profile): readonly string[] => [
  ...new Set([...namespaces.map(({ name }) => name), context.namespace]),
]

function rolesIn(
  input: CompileInput,
  aws: AwsSpec,
  minikube: MinikubeRef,
): Pick<Upkeep, 'pods'> | Pick<Upkeep, 'agent'> {
  const pods = podsOf(input, rolesOf(aws))
  if (aws.lane === 'env') return { pods }
  const { mode = 'refuse', format = 'glob' } = aws.namespaceRestrictions ?? {}
  const { facts, loaded } = input
  const objects = facts.manifests.flatMap((file) => file.objects)
  const accountRoles = accountRolesIn(objects)
  const podRoles = podRolesIn(objects)
  return {
    agent: {
      ...pods,
      // A denied role is asked for all the same, and answered with the reason.
      serviceAccounts: Object.keys(accountRoles),
      minikube,
      nodes: nodeNames(minikube.profile, loaded.profile.cluster.nodes),
      ...(podRoles.length === 0 ? {} : { podRoles }),
      accountRoles,
      associations: facts.associations,
      restrictions: { mode, format },
      ...(aws.baseRoleArn === undefined ? {} : { baseRoleArn: aws.baseRoleArn }),
      imdsV1: aws.imdsV1 ?? true,
    },
  }
}

function podsOf({ loaded: { profile }, facts }: CompileInput, roles: RoleRules): PodsUpkeep {
  const objects = facts.manifests.flatMap((file) => file.objects)
  const ownSources = ownSourcesIn(objects)
  return {
    namespaces: namespacesOf(profile),
    serviceAccounts: accountsIn(objects, roles),
    ...(ownSources.length === 0 ? {} : { ownSources }),
    roles,
  }
}

/** A role that a profile below names is taken away with null. */
function rolesOf({ roles = {} }: AwsSpec): RoleRules {
  return Object.fromEntries(
    Object.entries(roles).flatMap(([role, says]) => (says === null ? [] : [[role, says] as const])),
  )
}

function accountsIn(objects: readonly KubeObject[], roles: RoleRules): readonly string[] {
  return objects
    .filter(({ kind, metadata }) => {
      const role = roleIn(metadata.annotations, accountRoleAnnotation)
      return kind === 'ServiceAccount' && role !== undefined && !isDenied(role, roles)
    })
    .map(({ metadata }) => `${metadata.namespace ?? 'default'}/${metadata.name}`)
}

/** Who one is to AWS; before everything else, so that a sign-in that is needed is known before an hour of work. */
export function identitySteps(input: CompileInput): readonly Step[] {
  const { profile } = input.loaded
  const { aws } = profile
  if (!wantsUpkeep(aws)) return []
  return [
    {
      id: 'aws-identity',
      kind: 'aws-identity.admitted',
      title: aws.profile === undefined ? 'AWS identity' : `AWS identity (profile ${aws.profile})`,
      want: {
        team: profile.name,
        source: sourceIn(input),
        accounts: aws.accounts ?? {},
      },
      needs: [],
    },
  ]
}

/** What of AWS is in the cluster, before the manifests whose pods want it. */
export function upkeepSteps(input: CompileInput, refs: Refs): readonly Step[] {
  const upkeep = upkeepOf(input, refs)
  const gone = unwantedSteps(input, refs, upkeep)
  if (upkeep === undefined) return gone
  const namespaces: readonly StepId[] = input.loaded.profile.namespaces.length > 0 ? ['namespaces'] : []
  return [
    ...gone,
    {
      id: recordId,
      kind: 'upkeep.recorded',
      title: 'What is kept fresh from AWS',
      want: { path: upkeepPath(input, upkeep.cluster), upkeep },
      // Renewals follow the record: who was not admitted is not to be in it.
      needs: ['cluster', 'aws-identity', ...gone.map(({ id }) => id)],
    },
    ...agentSteps(input, refs, upkeep),
    ...partsOf(upkeep).map((part): Step<'upkeep.fresh'> => ({
      id: `upkeep.${part}`,
      kind: 'upkeep.fresh',
      title: titles[part],
      want: { part, upkeep, path: upkeepPath(input, upkeep.cluster) },
      needs: [
        'cluster',
        'tool.kubectl',
        recordId,
        ...(part === 'policies' ? [] : ['aws-identity', ...namespaces]),
        // Its namespace holds the sessions.
        ...(part === 'agent' ? [agentStepId] : []),
      ],
      // Pods that start in between would be told to take keys that are not there yet.
      ...(part === 'policies' && upkeep.pods !== undefined ? { after: ['upkeep.pods'] } : {}),
    })),
  ]
}

/** Before anything of it is in the cluster: what the record does not tell of, nothing finds again. */
const recordId = 'upkeep'
const agentStepId = 'aws-agent'

/** The agent's own objects; what it is told and the sessions are kept fresh by their keeper. */
function agentSteps(input: CompileInput, { kubectl }: Refs, { agent }: Upkeep): readonly Step[] {
  const program = input.facts.agentProgram
  if (agent === undefined || program === undefined) return []
  return [
    {
      id: agentStepId,
      kind: 'aws-agent.running',
      title: 'AWS agent in the cluster',
      want: { kubectl, objects: agentObjects(program, input.stamp) },
      needs: ['cluster', 'tool.kubectl', recordId],
    },
  ]
}

export const keysGoneId = 'aws-keys'

/**
 * What is kept fresh by the record, and asked for no more: it goes before the record is written anew, since nothing but
 * the record tells of it.
 */
function unwantedSteps(
  input: CompileInput,
  { kubectl, minikube }: Refs,
  upkeep: Upkeep | undefined,
): readonly Step[] {
  const recorded = input.facts.keptFresh.find(({ cluster }) => cluster === minikube.profile)
  const wanted = upkeep === undefined ? [] : partsOf(upkeep)
  const parts = recorded?.parts.filter((part) => !wanted.includes(part)) ?? []
  if (parts.length === 0) return []
  return [
    {
      id: keysGoneId,
      kind: 'aws-keys.absent',
      title: 'Nothing from AWS that the profile asks for no more',
      want: { kubectl, minikube, upkeep: upkeepPath(input, minikube.profile), parts },
      needs: ['cluster', 'tool.kubectl'],
    },
  ]
}

/** Whether an image of this machine could get into the team's registries. */
export function pushSteps(input: CompileInput): readonly Step[] {
  const { dockerConfig } = input
  const { aws } = input.loaded.profile
  if (aws?.ecr === undefined) return []
  return [
    {
      id: 'registry-push',
      kind: 'registry-push.impossible',
      title: 'Pushes of local images to ECR',
      want: { source: sourceIn(input), registries: aws.ecr.registries ?? [], dockerConfig },
      needs: [],
    },
  ]
}

/** The file that says what is kept fresh in a cluster. */
export function upkeepPath(
  { facts: { layout, host } }: Pick<CompileInput, 'facts'>,
  cluster: string,
): string {
  return fileIn(awsPlaces(layout, host.platform).upkeeps, cluster)
}
