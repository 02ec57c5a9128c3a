import { toJsonSchema } from '@valibot/to-json-schema'
import { resultDocument } from './document.ts'

/** The JSON Schema of what `--json` prints, for the published file; no command loads this. */
export function documentJsonSchema(): Record<string, unknown> {
  return {
    ...toJsonSchema(resultDocument, { target: 'draft-2020-12' }),
    $id: 'https://devk8s.dev/schemas/result.v1.json',
    title: 'Result of a devk8s command (--json)',
  }
}
