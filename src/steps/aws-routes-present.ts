import type { Finding, Runner } from '../plan/step.ts'
import { routesProblem } from '../roles/lane-health.ts'
import { assertRoutes, lookAtRoutes, routesFound } from '../roles/routes.ts'

/** The rules and the address alone, without the sessions: putting them back asks for no sign-in and loses nothing. */
export const runner: Runner<'aws-routes.present'> = {
  lane: 'cluster',
  settleMs: 0,

  async check({ want: { agent } }, context): Promise<Finding> {
    const { changes, detail, notes } = await lookAtRoutes(agent, context)
    const broken = routesProblem(routesFound(detail))
    if (changes.length === 0) return { state: 'ready', detail, notes }
    return { state: 'drifted', changes, detail, notes, ...(broken === undefined ? {} : { problem: broken }) }
  },

  async apply({ want: { agent } }, _found, context) {
    await assertRoutes(agent, context)
  },
}
