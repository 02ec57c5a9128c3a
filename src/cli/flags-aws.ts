import { checkEcrImage } from './checks.ts'
import type { MakeFlag } from './flags.ts'
import type { FlagSpec } from './spec.ts'

/** No variable stands in for these. */
const onTheLineOnly = { variable: undefined } as const

/** The flags of commands about AWS and of the guard. */
export function awsFlags(command: MakeFlag): readonly FlagSpec[] {
  return [
    command('image', 'value', 'A private image of ECR that is to be pulled', {
      placeholder: 'IMAGE',
      check: checkEcrImage,
      ...onTheLineOnly,
    }),
    command('restart', 'switch', 'Restart what runs with keys that are ending', onTheLineOnly),
    command('remove', 'switch', 'Take away what attach has added', onTheLineOnly),
    command('staged', 'switch', 'Only what is staged in git for the next commit'),
  ]
}
