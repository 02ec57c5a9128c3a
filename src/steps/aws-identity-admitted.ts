import type { Finding, Runner, Step, StepContext } from '../plan/step.ts'
import type { Json, Note } from '../ports/event.ts'
import {
  awsFails,
  awsLoginNeeded,
  awsMfaNeeded,
  awsProfileMissing,
  awsSsoSignInNeeded,
  awsThrottled,
  awsTimedOut,
  awsUnreachable,
} from '../problems/aws.ts'
import { DevK8sError, isDevK8sError, type Problem } from '../problems/problem.ts'
import { openToOthers } from '../upkeep/aws-files.ts'
import { admit } from '../upkeep/admit.ts'
import { keysEnd } from '../upkeep/keys-end.ts'

/** Somebody is signed in to AWS, in an account that the team allows. A person signs in before the plan runs, or by `aws login`. */
export const runner: Runner<'aws-identity.admitted'> = {
  lane: 'host',
  settleMs: 0,

  async check(step, context): Promise<Finding> {
    const open = await openToOthers(context)
    const notes: readonly Note[] = open === undefined ? [] : [{ level: 'warning', text: open }]
    try {
      return { state: 'ready', notes, detail: await detailOf(step, context) }
    } catch (error) {
      if (!isDevK8sError(error)) throw error
      const [problem] = error.problems
      return { ...findingOf(problem, step, notes), ...(isAway(problem) ? {} : { notes }) }
    }
  },

  async apply({ want }, _found, context) {
    try {
      await admit(want, context)
    } catch (error) {
      if (!isDevK8sError(error)) throw error
      throw new DevK8sError(withSignIn(error.problems[0]), { cause: error })
    }
  },
}

async function detailOf(
  { want }: Step<'aws-identity.admitted'>,
  context: StepContext,
): Promise<Readonly<Record<string, Json>>> {
  const { roleArn: _role, ...own } = want.source
  const signIn = await context.ports.aws.signInOf(own)
  const { account, arn } = await admit(want, context)
  const { expiresAtMs } = await keysEnd(want, signIn, context)
  return {
    account,
    arn,
    ...(signIn.profile === undefined ? {} : { profile: signIn.profile }),
    signIn: signIn.kind,
    ...(expiresAtMs === undefined ? {} : { until: new Date(expiresAtMs).toISOString() }),
  }
}

function findingOf(
  problem: Problem,
  { want }: Step<'aws-identity.admitted'>,
  notes: readonly Note[],
): Finding {
  // What is in the cluster is good for a while; the steps that renew it say when it is not.
  if (isAway(problem))
    return { state: 'ready', notes: [...notes, { level: 'warning', text: awayText(problem) }] }
  const isMendedBySignIn =
    signIn.includes(problem.code) || (problem.code === awsProfileMissing.code && want.sso !== undefined)
  if (!isMendedBySignIn) return { state: 'blocked', problem }
  return {
    state: 'absent',
    changes: [{ field: 'AWS sign-in', to: want.source.profile ?? 'you', effect: 'create' }],
  }
}

const signIn: readonly string[] = [awsSsoSignInNeeded, awsLoginNeeded, awsMfaNeeded].map(({ code }) => code)
const away: readonly string[] = [awsUnreachable, awsTimedOut, awsThrottled, awsFails].map(({ code }) => code)

const isAway = ({ code }: Problem): boolean => away.includes(code)

const awayText = ({ code, title, detail }: Problem) =>
  `Who you are to AWS is not known for now (${code} ${title}: ${detail}) What the cluster has from AWS stays until it ends.`

/** `devk8s aws login` knows all ways, and sets the team's up. */
const withSignIn = (problem: Problem): Problem => ({
  ...problem,
  next: ['devk8s aws login', ...problem.next.filter((line) => line !== 'devk8s aws login')],
})
