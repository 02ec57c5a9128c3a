import { type LauncherUsers, launcherUsers } from '../contexts/launcher-users.ts'
import { contextPlaces } from '../contexts/places.ts'
import { parseAll } from '../kubeconfig/local-context.ts'
import { readKubeconfigs } from '../kubeconfig/user-files.ts'
import { type CompileInput, contextsInputOf, refsOf } from '../plan/compile.ts'
import { personalKubeconfigs } from '../plan/compile-contexts.ts'
import { compileDestroy } from '../plan/compile-destroy.ts'
import type { RunResult } from '../engine/result.ts'
import { clusterForeign } from '../problems/cluster.ts'
import { ownAliases } from './alias.ts'
import { withMinikubeAtHand } from './minikube-at-hand.ts'
import { prepare } from './prepare.ts'
import { consentTo } from './consent.ts'
import type { Session, Verb } from './session.ts'

/** Deletes the cluster and all that devk8s wrote here, after showing the list and asking. */
export const destroy: Verb<'destroy'> = async (session) => {
  const { request } = session
  const prepared = await prepare(session, { manifests: 'unread' })
  const { input, ...options } = await withMinikubeAtHand(session, prepared)
  const contexts = await contextsHere(session, input)
  const choices = {
    ...options,
    keepTools: request.keepTools,
    aliases: await ownAliases(session),
    contexts,
  }
  const whole = compileDestroy(input, choices)
  const staying = whatStays(input.facts.otherClusters, contexts.others)
  for (const text of staying) session.emit({ type: 'note', level: 'info', text })
  // Each part is looked at by itself, so that the list is whole.
  const parts = { ...whole, steps: whole.steps.map((step) => ({ ...step, needs: [] })) }
  const found = await session.run(parts, 'look')
  const keepCluster = found.steps.some(({ problem }) => problem?.code === clusterForeign.code)
  if (!found.changesNeeded && !keepCluster) return { exit: found.exit, result: found }
  if (keepCluster) {
    const text = `Cluster ${refsOf(input).minikube.profile} stays: devk8s did not make it.`
    session.emit({ type: 'note', level: 'warning', text })
  }
  const details = [...removals(found), ...staying]
  if (!keepCluster || details.length > staying.length) await agree(session, details, keepCluster)
  const plan = compileDestroy(input, { ...choices, keepCluster })
  const result = await session.run(plan, 'change')
  return { exit: result.exit, result }
}

/** Of files that cannot be read nothing is known: the step of the context tells of them, and what is shared waits for it. */
async function contextsHere({ ports }: Session, input: CompileInput): Promise<LauncherUsers> {
  const places = contextsInputOf(input)
  const parsed = parseAll(await readKubeconfigs(ports.files, personalKubeconfigs(places)))
  if ('problem' in parsed) return { isOwn: false, others: [] }
  const { launcher } = contextPlaces(places.layout, places.platform)
  return launcherUsers(parsed, input.loaded.profile.name, launcher)
}

/** What other things of devk8s still need, and which those are. */
function whatStays(otherClusters: readonly string[], otherContexts: readonly string[]): readonly string[] {
  return [
    ...(otherClusters.length > 0
      ? [`Tools, overrides and journals stay: devk8s also made ${otherClusters.join(', ')}.`]
      : []),
    ...(otherContexts.length > 0
      ? [
          `The launcher, tools, overrides and journals stay for contexts of others: ${otherContexts.join(', ')}.`,
        ]
      : []),
  ]
}

async function agree(
  session: Parameters<typeof destroy>[0],
  details: readonly string[],
  keepCluster: boolean,
): Promise<void> {
  const warning = keepCluster ? '' : ' Data in the cluster cannot be brought back.'
  await consentTo(
    session,
    { id: 'destroy', destructive: true, text: `Delete all of this?${warning}`, details },
    { detail: 'Nothing was deleted.', next: ['devk8s destroy'] },
  )
}

/** A minikube that is fetched in order to delete the cluster is no removal. */
const removals = ({ steps }: RunResult): readonly string[] =>
  steps
    .filter(({ kind }) => kind !== 'tool.present')
    .filter((step) => step.outcome === 'would-change' || step.outcome === 'later')
    .flatMap(({ title, changes, notes }) => [
      title,
      ...changes.map(({ field, from }) => `  ${field}${from === undefined ? '' : ` (${from})`}`),
      ...notes.map(({ text }) => `  ${text}`),
    ])
