import type { UpkeepPart } from '../upkeep/upkeep.ts'

/** What the parts of an upkeep are called in a table. */
export const partTitles: { readonly [P in UpkeepPart]: string } = {
  policies: 'Policies',
  images: 'Images',
  pods: 'Pods',
  agent: 'Roles',
}
