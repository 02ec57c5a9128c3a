import { isInList, listVariables } from '../pods/cel-lists.ts'
import { awsLabel, regionVariables, skipContainersAnnotation } from '../pods/names.ts'
import {
  type ContainerList,
  containersCel,
  indicesVariable,
  podVariables,
  volumesVariable,
} from '../pods/pod-cel.ts'
import type { CelVariable } from '../pods/policies.ts'
import {
  fullUri,
  fullUriVariable,
  type InjectedToken,
  leastTokenExpirationSeconds,
  ownInAnyLane,
  ownOfLane,
  podIdentityLabel,
  podIdentityToken,
  regionalStsVariable,
  relativeUri,
  relativeUriVariable,
  roleArnVariable,
  stsUrl,
  stsUrlVariable,
  tokenExpirationAnnotation,
  tokenExpirationSeconds,
  tokenFileVariable,
  tokenPath,
  variablesOfLane,
  webIdentityToken,
  webIdentityVariable,
} from './injection.ts'

/** What the policy for roles is told, as literals in it: a policy that reads parameters freezes (facts aws, 5, trap 1). */
export interface IdentityFacts {
  /** Service accounts that have a role by their annotation or an association, `namespace/name`. */
  readonly serviceAccounts: readonly string[]
  /** Roles of those, for lane S: `namespace/name ARN`. */
  readonly accountRoles: readonly string[]
  /** Roles in kOps' ConfigMap: `namespace/name ARN`, with `*` for any namespace. */
  readonly kopsRoles: readonly string[]
  /** Service accounts that ask for the one STS of all regions. */
  readonly globalStsAccounts: readonly string[]
  /** Secrets and ConfigMaps with credentials, `Secret namespace/name`: who takes its variables from one is left alone. */
  readonly ownSources: readonly string[]
  /** Undefined: containers are told none. */
  readonly region?: string | undefined
  /** Expressions for images whose SDK refuses the address of EKS. */
  readonly oldImages: readonly string[]
}

/** The variables that are literals of devk8s, in an order of their own. */
function literals(facts: IdentityFacts) {
  return {
    accounts: listVariables('serviceAccounts', facts.serviceAccounts),
    roles: listVariables('accountRoles', facts.accountRoles),
    kops: listVariables('kopsRoles', facts.kopsRoles),
    global: listVariables('globalStsAccounts', facts.globalStsAccounts),
    sources: listVariables('ownSources', facts.ownSources),
  }
}

/** Which lane a pod gets, what that puts into its containers, and into which of them. */
export function identityVariables(facts: IdentityFacts): readonly CelVariable[] {
  const { accounts, roles, kops, global, sources } = literals(facts)
  return [
    ...accounts,
    ...roles,
    ...kops,
    ...global,
    ...sources,
    { name: 'region', expression: JSON.stringify(facts.region ?? '') },
    { name: 'oldImages', expression: JSON.stringify(facts.oldImages) },
    ...podVariables(),
    {
      name: 'label',
      expression: `'${awsLabel}' in variables.labels ? variables.labels['${awsLabel}'] : ''`,
    },
    {
      name: 'anyNamespace',
      expression: `'*/' + variables.serviceAccount.split('/')[1]`,
    },
    {
      name: 'rolesOfKops',
      expression: rolesOf(kops, ['variables.serviceAccount', 'variables.anyNamespace']),
    },
    {
      name: 'asks',
      expression: `${isInList('variables.serviceAccount', accounts)} || size(variables.rolesOfKops) > 0`,
    },
    { name: 'roleArns', expression: roleArns(roles) },
    ...containerChoice(),
    { name: 'lane', expression: laneCel },
    { name: 'environment', expression: environmentCel(global) },
    { name: 'token', expression: tokenCel },
    { name: 'expirationSeconds', expression: expirationCel },
    { name: 'own', expression: JSON.stringify(ownInAnyLane) },
    { name: 'ownOfLane', expression: JSON.stringify(ownOfLane) },
    indicesVariable,
    volumesVariable,
    { name: 'containers', expression: served('containers', sources) },
    { name: 'initContainers', expression: served('initContainers', sources) },
  ]
}

