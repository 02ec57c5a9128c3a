import type { RunResult } from '../engine/result.ts'
import { leftLocks } from '../kubeconfig/lock.ts'
import { ownerOf } from '../kubeconfig/user-files.ts'
import { compileContexts, type ContextsInput } from '../plan/compile-contexts.ts'
import { loadSessionProfile, programOf } from './prepare.ts'
import type { Session, Verb } from './session.ts'

/** Looks the team's clusters up and shows what `contexts sync` would change; changes nothing. */
export const contextsDiff: Verb<'contexts.diff'> = async (session) => {
  const input = await contextsInput(session)
  const result = await session.run(compileContexts(input, { prune: false, fresh: true }), 'look')
  if (result.exit !== 0) return { exit: result.exit, result }
  const differs = result.changesNeeded || foreignNames(result).length > 0 || droppedNames(result).length > 0
  return {
    exit: session.request.exitCode && differs ? 3 : 0,
    result,
    next: [
      ...(result.changesNeeded ? ['devk8s contexts sync'] : []),
      ...foreignNames(result).map((name) => `devk8s contexts adopt ${name}`),
      ...(droppedNames(result).length > 0 ? ['devk8s contexts sync --prune'] : []),
    ],
  }
}

/** Brings the team's contexts to what the profile says; asks before it removes any. */
export const contextsSync: Verb<'contexts.sync'> = async (session) => {
  const { prune } = session.request
  const input = await contextsInput(session)
  await removeLeftLocks(session)
  const result = await session.run(compileContexts(input, { prune, fresh: true }), 'change')
  const dropped = droppedNames(result)
  if (dropped.length > 0 && (await mayRemove(session, dropped))) {
    const { steps, ...plan } = compileContexts(input, { prune: true, fresh: true })
    const trimming = { ...plan, steps: steps.filter(({ kind }) => kind === 'remote-contexts.trimmed') }
    const trimmed = await session.run(trimming, 'change')
    return { exit: result.exit === 0 ? trimmed.exit : result.exit, result: together(result, trimmed) }
  }
  return {
    exit: result.exit,
    result,
    next: foreignNames(result).map((name) => `devk8s contexts adopt ${name}`),
  }
}

/** `contexts adopt` has a file of its own, since nothing else needs what it does. */
export const contextsAdopt: Verb<'contexts.adopt'> = async (session) =>
  (await import('./contexts-adopt.ts')).adopt(session)

/** The profile and the places, without a look at the machine. */
export async function contextsInput(session: Session): Promise<ContextsInput> {
  const { layout, world } = session
  const loaded = await loadSessionProfile(session)
  if (loaded.profile.contexts.length === 0) {
    const text = `Profile ${loaded.profile.name} has no remote contexts.`
    session.emit({ type: 'note', level: 'info', text })
  }
  return { loaded, layout, platform: world.platform, program: programOf(session) }
}

/** A devk8s that was killed leaves the lock of the file it wrote, and kubectl would wait for it (facts sheet, 14.4). */
async function removeLeftLocks({ ports, layout }: Session): Promise<void> {
  const { files, host } = ports
  for (const lock of await leftLocks(files, layout.userKubeconfig, ownerOf(host))) await files.remove(lock)
}

/** Without a terminal the answer is no: nothing is removed unasked. */
async function mayRemove({ ports, signal }: Session, names: readonly string[]): Promise<boolean> {
  return ports.prompts.ask(
    {
      id: 'contexts.prune',
      kind: 'confirm',
      destructive: true,
      text: `Remove ${names.join(', ')}, which the profile has no more?`,
      flag: '--prune',
      fallback: false,
    },
    signal,
  )
}

/** One result of two runs: the second speaks for the steps that it had. */
function together(first: RunResult, second: RunResult): RunResult {
  const again = new Map(second.steps.map((step) => [step.id, step]))
  return {
    steps: first.steps.map((step) => again.get(step.id) ?? step),
    exit: first.exit === 0 ? second.exit : first.exit,
    changesNeeded: first.changesNeeded || second.changesNeeded,
  }
}

function droppedNames({ steps }: RunResult): readonly string[] {
  return steps.flatMap(({ detail }) => textsOf(detail['dropped']))
}

/** Contexts of the profile whose names are somebody else's. */
function foreignNames({ steps }: RunResult): readonly string[] {
  return steps.flatMap(({ detail }) => textsOf(detail['foreign']))
}

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
