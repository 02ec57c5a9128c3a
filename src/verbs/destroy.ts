import { compileDestroy } from '../plan/compile-destroy.ts'
import type { RunResult } from '../engine/result.ts'
import { fail } from '../problems/problem.ts'
import { declined } from '../problems/state.ts'
import { withMinikubeAtHand } from './minikube-at-hand.ts'
import { prepare } from './prepare.ts'
import type { Verb } from './session.ts'

/** Deletes the cluster and all that devk8s wrote here, after showing the list and asking. */
export const destroy: Verb<'destroy'> = async (session) => {
  const { request, ports, signal } = session
  const prepared = await prepare(session, { manifests: 'unread' })
  const { input, ...options } = await withMinikubeAtHand(session, prepared)
  const plan = compileDestroy(input, { ...options, keepTools: request.keepTools })
  const { otherClusters } = input.facts
  if (otherClusters.length > 0) {
    const text = `Tools, overrides and journals stay: devk8s also made ${otherClusters.join(', ')}.`
    session.emit({ type: 'note', level: 'info', text })
  }
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

/** A minikube that is fetched in order to delete the cluster is no removal. */
const removals = ({ steps }: RunResult): readonly string[] =>
  steps
    .filter(({ kind }) => kind !== 'tool.present')
    .filter((step) => step.outcome === 'would-change' || step.outcome === 'later')
    .flatMap(({ title, changes }) => [
      title,
      ...changes.map(({ field, from }) => `  ${field}${from === undefined ? '' : ` (${from})`}`),
    ])
