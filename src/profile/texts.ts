import * as v from 'valibot'
import { parseDocument } from 'yaml'
import type { Json } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'
import { problem } from '../problems/problem.ts'
import { profileBadValue, profileSecret, profileUnknownKey } from '../problems/profile.ts'
import { checkTree } from './check.ts'
import type { JsonMap } from './document.ts'
import type { Path } from './faults.ts'
import { suggest } from './faults.ts'
import type { Layer } from './merge.ts'
import { mergeTrees } from './merge.ts'
import { layerSchema } from './schema.ts'
import { keysAt, schemaAt } from './schema-walk.ts'
import { findSecrets } from './secrets.ts'

/** The variables that lay a value over the profile, each with the dotted paths it sets. */
export const profileVariables: Readonly<Record<`DEVK8S_${string}`, readonly string[]>> = {
  DEVK8S_DRIVER: ['cluster.driver'],
  DEVK8S_MEMORY: ['cluster.memory'],
  DEVK8S_CPUS: ['cluster.cpus'],
  DEVK8S_DISK: ['cluster.disk'],
  DEVK8S_NODES: ['cluster.nodes'],
  DEVK8S_RUNTIME: ['cluster.runtime'],
  DEVK8S_KUBERNETES: ['cluster.kubernetes'],
  DEVK8S_CLUSTER_NAME: ['cluster.name'],
  DEVK8S_CONTEXT_NAME: ['context.name'],
  DEVK8S_CONTEXT: ['context.name'],
  DEVK8S_TOOLS_MIRROR: ['tools.minikube.mirror', 'tools.kubectl.mirror'],
  DEVK8S_MINIKUBE_VERSION: ['tools.minikube.version'],
  DEVK8S_KUBECTL_VERSION: ['tools.kubectl.version'],
  DEVK8S_AWS_PROFILE: ['aws.profile'],
}

/** A value given as text, and by whom: `DEVK8S_MEMORY`, `--memory`. */
export interface TextValue {
  readonly dotted: string
  readonly text: string
  readonly given: string
}

/** The values that the environment lays over a profile; an empty variable counts as none. */
export function variableValues(env: Readonly<Record<string, string | undefined>>): readonly TextValue[] {
  return Object.entries(profileVariables).flatMap(([given, paths]) => {
    const text = env[given]
    return text === undefined || text === '' ? [] : paths.map((dotted) => ({ dotted, text, given }))
  })
}

/** The flag that sets a path: `--memory` for `cluster.memory`, as DEVK8S_MEMORY is its variable. */
function flagFor(dotted: string): string {
  if (dotted.startsWith('addons.')) return `--addon ${dotted.slice('addons.'.length)}`
  const [variable] = Object.entries(profileVariables).find(([, paths]) => paths.includes(dotted)) ?? []
  return variable === undefined
    ? `the flag for ${dotted}`
    : `--${variable.slice('DEVK8S_'.length).toLowerCase().replaceAll('_', '-')}`
}

/**
 * The values that flags lay over a profile. The command line fills a flag from its variable when it is not
 * given; such a value is the variable's, which has its own layer.
 */
export function flagValues(
  overrides: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
): readonly TextValue[] {
  const fromVariables = variableValues(env)
  const isVariable = (dotted: string, text: string) =>
    fromVariables.some((each) => each.dotted === dotted && each.text === text)
  return Object.entries(overrides)
    .filter(([dotted, text]) => !isVariable(dotted, text))
    .map(([dotted, text]) => ({ dotted, text, given: flagFor(dotted) }))
}

/**
 * A layer from values given as text. Each is read as what the schema wants at its path: text, else a number or
 * true and false, else a list with commas.
 */
export function layerOfTexts(
  values: readonly TextValue[],
  source: 'env' | 'flag',
): { readonly layer: Layer; readonly problems: readonly Problem[] } {
  let tree: JsonMap = {}
  const givenBy = new Map<string, string>()
  const problems: Problem[] = []
  for (const { dotted, text, given } of values) {
    const path = dotted.split('.')
    const read = readText(path, text, given)
    if ('problem' in read) {
      problems.push(read.problem)
      continue
    }
    tree = mergeTrees(tree, treeOf(path, read.value))
    givenBy.set(dotted, given)
  }
  const where = (path: Path) => givenBy.get(path.join('.')) ?? source
  return {
    layer: { tree, origin: (path) => ({ source, where: where(path) }), place: () => undefined },
    problems,
  }
}

const treeOf = (path: readonly string[], value: Json): JsonMap => {
  const [first = '', ...rest] = path
  return { [first]: rest.length === 0 ? value : treeOf(rest, value) }
}

function readText(
  path: readonly string[],
  text: string,
  given: string,
): { readonly value: Json } | { readonly problem: Problem } {
  const schema = schemaAt(layerSchema, path)
  if (schema === undefined) {
    const key = path.at(-1) ?? ''
    const detail = `${given}: a profile has no ${path.join('.')}.${suggest(key, keysAt(layerSchema, path.slice(0, -1)))}`
    return { problem: problem(profileUnknownKey, { detail }) }
  }
  const found = findSecrets(treeOf(path, text))[0]
  if (found !== undefined)
    return { problem: problem(profileSecret, { detail: `${given} holds ${found.what}.` }) }
  const scalar = parseDocument(text).toJS() as Json
  const list = text.split(',').map((each) => each.trim())
  const fits = [text, scalar, list].find((value) => v.safeParse(schema, value).success)
  if (fits !== undefined) return { value: fits }
  // The slip is the same that a file would have; only the name in front of it differs.
  const slip = checkTree(treeOf(path, text), layerSchema)[0]
  const detail = `${given}: ${slip?.detail ?? `${path.join('.')} cannot be ${JSON.stringify(text)}.`}`
  return { problem: problem(profileBadValue, { detail, next: ['devk8s profile show --explain'] }) }
}
