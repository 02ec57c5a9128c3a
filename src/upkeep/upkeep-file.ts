import { isRecord } from '../kubeconfig/entries.ts'
import type { Upkeep } from './upkeep.ts'

/** The upkeep in a file's text, or why there is none in it, to end a sentence that names the file. */
export type ParsedUpkeep = { readonly upkeep: Upkeep } | { readonly fault: string }

/** What an upkeep file holds: JSON that a person can read. */
export function renderUpkeep(upkeep: Upkeep): string {
  return `${JSON.stringify(upkeep, null, 2)}\n`
}

/** Reads an upkeep file. Whatever is not as `up` writes it is told, since keys follow what the file says. */
export function parseUpkeep(text: string): ParsedUpkeep {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { fault: 'it is not JSON' }
  }
  if (!isRecord(value)) return { fault: 'it is no JSON object' }
  const { version } = value
  if (version !== 1) return { fault: `its version is ${JSON.stringify(version) ?? 'missing'}, not 1` }
  const wrong = rules.find(([path, holds]) => !holds(at(value, path)))
  if (wrong !== undefined) return { fault: `${wrong[0]} is not ${wrong[2]}` }
  // The context of the private kubeconfig has the cluster's name; a file that says otherwise leads elsewhere.
  if (at(value, 'kubectl.context') !== value['cluster']) {
    return { fault: 'kubectl.context is not the name of the cluster' }
  }
  // Each field has been looked at above.
  return { upkeep: value as unknown as Upkeep }
}

type Rule = readonly [path: string, holds: (value: unknown) => boolean, what: string]

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
const orAbsent = (holds: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || holds(value)
/** It names files, so it leads out of no folder; minikube takes no others (facts minikube, 2.1). */
const isClusterName = (value: unknown) =>
  typeof value === 'string' && /^[a-zA-Z0-9][a-zA-Z0-9_-]*$/.test(value)
const isRegistry = (value: unknown) =>
  isRecord(value) && isText(value['account']) && isTexts(value['regions'])

const rules: readonly Rule[] = [
  ['team', isText, 'a text'],
  ['cluster', isClusterName, 'the name of a cluster'],
  ['kubernetes', isText, 'a version'],
  ['kubectl', isRecord, 'an object'],
  ['kubectl.program', isText, 'a text'],
  ['kubectl.kubeconfig', isText, 'a text'],
  ['kubectl.context', isText, 'a text'],
  ['source', isRecord, 'an object'],
  ['source.profile', orAbsent(isText), 'a text'],
  ['source.region', orAbsent(isText), 'a text'],
  ['source.roleArn', orAbsent(isText), 'a text'],
  ['accounts', isRecord, 'an object'],
  ['accounts.allow', orAbsent(isTexts), 'a list of texts'],
  ['accounts.deny', orAbsent(isTexts), 'a list of texts'],
  ['images', orAbsent(isImages), 'as devk8s up writes it'],
  ['pods', orAbsent(isPods), 'as devk8s up writes it'],
  ['agent', orAbsent(isAgent), 'as devk8s up writes it'],
  ['isEnding', orAbsent((value) => value === true), 'true'],
]

function isImages(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { mode, why, registries } = value
  if (mode !== 'secret' && mode !== 'addon') return false
  return typeof why === 'string' && Array.isArray(registries) && registries.every(isRegistry)
}

function isPods(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { namespaces, serviceAccounts, roles } = value
  return isRecord(roles) && Object.values(roles).every(isSays) && [namespaces, serviceAccounts].every(isTexts)
}

/** `developer`, or how a role is assumed. */
function isSays(value: unknown): boolean {
  if (!isRecord(value)) return isText(value)
  const { assume, fallback, policy } = value
  const isPolicy = (each: unknown) => Array.isArray(each) && each.every(isRecord)
  return (assume === 'self' || assume === 'twin') && orAbsent(isText)(fallback) && orAbsent(isPolicy)(policy)
}

function isAgent(value: unknown): boolean {
  if (!isRecord(value) || !isPods(value)) return false
  const {
    minikube,
    nodes,
    accountRoles,
    podRoles = [],
    associations,
    restrictions,
    baseRoleArn,
    imdsV1,
  } = value
  return (
    isRecord(minikube) &&
    ['program', 'home', 'kubeconfig', 'profile'].every((key) => isText(minikube[key])) &&
    isTexts(nodes) &&
    Array.isArray(podRoles) &&
    podRoles.every(isPodRole) &&
    isRecord(accountRoles) &&
    Object.values(accountRoles).every(isText) &&
    Array.isArray(associations) &&
    associations.every(isAssociation) &&
    isRestrictions(restrictions) &&
    orAbsent(isText)(baseRoleArn) &&
    typeof imdsV1 === 'boolean'
  )
}

function isAssociation(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { namespace, serviceAccount, roleArn, targetRoleArn, externalId, cluster } = value
  return (
    [namespace, serviceAccount, roleArn, cluster].every(isText) &&
    [targetRoleArn, externalId].every(orAbsent(isText))
  )
}

function isRestrictions(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { mode, format } = value
  return (mode === 'refuse' || mode === 'warn') && (format === 'glob' || format === 'regexp')
}

const isPodRole = (value: unknown): boolean =>
  isRecord(value) &&
  isText(value['namespace']) &&
  isText(value['serviceAccount']) &&
  isRecord(value['annotations']) &&
  Object.values(value['annotations']).every((each) => typeof each === 'string')

/** The value at a dotted path; undefined where anything on the way is missing. */
function at(value: Readonly<Record<string, unknown>>, path: string): unknown {
  return path.split('.').reduce<unknown>((found, key) => (isRecord(found) ? found[key] : undefined), value)
}