/** Roles of these accounts in lists of `account ARN`; the more particular account first. */
function rolesOf(lists: readonly CelVariable[], accounts: readonly string[]): string {
  return accounts
    .flatMap((account) =>
      lists.map(
        ({ name }) =>
          `variables.${name}.filter(each, each.startsWith(${account} + ' ')).map(each, each.split(' ')[1])`,
      ),
    )
    .join('\n+ ')
}

/** The pod's own annotation first, as everywhere; one that is only a name is not completed here. */
const roleArns = (roles: readonly CelVariable[]): string =>
  `(variables.role == '' ? [] : [variables.role]).filter(role, role.startsWith('arn:'))
+ ${rolesOf(roles, ['variables.serviceAccount'])}
+ variables.rolesOfKops`

/** Names of containers that are skipped, by EKS's reading: a space belongs to the name. */
function containerChoice(): readonly CelVariable[] {
  const images = (list: ContainerList) =>
    `(has(object.spec.${list}) ? object.spec.${list}.filter(c, has(c.image) && !(c.name in variables.skipped)).map(c, c.image) : [])`
  return [
    {
      name: 'skipped',
      expression: `'${skipContainersAnnotation}' in variables.annotations
  ? variables.annotations['${skipContainersAnnotation}'].split(',')
  : []`,
    },
    {
      name: 'isOld',
      expression: `(${images('containers')}
  + ${images('initContainers')}).exists(image, variables.oldImages.exists(old, image.matches(old)))`,
    },
  ]
}

/** As lanes.ts says it in words; nothing for a pod that gets nothing. */
const laneCel = `variables.label == 'imds' ? ''
  : variables.label == 'relative' ? 'R'
  : variables.label == 'sts' ? (size(variables.roleArns) > 0 ? 'S' : '')
  : variables.role != '' ? ''
  : !(variables.asks || variables.label == 'on') ? ''
  : variables.isOld ? 'R' : 'A'`

/** In EKS's order; a container that sets one of `unless` keeps what it has. */
function environmentCel(global: readonly CelVariable[]): string {
  const entry = (name: string, value: string, unless: readonly string[]) =>
    `{'name': '${name}', 'value': ${value}, 'unless': '${unless.join(' ')}'}`
  const [region, defaultRegion] = regionVariables
  const { A: address, R: relative, S: identity } = variablesOfLane
  return `(${isInList('variables.serviceAccount', global)} ? []
  : [${entry(regionalStsVariable, `'regional'`, [regionalStsVariable])}])
+ (variables.region == '' ? []
  : [${entry(defaultRegion, 'variables.region', regionVariables)},
    ${entry(region, 'variables.region', regionVariables)}])
+ (variables.lane == 'A'
  ? [${entry(fullUriVariable, `'${fullUri}'`, address)},
    ${entry(tokenFileVariable, `'${tokenPath(podIdentityToken)}'`, address)}]
  : variables.lane == 'R'
  ? [${entry(relativeUriVariable, `'${relativeUri}'`, relative)}]
  : [${entry(roleArnVariable, 'variables.roleArns[0]', identity)},
    ${entry(webIdentityVariable, `'${tokenPath(webIdentityToken)}'`, identity)},
    ${entry(stsUrlVariable, `'${stsUrl}'`, [stsUrlVariable])}])`
}

/** As many as `environment` can have. */
const mostVariables = 6

/** Lane R asks by its address alone. */
const tokenCel = `variables.lane == 'S'
  ? ${tokenLiteral(webIdentityToken)}
  : ${tokenLiteral(podIdentityToken)}`

function tokenLiteral({ volume, directory, file, audience }: InjectedToken): string {
  return `{'volume': '${volume}', 'directory': '${directory}', 'file': '${file}', 'audience': '${audience}'}`
}

