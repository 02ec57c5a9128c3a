import { codeAsker } from '../aws/ask-code.ts'
import { layoutOf } from '../plan/layout.ts'
import type { Aws } from '../ports/aws.ts'
import type { Ports } from '../ports/ports.ts'
import { awsPlaces } from '../upkeep/places.ts'
import type { World } from '../world.ts'
import { realAws } from './aws.ts'
import type { OnReveal } from './revealing.ts'

/** AWS as this machine's person has it: codes are typed in their terminal, and what they buy is kept in their folder. */
export function awsOf(
  world: World,
  { files, hashing, prompts }: Pick<Ports, 'files' | 'hashing' | 'prompts'>,
  onReveal: OnReveal,
): Aws {
  const { env, home, clock, platform } = world
  const askCode = codeAsker(prompts)
  return realAws({
    env,
    home,
    clock,
    onReveal,
    sessions: { files, hashing, platform, folder: awsPlaces(layoutOf(world), platform).sessions },
    ...(askCode !== undefined && { askCode }),
  })
}
