import { compileStatus } from '../plan/compile-look.ts'
import { tellOtherClusters } from './other-clusters.ts'
import { mending } from './mending.ts'
import { prepare } from './prepare.ts'
import type { Verb, VerbEnd } from './session.ts'

const watchEveryMs = 2_000

/** What is there now. Exit 0 when all is as the profile says, 3 when it is not. */
export const status: Verb<'status'> = async (session) => {
  const { request, signal, ports } = session
  const input = await prepare(session, { manifests: 'reported' })
  tellOtherClusters(session, input.facts.otherClusters)
  const plan = compileStatus(input)
  const { cluster, context } = input.loaded.profile
  let told: string | undefined
  const once = async (): Promise<VerbEnd> => {
    // Where no broker runs, whoever looks renews; what is found then is what is there.
    if (input.facts.keptFresh.some((each) => each.cluster === cluster.name)) {
      const { renewalNote } = await import('./renew-when-due.ts')
      const note = await renewalNote(session, context.name, cluster.name)
      if (note !== undefined && note.text !== told) session.emit({ type: 'note', ...note })
      told = note?.text
    }
    const result = await session.run(plan, 'look')
    const healthy = !result.changesNeeded && result.steps.every((step) => step.outcome === 'ready')
    return {
      exit: healthy ? 0 : result.exit >= 130 ? result.exit : 3,
      result,
      next: healthy ? [] : [mending(result)],
    }
  }
  let end = await once()
  while (request.watch && !signal.aborted) {
    await ports.clock.sleep(watchEveryMs, signal).catch(() => undefined)
    if (!signal.aborted) end = await once()
  }
  return end
}
