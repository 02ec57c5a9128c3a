import type { Keeper } from './keeper.ts'
import type { UpkeepPart } from './upkeep.ts'

/** Who keeps which part; each is loaded when it is looked at. */
export const keepers: { readonly [P in UpkeepPart]: () => Promise<Keeper> } = {
  policies: async () => (await import('../pods/policies-keeper.ts')).policiesKeeper,
  images: async () => (await import('../images/images-keeper.ts')).imagesKeeper,
  pods: async () => (await import('../pods/pods-keeper.ts')).podsKeeper,
  agent: async () => (await import('../roles/agent-keeper.ts')).agentKeeper,
}
