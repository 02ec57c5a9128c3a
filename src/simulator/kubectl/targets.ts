import { Failure } from './client.ts'
import { type Resource, resourceNamed } from './discover.ts'

export interface Named {
  readonly resource: Resource
  readonly name?: string | undefined
}

/**
 * What `pods`, `pods,svc`, `pod x y`, `pod/x svc/y` name.
 * @throws Failure for an unknown type (recorded 1.33/023), or for nothing at all.
 */
export function targetsIn(words: readonly string[], resources: readonly Resource[]): readonly Named[] {
  const [first, ...names] = words
  if (first === undefined) throw new Failure('error: Required resource not specified.\n')
  if (words.some((word) => word.includes('/'))) return words.map((word) => slashed(word, resources))
  const types = first.split(',').map((type) => resourceNamed(resources, type))
  if (names.length === 0) return types.map((resource) => ({ resource }))
  return types.flatMap((resource) => names.map((name) => ({ resource, name })))
}

function slashed(word: string, resources: readonly Resource[]): Named {
  const [type = '', name] = word.split('/')
  if (name === undefined || name === '') {
    throw new Failure(
      'error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form\n',
    )
  }
  return { resource: resourceNamed(resources, type), name }
}
