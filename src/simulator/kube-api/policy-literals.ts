import { at, type KubeObject, listOf, textOf } from './object.ts'

// What the simulated policies read from the policy itself and from a pod, whichever of them it is.

/** A list that devk8s wrote into a policy's variables: one, or as many as it takes, `name2`, `name3`. */
export function literals(policy: KubeObject, name: string): readonly unknown[] {
  const names = listOf(at(policy, 'spec', 'variables')).flatMap((each) => textOf(at(each, 'name')) ?? [])
  return names
    .filter((each) => each.startsWith(name) && /^\d*$/.test(each.slice(name.length)))
    .flatMap((each) => listOf(literal(policy, each)))
}

/** A literal that devk8s wrote into a policy's variables; JSON is CEL. */
export function literal(policy: KubeObject, name: string): unknown {
  const variable = listOf(at(policy, 'spec', 'variables')).find((each) => at(each, 'name') === name)
  try {
    return JSON.parse(textOf(at(variable, 'expression')) ?? 'null')
  } catch {
    // An expression that is computed: not one of the literals.
    return undefined
  }
}

export const textsIn = (value: unknown): readonly string[] =>
  listOf(value).flatMap((each) => textOf(each) ?? [])

/** CEL's `trim`: white space of Unicode, to which the byte order mark does not belong. */
export function trimmed(text: string): string {
  const [, ...inner] = /^(?:[^\S\uFEFF]|\u0085)*(.*?)(?:[^\S\uFEFF]|\u0085)*$/s.exec(text) ?? []
  return inner[0] ?? ''
}

/** Variables from one of these, `Secret namespace/name`, or files of its own at a place where SDKs look. */
export function hasOwnSource(container: unknown, pod: KubeObject, sources: readonly string[]): boolean {
  const namespace = pod.metadata.namespace ?? 'default'
  const isListed = (from: unknown, kind: string, reference: string) =>
    sources.includes(`${kind} ${namespace}/${textOf(at(from, reference, 'name')) ?? ''}`)
  const empty = listOf(at(pod, 'spec', 'volumes'))
    .filter((volume) => at(volume, 'emptyDir') !== undefined)
    .map((volume) => textOf(at(volume, 'name')))
  const takes = listOf(at(container, 'envFrom')).some(
    (from) =>
      (textOf(at(from, 'prefix')) ?? '') === '' &&
      (isListed(from, 'Secret', 'secretRef') || isListed(from, 'ConfigMap', 'configMapRef')),
  )
  const mounts = listOf(at(container, 'volumeMounts')).some(
    (mount) =>
      /\/[.]aws(\/(config|credentials))?\/*$/.test(textOf(at(mount, 'mountPath')) ?? '') &&
      !empty.includes(textOf(at(mount, 'name'))),
  )
  return takes || mounts
}

export const envNames = (container: unknown): readonly string[] =>
  listOf(at(container, 'env')).map((each) => textOf(at(each, 'name')) ?? '')
