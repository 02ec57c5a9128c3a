import { Failure } from './client.ts'
import { type Resource, resourceNamed } from './discover.ts'

export interface Named {
  readonly resource: Resource
  readonly name?: string | undefined
}

const nothingNamed = `You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.

error: Required resource not specified.
Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).
See 'kubectl get -h' for help and examples
`
const mixedForms = `error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'
`

/**
 * What `pods`, `pods,svc`, `pod x y`, `pod/x svc/y` name.
 * @throws Failure for an unknown type (recorded 1.33/023), or for nothing at all.
 */
export function targetsIn(words: readonly string[], resources: readonly Resource[]): readonly Named[] {
  const [first, ...names] = words
  if (first === undefined) throw new Failure(nothingNamed)
  if (words.some((word) => word.includes('/'))) return words.map((word) => slashed(word, resources))
  const types = first.split(',').map((type) => resourceNamed(resources, type))
  if (names.length === 0) return types.map((resource) => ({ resource }))
  return types.flatMap((resource) => names.map((name) => ({ resource, name })))
}

function slashed(word: string, resources: readonly Resource[]): Named {
  const [type = '', name] = word.split('/')
  if (name === undefined || name === '') {
    throw new Failure(mixedForms)
  }
  return { resource: resourceNamed(resources, type), name }
}
