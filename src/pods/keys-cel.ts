import type { CelVariable, PolicyFacts } from './policies.ts'
import { isInList, listVariables } from './cel-lists.ts'
import {
  awsFilesExpression,
  awsLabel,
  containersServed,
  keysAnnotation,
  keysSecret,
  ownCredentials,
  ownCredentialsPrefix,
  podRoleAnnotation,
  regionVariables,
  skipContainersAnnotation,
} from './names.ts'
import { orderedRules } from './roles.ts'

type ContainerList = 'containers' | 'initContainers'

/**
 * Who gets keys, and in which containers. `role` to `wanted` say who: another way of handing out credentials keeps them
 * and replaces the rest. What CEL calls `has` guards every field that a pod may lack.
 */
export function keysVariables(facts: PolicyFacts): readonly CelVariable[] {
  const accounts = listVariables('serviceAccounts', facts.serviceAccounts)
  const denied = listVariables('deniedServiceAccounts', facts.deniedServiceAccounts)
  const sources = listVariables('ownSources', facts.ownSources)
  return [
    ...accounts,
    ...denied,
    ...sources,
    { name: 'roles', expression: JSON.stringify(rulesOf(facts)) },
    {
      name: 'annotations',
      expression: `has(object.metadata.annotations) ? object.metadata.annotations : {}`,
    },
    { name: 'labels', expression: `has(object.metadata.labels) ? object.metadata.labels : {}` },
    {
      name: 'serviceAccount',
      expression: `request.namespace + '/' + (has(object.spec.serviceAccountName) ? object.spec.serviceAccountName : 'default')`,
    },
    {
      name: 'role',
      expression: `'${podRoleAnnotation}' in variables.annotations ? variables.annotations['${podRoleAnnotation}'].trim() : ''`,
    },
    { name: 'rules', expression: `variables.roles.filter(rule, variables.role.matches(rule.role))` },
    {
      name: 'denied',
      expression: `variables.role != ''
  ? size(variables.rules) > 0 && variables.rules[0].says == 'deny'
  : ${isInList('variables.serviceAccount', denied)}`,
    },
    {
      name: 'wanted',
      expression: `!variables.denied
  && (variables.role != ''
    || ${isInList('variables.serviceAccount', accounts)}
    || ('${awsLabel}' in variables.labels && variables.labels['${awsLabel}'] == 'on'))`,
    },
    {
      name: 'skipped',
      expression: `'${skipContainersAnnotation}' in variables.annotations
  ? variables.annotations['${skipContainersAnnotation}'].split(',').map(name, name.trim())
  : []`,
    },
    { name: 'own', expression: JSON.stringify(ownCredentials) },
    { name: 'indices', expression: JSON.stringify(Array.from({ length: containersServed }, (_, at) => at)) },
    {
      name: 'emptyVolumes',
      expression: `has(object.spec.volumes)
  ? object.spec.volumes.filter(v, has(v.emptyDir)).map(v, v.name)
  : []`,
    },
    { name: 'containers', expression: eligible('containers', sources) },
    { name: 'initContainers', expression: eligible('initContainers', sources) },
  ]
}

const rulesOf = ({ roles }: PolicyFacts) =>
  orderedRules(roles).map(({ expression, says }) => ({ role: expression, says }))

/** Indices of containers that are to get keys and have neither credentials of their own nor ours already. */
function eligible(list: ContainerList, sources: readonly CelVariable[]): string {
  const container = `object.spec.${list}[i]`
  return `variables.wanted && has(object.spec.${list})
  ? variables.indices.filter(i, i < size(object.spec.${list})
    && !(${container}.name in variables.skipped)
    && !(has(${container}.env) && ${container}.env.exists(e,
      e.name in variables.own || e.name.startsWith('${ownCredentialsPrefix}')))
    && !(has(${container}.envFrom) && ${container}.envFrom.exists(f,
      has(f.secretRef) && has(f.secretRef.name) && f.secretRef.name == '${keysSecret}'))
    && !(has(${container}.envFrom) && ${container}.envFrom.exists(f, !(has(f.prefix) && f.prefix != '')
      && (${isOwnSource('Secret', 'secretRef', sources)}
        || ${isOwnSource('ConfigMap', 'configMapRef', sources)})))
    && !(has(${container}.volumeMounts) && ${container}.volumeMounts.exists(m,
      m.mountPath.matches('${awsFilesExpression}') && !(m.name in variables.emptyVolumes))))
  : []`
}

/** With a prefix its variables have other names, and are no credentials. */
function isOwnSource(kind: string, reference: string, sources: readonly CelVariable[]): string {
  const name = `f.${reference}.name`
  const isListed = isInList(`('${kind} ' + request.namespace + '/' + ${name})`, sources)
  return `has(f.${reference}) && has(${name}) && ${isListed}`
}

/**
 * One patch for the whole pod, so that its parts see the same pod. A list that is missing is made empty first and then
 * added to: a value that is a list of objects makes the API server panic (facts aws, 5, trap 2). Our reference goes to
 * the head of `envFrom`, since of two sources the later one wins, and `env` wins over both.
 */
export function keysPatch(): string {
  return [...containerPatches('containers'), ...containerPatches('initContainers'), markPatch].join('\n+ ')
}

function containerPatches(list: ContainerList): readonly string[] {
  const path = `'/spec/${list}/' + string(i)`
  const object = `Object.spec.${list}.envFrom`
  const container = `object.spec.${list}[i]`
  const [region, defaultRegion] = regionVariables
  return [
    `variables.${list}.filter(i, !has(${container}.envFrom)).map(i,
    JSONPatch{op: 'add', path: ${path} + '/envFrom', value: []})`,
    `variables.${list}.map(i,
    JSONPatch{op: 'add', path: ${path} + '/envFrom/0', value: ${object}{
      secretRef: ${object}.secretRef{name: '${keysSecret}', optional: true}}})`,
    regionPatch(list, region, defaultRegion),
    regionPatch(list, defaultRegion, region),
  ]
}

/** A container with one region of its own must not get another one by the other name. */
function regionPatch(list: ContainerList, set: string, missing: string): string {
  const container = `object.spec.${list}[i]`
  return `variables.${list}.filter(i, has(${container}.env)
      && ${container}.env.exists(e, e.name == '${set}')
      && !${container}.env.exists(e, e.name == '${missing}')).map(i,
    JSONPatch{op: 'add', path: '/spec/${list}/' + string(i) + '/env/-', value: Object.spec.${list}.env{
      name: '${missing}', value: '$(${set})'}})`
}

const isAny = `size(variables.containers) + size(variables.initContainers) > 0`
const markPatch = `(${isAny} && !has(object.metadata.annotations)
    ? [JSONPatch{op: 'add', path: '/metadata/annotations', value: {}}] : [])
+ (${isAny}
    ? [JSONPatch{op: 'add', path: '/metadata/annotations/' + jsonpatch.escapeKey('${keysAnnotation}'), value: 'env'}]
    : [])`
