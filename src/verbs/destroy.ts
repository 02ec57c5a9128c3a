import { compileDestroy } from '../plan/compile-destroy.ts'
import type { RunResult } from '../engine/result.ts'
import { fail } from '../problems/problem.ts'
import { declined } from '../problems/state.ts'
import { prepare } from './prepare.ts'
import type { Session, Verb } from './session.ts'

/** Deletes the cluster and all that devk8s wrote here, after showing the list and asking. */
export const destroy: Verb<'destroy'> = async (session) => {
  const { request, ports, signal } = session
  const input = await prepare(session)
  const others = await otherClusters(session, input.loaded.profile.cluster.name)
  const plan = compileDestroy(input, { keepTools: request.keepTools, others })
  // Each part is looked at by itself, so that the list is whole.
  const parts = { ...plan, steps: plan.steps.map((step) => ({ ...step, needs: [] })) }
  const found = await session.run(parts, 'look')
  if (!found.changesNeeded) return { exit: found.exit, result: found }
  const agreed = await ports.prompts.ask(
    {
      id: 'destroy',
      kind: 'confirm',
      destructive: true,
      text: 'Delete all of this? Data in the cluster cannot be brought back.',
      details: removals(found),
      flag: '--yes',
      fallback: undefined,
    },
    signal,
  )
  if (!agreed) fail(declined, { detail: 'Nothing was deleted.', next: ['devk8s destroy'] })
  const result = await session.run(plan, 'change')
  return { exit: result.exit, result }
}

/** devk8s keeps one private kubeconfig for each cluster it made. */
async function otherClusters({ ports, layout }: Session, own: string): Promise<readonly string[]> {
  const names = await ports.files.list(`${layout.data}/kubeconfig`)
  return names.filter((name) => !name.includes('.') && name !== own)
}

const removals = ({ steps }: RunResult): readonly string[] =>
  steps
    .filter((step) => step.outcome === 'would-change' || step.outcome === 'later')
    .flatMap(({ title, changes }) => [
      title,
      ...changes.map(({ field, from }) => `  ${field}${from === undefined ? '' : ` (${from})`}`),
    ])
