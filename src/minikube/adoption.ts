import type { Change } from '../ports/event.ts'
import { adoptConsent, foreignDetails } from './consents.ts'
import type { ClusterFinding, MinikubeRef } from './types.ts'

/** The change by which a cluster becomes devk8s' own: `apply` acts upon it. */
export const owner = 'cluster.owner'

/**
 * What is found about a cluster that devk8s has no record of making. Nothing is done to it before somebody has
 * agreed, once, that it is devk8s' from now on; a question that has to be asked anyway says so too.
 */
export function foreignFinding(ref: MinikubeRef, finding: ClusterFinding): ClusterFinding {
  const change: Change = { field: owner, from: 'unknown', to: 'devk8s', effect: 'in-place' }
  switch (finding.state) {
    case 'blocked':
      return finding
    case 'ready':
      return { ...finding, state: 'drifted', changes: [change], consent: adoptConsent(ref) }
    case 'absent':
    case 'drifted': {
      const { consent } = finding
      return {
        ...finding,
        changes: [change, ...finding.changes],
        consent:
          consent === undefined
            ? adoptConsent(ref)
            : { ...consent, details: [...foreignDetails(ref), ...(consent.details ?? [])] },
      }
    }
  }
}
