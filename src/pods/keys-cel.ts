import type { CelVariable, PolicyFacts } from './policies.ts'
import { isInList, listVariables } from './cel-lists.ts'
import {
  type ContainerList,
  containersCel,
  indicesVariable,
  podVariables,
  volumesVariable,
} from './pod-cel.ts'
import {
  awsLabel,
  keysAnnotation,
  keysSecret,
  ownCredentials,
  ownCredentialsPrefix,
  regionVariables,
  skipContainersAnnotation,
} from './names.ts'
import { orderedRules, saysText } from './roles.ts'

/** Who gets keys, and in which containers. */
export function keysVariables(facts: PolicyFacts): readonly CelVariable[] {
  const accounts = listVariables('serviceAccounts', facts.serviceAccounts)
  const denied = listVariables('deniedServiceAccounts', facts.deniedServiceAccounts)
  const sources = listVariables('ownSources', facts.ownSources)
  return [
    ...accounts,
    ...denied,
    ...sources,
    { name: 'roles', expression: JSON.stringify(rulesOf(facts)) },
    ...podVariables(),
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
    indicesVariable,
    volumesVariable,
    { name: 'containers', expression: eligible('containers', sources) },
    { name: 'initContainers', expression: eligible('initContainers', sources) },
  ]
}

const rulesOf = ({ roles }: PolicyFacts) =>
  orderedRules(roles).map(({ expression, says }) => ({ role: expression, says: saysText(says) }))

/** Indices of containers that are to get keys and have neither credentials of their own nor ours already. */
const eligible = (list: ContainerList, sources: readonly CelVariable[]): string =>
  containersCel(list, {
    wanted: 'variables.wanted',
    isOwn: `e.name in variables.own || e.name.startsWith('${ownCredentialsPrefix}')`,
    has: (container) => `has(${container}.envFrom) && ${container}.envFrom.exists(f,
      has(f.secretRef) && has(f.secretRef.name) && f.secretRef.name == '${keysSecret}')`,
    sources,
  })

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