const expirationCel = `'${tokenExpirationAnnotation}' in variables.annotations
    && variables.annotations['${tokenExpirationAnnotation}'].matches('^[0-9]{1,9}$')
  ? (int(variables.annotations['${tokenExpirationAnnotation}']) < ${leastTokenExpirationSeconds}
    ? ${leastTokenExpirationSeconds} : int(variables.annotations['${tokenExpirationAnnotation}']))
  : ${tokenExpirationSeconds}`

const served = (containers: ContainerList, sources: readonly CelVariable[]): string =>
  containersCel(containers, {
    wanted: `variables.lane != ''`,
    isOwn: 'e.name in variables.own || e.name in variables.ownOfLane[variables.lane]',
    sources,
  })

/**
 * One patch for the whole pod, so that its parts see the same pod. A list that is missing is made empty first and then
 * added to: a value that is a list of objects makes the API server panic (facts aws, 5, trap 2); the sources of a
 * projected volume are a field of an object, which does not.
 */
export function identityPatch(): string {
  return [
    ...containerPatches('containers'),
    ...containerPatches('initContainers'),
    ...volumePatches,
    ...labelPatches,
  ].join('\n+ ')
}

function containerPatches(containers: ContainerList): readonly string[] {
  const path = `'/spec/${containers}/' + string(i)`
  const container = `object.spec.${containers}[i]`
  const environment = Array.from(
    { length: mostVariables },
    (
      _,
      at,
    ) => `variables.${containers}.filter(i, size(variables.environment) > ${at} && !(has(${container}.env)
      && ${container}.env.exists(e, e.name in variables.environment[${at}].unless.split(' ')))).map(i,
    JSONPatch{op: 'add', path: ${path} + '/env/-', value: Object.spec.${containers}.env{
      name: variables.environment[${at}].name, value: variables.environment[${at}].value}})`,
  )
  return [
    `variables.${containers}.filter(i, !has(${container}.env)).map(i,
    JSONPatch{op: 'add', path: ${path} + '/env', value: []})`,
    ...environment,
    `variables.${containers}.filter(i, variables.lane != 'R' && !has(${container}.volumeMounts)).map(i,
    JSONPatch{op: 'add', path: ${path} + '/volumeMounts', value: []})`,
    `variables.${containers}.filter(i, variables.lane != 'R' && !(has(${container}.volumeMounts)
      && ${container}.volumeMounts.exists(m, m.name == variables.token.volume))).map(i,
    JSONPatch{op: 'add', path: ${path} + '/volumeMounts/-', value: Object.spec.${containers}.volumeMounts{
      name: variables.token.volume, readOnly: true, mountPath: variables.token.directory}})`,
  ]
}

const isAny = `size(variables.containers) + size(variables.initContainers) > 0`

/** At the head, where EKS's webhook puts it. */
const volumePatches = [
  `(${isAny} && variables.lane != 'R' && !has(object.spec.volumes)
    ? [JSONPatch{op: 'add', path: '/spec/volumes', value: []}] : [])`,
  `(${isAny} && variables.lane != 'R'
      && !(has(object.spec.volumes) && object.spec.volumes.exists(v, v.name == variables.token.volume))
    ? [JSONPatch{op: 'add', path: '/spec/volumes/0', value: Object.spec.volumes{
        name: variables.token.volume,
        projected: Object.spec.volumes.projected{
          sources: [Object.spec.volumes.projected.sources{
            serviceAccountToken: Object.spec.volumes.projected.sources.serviceAccountToken{
              audience: variables.token.audience,
              expirationSeconds: variables.expirationSeconds,
              path: variables.token.file}}]}}}]
    : [])`,
] as const

const { name: label, value: marked } = podIdentityLabel
const labelPatches = [
  `(${isAny} && variables.lane == 'A' && !has(object.metadata.labels)
    ? [JSONPatch{op: 'add', path: '/metadata/labels', value: {}}] : [])`,
  `(${isAny} && variables.lane == 'A'
      && !('${label}' in variables.labels && variables.labels['${label}'] == '${marked}')
    ? [JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('${label}'), value: '${marked}'}]
    : [])`,
] as const
