import { type AssumeSays, type RoleSays, saysText } from '../pods/roles.ts'
import type { RolesUpkeep } from '../upkeep/upkeep.ts'

/** How a role is to be assumed, where the profile says so; `assume` alone means the role itself. */
export function assumeSaysOf(says: RoleSays): AssumeSays | undefined {
  if (typeof says !== 'string') return says
  return says === 'assume' ? { assume: 'self' } : undefined
}

/** The AWS profile of `profile:NAME`. */
export function profileIn(says: RoleSays | undefined): string | undefined {
  return typeof says === 'string' ? /^profile:(.+)$/.exec(says)?.[1] : undefined
}

/** Whether the profile says of any role that it is assumed: then it matters which ones are asked for. */
export const assumesRoles = ({ roles }: Pick<RolesUpkeep, 'roles'>): boolean =>
  Object.values(roles).some((says) => saysText(says) === 'assume')
