import { toJsonSchema } from '@valibot/to-json-schema'
import { profileSchema } from './schema.ts'

/**
 * The JSON Schema of a profile file, for editors. Made from the schema that the loader checks with; checks that
 * no JSON Schema can say (sums over several values) are left out, so the loader may refuse more, never less.
 * For scripts and tests only: nothing at run time loads it.
 */
export function profileJsonSchema(): Record<string, unknown> {
  const schema = toJsonSchema(profileSchema, { errorMode: 'ignore' })
  return {
    $id: 'https://devk8s.dev/schemas/profile.schema.json',
    title: 'devk8s profile',
    description: "A team's local Kubernetes: devk8s.yaml",
    ...schema,
  }
}
