import type { RunResult } from '../engine/result.ts'
import { compileDoctor } from '../plan/compile-look.ts'
import type { Kind, Plan, Step } from '../plan/step.ts'
import { lanesBroken } from '../problems/agent.ts'
import { prepare } from './prepare.ts'
import type { Verb } from './session.ts'

/** Mending these cannot lose anything: a tool is fetched again, entries of ours are written again. */
const safeKinds: ReadonlySet<Kind> = new Set([
  'tool.present',
  'context.present',
  'launcher.present',
  'remote-context.present',
])

/** Checks the machine without changing it; `--fix` first mends what is safe to mend. Exit 4 when a person must act. */
export const doctor: Verb<'doctor'> = async (session) => {
  const plan = compileDoctor(await prepare(session, { manifests: 'reported' }))
  if (session.request.fix) await session.run(mends(plan, await session.run(plan, 'look')), 'change')
  const result = await session.run(plan, 'look')
  const blocked = result.steps.some(isAtFault)
  const next = result.steps.flatMap((step) => step.problem?.next.slice(0, 1) ?? [])
  return { exit: result.exit >= 70 ? result.exit : blocked ? 4 : 0, result, next: [...new Set(next)] }
}

/** Also what a change would mend, where more is wrong than that it is due. */
const isAtFault = ({ outcome, problem }: RunResult['steps'][number]): boolean =>
  outcome === 'blocked' || outcome === 'failed' || problem !== undefined

/** The steps of a plan that are safe to carry out, given what a look has found. */
function mends(plan: Plan, found: RunResult): Plan {
  const restored = new Set(found.steps.filter(isRestore).map(({ id }) => id))
  const steps = plan.steps
    .filter((step) => safeKinds.has(step.kind) || restored.has(step.id))
    .map((step) => ({ ...step, needs: step.kind === 'cluster.running' ? ['tool.minikube'] : [] }))
  return { ...plan, steps: [...steps, ...plan.steps.flatMap((step) => routesOf(step, found))] }
}

/** The rules inside the nodes where they were found broken; the sessions are not renewed for that. */
function routesOf(step: Step, found: RunResult): readonly Step[] {
  const isBroken = found.steps.some(({ id, problem }) => id === step.id && problem?.code === lanesBroken.code)
  if (step.kind !== 'upkeep.fresh' || step.want.upkeep.agent === undefined || !isBroken) return []
  return [
    {
      id: 'aws-routes',
      kind: 'aws-routes.present',
      title: 'Rules that lead pods to the AWS agent',
      want: { agent: step.want.upkeep.agent },
      needs: [],
    },
  ]
}

/**
 * A damaged file of minikube's that devk8s has a copy of, and nothing else to be done: nobody has to be asked, and
 * the node is as it was.
 */
function isRestore({ kind, outcome, changes, consent }: RunResult['steps'][number]): boolean {
  const isOnlyRestored = changes.every(({ effect, from }) => effect === 'in-place' && from === 'damaged')
  return kind === 'cluster.running' && outcome === 'would-change' && consent === undefined && isOnlyRestored
}
