import { sessionNameOf } from '../aws/arn.ts'
import type { SessionWants } from '../ports/aws.ts'
import { pushActions } from '../registry/actions.ts'
import type { Upkeep } from './upkeep.ts'

/**
 * Takes pushing to ECR away from a session, whatever its role may do. It says Allow to all else, since a session may do
 * only what role and session policy both allow (IAM user guide, "Session policies").
 */
export const pullOnlyPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action: pushActions, Resource: '*' },
  ],
})

/** The longest that a role assumed with another session's keys may last (facts aws, 7). */
const roleSessionSeconds = 3_600

/**
 * Whose session enters the cluster, and what it is to be like: one and the same for identity, images and pods, so that
 * a run has one session. With a role it goes without pushing to ECR; sessions of other kinds can have no policy.
 * @param userName the person's, for CloudTrail: `ports.host.userName?.()`.
 */
export function sessionWantsOf({ source }: Pick<Upkeep, 'source'>, userName?: string): SessionWants {
  if (source.roleArn === undefined) return source
  return {
    ...source,
    sessionName: sessionNameOf(userName),
    sessionSeconds: roleSessionSeconds,
    policy: pullOnlyPolicy,
  }
}
