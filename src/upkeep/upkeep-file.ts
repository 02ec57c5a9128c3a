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
  return isRecord(roles) && Object.values(roles).every(isText) && [namespaces, serviceAccounts].every(isTexts)
}

/** The value at a dotted path; undefined where anything on the way is missing. */
function at(value: Readonly<Record<string, unknown>>, path: string): unknown {
  return path.split('.').reduce<unknown>((found, key) => (isRecord(found) ? found[key] : undefined), value)
}
