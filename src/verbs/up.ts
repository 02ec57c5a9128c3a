import { compileUp } from '../plan/compile.ts'
import { forLook } from '../plan/compile-look.ts'
import { parseSavedPlan, renderSavedPlan } from '../plan/saved.ts'
import type { Plan } from '../plan/step.ts'
import { fail } from '../problems/problem.ts'
import { savedPlanUnreadable, savedPlanOutdated } from '../problems/state.ts'
import { firstRun } from './first-run.ts'
import { prepare, rememberProfile } from './prepare.ts'
import type { Verb } from './session.ts'

/** Brings the machine to what the profile says; with `look`, shows what that would change. */
export const up: Verb<'up'> = async (session) => {
  const { request, ports } = session
  if (!request.look) await firstRun(session)
  const input = await prepare(session)
  const compiled = compileUp(input, {
    recreate: request.recreate,
    makeCurrent: request.use,
    verify: request.verify,
  })
  const plan = request.plan === undefined ? compiled : await savedPlan(session, request.plan, compiled)
  if (request.savePlan !== undefined) await ports.files.write(request.savePlan, renderSavedPlan(plan))
  const result = request.look
    ? await session.run(forLook(plan, input.facts), 'look')
    : await session.run(plan, 'change')
  if (result.exit !== 0) return { exit: result.exit, result }
  if (request.look) {
    return {
      exit: request.exitCode && result.changesNeeded ? 3 : 0,
      result,
      next: result.changesNeeded ? ['devk8s up'] : [],
    }
  }
  await rememberProfile(session)
  return { exit: 0, result, next: nextSteps(plan, request.verify) }
}

/** A saved plan is carried out only when the profile it was made from has not changed since. */
async function savedPlan(session: Parameters<typeof up>[0], path: string, compiled: Plan): Promise<Plan> {
  const saved = parseSavedPlan((await session.ports.files.readText(path)) ?? '')
  if (typeof saved === 'string')
    fail(savedPlanUnreadable, { detail: `${path}: ${saved}`, next: [`devk8s plan --save-plan ${path}`] })
  if (saved.profileHash !== compiled.profileHash) {
    fail(savedPlanOutdated, {
      detail: `${path} was made from profile ${saved.profile} (${saved.profileHash.slice(0, 12)}); the profile is now ${compiled.profile} (${compiled.profileHash.slice(0, 12)}).`,
      next: [`devk8s plan --save-plan ${path}`],
    })
  }
  return saved
}

function nextSteps(plan: Plan, verified: boolean): readonly string[] {
  const context = plan.steps.find((step) => step.kind === 'context.present')
  const name = context?.kind === 'context.present' ? context.want.name : 'local'
  return [`kubectl --context ${name} get pods -A`, 'devk8s status', ...(verified ? [] : ['devk8s verify'])]
}
