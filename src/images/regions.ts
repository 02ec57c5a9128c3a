import type { StepContext } from '../plan/step.ts'
import { ecrRegionUnknown } from '../problems/images.ts'
import { fail } from '../problems/problem.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'

/**
 * The regions whose registries are pulled from: those of the profile, else the one that the AWS profile has.
 * @throws DevK8sError DK5061 when nobody names one.
 */
export async function regionsOf(
  { images, source }: Pick<Upkeep, 'images' | 'source'>,
  { ports }: Pick<StepContext, 'ports'>,
): Promise<readonly [string, ...string[]]> {
  const [first, ...others] = new Set(images?.registries.flatMap(({ regions }) => regions))
  if (first !== undefined) return [first, ...others]
  const region = source.region ?? (await ports.aws.signInOf(source)).region
  if (region !== undefined) return [region]
  return fail(ecrRegionUnknown, {
    detail: `aws.ecr.registries of the profile names no region, and neither does ${
      source.profile === undefined ? 'the AWS profile in force' : `the AWS profile ${source.profile}`
    }.`,
    next: ['devk8s profile show', 'aws configure set region eu-west-1'],
  })
}
