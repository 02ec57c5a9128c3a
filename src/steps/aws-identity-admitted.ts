import type { Finding, Runner, Step, StepContext } from '../plan/step.ts'
import type { Json, Note } from '../ports/event.ts'
import { awsFails, awsThrottled, awsTimedOut, awsUnreachable } from '../problems/aws.ts'
import { isDevK8sError, type Problem } from '../problems/problem.ts'
import { openToOthers } from '../upkeep/aws-files.ts'
import { admit } from '../upkeep/admit.ts'
import { keysEnd } from '../upkeep/keys-end.ts'

/**
 * Somebody is signed in to AWS, in an account that the team allows. Nothing in here changes that: a person signs in
 * before the plan runs, or by `aws login`, so whoever is not admitted is told why.
 */
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
      if (!isAway(problem)) return { state: 'blocked', problem, notes }
      // What is in the cluster is good for a while; the steps that renew it say when it is not.
      const unsure: Note = { level: 'warning', text: awayText(problem) }
      return { state: 'ready', notes: [...notes, unsure], detail: { state: 'unknown' } }
    }
  },

  async apply({ want }, _found, context) {
    await admit(want, context)
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

const away: readonly string[] = [awsUnreachable, awsTimedOut, awsThrottled, awsFails].map(({ code }) => code)

const isAway = ({ code }: Problem): boolean => away.includes(code)

const awayText = ({ code, title, detail }: Problem) =>
  `Who you are to AWS is not known for now (${code} ${title}: ${detail}) Nothing is renewed until AWS answers.`
