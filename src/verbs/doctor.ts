import { compileDoctor } from '../plan/compile-look.ts'
import type { Kind } from '../plan/step.ts'
import { prepare } from './prepare.ts'
import type { Verb } from './session.ts'

/** Mending these cannot lose anything: a tool is fetched again, a context is written again. */
const safeKinds: ReadonlySet<Kind> = new Set(['tool.present', 'context.present'])

/** Checks the machine without changing it; `--fix` first mends what is safe to mend. Exit 4 when a person must act. */
export const doctor: Verb<'doctor'> = async (session) => {
  const plan = compileDoctor(await prepare(session))
  if (session.request.fix) {
    const steps = plan.steps
      .filter((step) => safeKinds.has(step.kind))
      .map((step) => ({ ...step, needs: [] }))
    await session.run({ ...plan, steps }, 'change')
  }
  const result = await session.run(plan, 'look')
  const blocked = result.steps.some((step) => step.outcome === 'blocked' || step.outcome === 'failed')
  const next = result.steps.flatMap((step) => step.problem?.next.slice(0, 1) ?? [])
  return { exit: result.exit >= 70 ? result.exit : blocked ? 4 : 0, result, next: [...new Set(next)] }
}
