import type { RunResult } from '../engine/result.ts'
import { compileUp, type CompileInput, type UpOptions } from '../plan/compile.ts'
import { forLook } from '../plan/compile-look.ts'
import { differenceOf, optionsOf, otherPlace, parseSavedPlan, renderSavedPlan } from '../plan/saved.ts'
import type { Plan } from '../plan/step.ts'
import { fail } from '../problems/problem.ts'
import { savedPlanElsewhere, savedPlanOutdated, savedPlanUnreadable } from '../problems/state.ts'
import { resolvePath } from '../profile/paths.ts'
import { firstRun } from './first-run.ts'
import { mending } from './mending.ts'
import { tellOtherClusters } from './other-clusters.ts'
import { prepare, rememberProfile } from './prepare.ts'
import type { Verb } from './session.ts'

/** Brings the machine to what the profile says; with `look`, shows what that would change. */
export const up: Verb<'up'> = async (session) => {
  const { request } = session
  if (!request.look) await firstRun(session)
  const input = await preparedWith(session)
  tellOtherClusters(session, input.facts.otherClusters)
  const flags = { recreate: request.recreate, makeCurrent: request.use, verify: request.verify }
  const options = request.plan === undefined ? flags : await savedOptions(session, request.plan, input, flags)
  const plan = compileUp(input, options)
  if (request.savePlan !== undefined) await save(session, request.savePlan, plan)
  const result = request.look
    ? await session.run(forLook(plan, input.facts), 'look')
    : await session.run(plan, 'change')
  if (result.exit !== 0) return { exit: result.exit, result }
  tellOfIdleAddon(session, input, result)
  if (request.look) {
    return {
      exit: request.exitCode && result.changesNeeded ? 3 : 0,
      result,
      next: result.changesNeeded ? [request.recreate ? 'devk8s up --recreate' : mending(result)] : [],
    }
  }
  await rememberProfile(session)
  return { exit: 0, result, next: nextSteps(result, plan, options.verify) }
}

type UpSession = Parameters<typeof up>[0]

/** The add-on runs and pulls nothing until somebody gives it keys; told when it comes, since a team may do that itself. */
function tellOfIdleAddon({ emit }: UpSession, { loaded }: CompileInput, { steps }: RunResult): void {
  const addon = steps.find(({ id }) => id === 'addon.registry-creds')
  if (loaded.profile.aws?.ecr !== undefined || addon === undefined || addon.changes.length === 0) return
  const text =
    'The add-on registry-creds has no AWS keys, so private images of ECR do not pull: the profile has no aws.ecr. With `aws: { region: eu-west-1, ecr: {} }` in the profile devk8s signs you in and brings the pull secrets.'
  emit({ type: 'note', level: 'info', text })
}

/** A person who can be asked chooses their AWS profile, once, and signs in, before anything is begun. */
async function preparedWith(session: UpSession): Promise<CompileInput> {
  const input = await prepare(session)
  if (session.request.look) return input
  const { signInFirst } = await import('./sign-in-first.ts')
  return (await signInFirst(session, input)) ? prepare(session) : input
}

/** For the person alone: a plan tells of the machine and of what is in the manifests. */
async function save({ ports, world }: UpSession, to: string, plan: Plan): Promise<void> {
  const path = resolvePath(world.cwd, to)
  await ports.files.write(path, renderSavedPlan(plan), { mode: 0o600 })
  // An existing file would keep its mode.
  await ports.files.chmod(path, 0o600)
}

/**
 * A saved plan is carried out only on the machine it was made on, and only while it is, step by step, the plan that
 * would be made now. So it is that one that runs; of the file only its options are taken, besides this run's flags.
 * @throws DevK8sError DK8060-DK8062
 */
async function savedOptions(
  { ports, world }: UpSession,
  from: string,
  input: CompileInput,
  flags: UpOptions,
): Promise<UpOptions> {
  const path = resolvePath(world.cwd, from)
  const next = [`devk8s plan --save-plan ${from}`]
  const saved = parseSavedPlan((await ports.files.readText(path)) ?? '')
  if (typeof saved === 'string') fail(savedPlanUnreadable, { detail: `${path}: ${saved}`, next })
  const options = optionsOf(saved)
  const present = compileUp(input, options)
  if (saved.profileHash !== present.profileHash) {
    const detail = `${path} was made from profile ${saved.profile} (${saved.profileHash.slice(0, 12)}); the profile is now ${present.profile} (${present.profileHash.slice(0, 12)}).`
    fail(savedPlanOutdated, { detail, next })
  }
  const place = otherPlace(saved, present)
  if (place !== undefined) fail(savedPlanElsewhere, { detail: `${path}: ${place}.`, next })
  const difference = differenceOf(saved, present)
  if (difference !== undefined) {
    const detail = `${path}: "${difference.step}" is not what it was when the plan was made: ${difference.what}.`
    fail(savedPlanOutdated, { detail, next })
  }
  return {
    recreate: options.recreate || flags.recreate,
    makeCurrent: options.makeCurrent || flags.makeCurrent,
    verify: options.verify || flags.verify,
  }
}

function nextSteps({ steps }: RunResult, plan: Plan, verified: boolean): readonly string[] {
  const context = plan.steps.find((step) => step.kind === 'context.present')
  // The context may keep a name that it was given earlier.
  const kept = steps.find(({ id }) => id === context?.id)?.detail['name']
  const wanted = context?.kind === 'context.present' ? context.want.name : 'local'
  const name = typeof kept === 'string' ? kept : wanted
  return [`kubectl --context ${name} get pods -A`, 'devk8s status', ...(verified ? [] : ['devk8s verify'])]
}
