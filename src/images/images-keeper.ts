import { isDevK8sError } from '../problems/problem.ts'
import type { Keeper } from '../upkeep/keeper.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { addonMode } from './addon-mode.ts'
import { secretMode } from './secret-mode.ts'

const modes = { secret: secretMode, addon: addonMode } as const

const modeOf = ({ images }: Upkeep): Keeper | undefined =>
  images === undefined ? undefined : modes[images.mode]

/** Private images from ECR: whichever way the upkeep says that they are pulled. */
export const imagesKeeper: Keeper = {
  async look(upkeep, context) {
    try {
      return (await modeOf(upkeep)?.look(upkeep, context)) ?? { changes: [], detail: {} }
    } catch (error) {
      if (isDevK8sError(error)) return { problem: error.problems[0] }
      throw error
    }
  },
  renew: async (upkeep, standing, context, how) =>
    (await modeOf(upkeep)?.renew(upkeep, standing, context, how)) ?? {},
}
