import type { RunResult } from '../engine/result.ts'
import { removeLeftLocks } from '../kubeconfig/lock.ts'
import { isRemote } from '../kubeconfig/marker.ts'
import { ownerOf, readKubeconfigs } from '../kubeconfig/user-files.ts'
import { viewOf } from '../kubeconfig/view.ts'
import { compileContexts, type ContextsInput } from '../plan/compile-contexts.ts'
import { DevK8sError, isDevK8sError } from '../problems/problem.ts'
import { declined } from '../problems/state.ts'
import { agreeToProtected, canAskPerson } from './agree.ts'
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
  const { prune, consented } = session.request
  const input = await contextsInput(session)
  const { files, clock, host } = session.ports
  // A devk8s that was killed leaves the lock of the file it wrote, and kubectl would wait for it (facts sheet, 14.4).
  await removeLeftLocks(files, clock, session.layout.userKubeconfig, ownerOf(host))
  const agreed = consented ? 'all' : []
  const trim = async (also: readonly string[] | 'all') => {
    const { steps, ...plan } = compileContexts(input, { prune: true, fresh: true, agreed: also })
    const trimming = { ...plan, steps: steps.filter(({ kind }) => kind === 'remote-contexts.trimmed') }
    return session.run(trimming, 'change')
  }
  let result = await session.run(compileContexts(input, { prune, fresh: true, agreed }), 'change')
  const dropped = droppedNames(result)
  if (dropped.length > 0 && (await mayRemove(session, dropped))) result = together(result, await trim(agreed))
  const given = await givenUp(session, guardedNames(result))
  if (given.length > 0) result = together(result, await trim(given))
  return {
    exit: result.exit,
    result,
    next: [
      ...foreignNames(result).map((name) => `devk8s contexts adopt ${name}`),
      ...(droppedNames(result).length > 0 ? ['devk8s contexts sync --prune'] : []),
    ],
  }
}

/** Which of the protected contexts a person gives up, by typing the name of each; without a person none. */
async function givenUp(session: Session, guarded: readonly string[]): Promise<readonly string[]> {
  if (guarded.length === 0 || !canAskPerson(session)) return []
  const { layout, ports } = session
  const read = await viewOf(await readKubeconfigs(ports.files, layout.userKubeconfig))
  if ('problem' in read) throw new DevK8sError(read.problem)
  const given: string[] = []
  for (const context of read.view.contexts.filter(({ name }) => guarded.includes(name))) {
    try {
      await agreeToProtected(session, context, { consented: false, doing: 'to remove it' })
      given.push(context.name)
    } catch (error) {
      // Another name, or none: the context stays, and what was done before stays done.
      if (!isDevK8sError(error) || error.problems[0].code !== declined.code) throw error
    }
  }
  return given
}

/** `contexts adopt` has a file of its own, since nothing else needs what it does. */
export const contextsAdopt: Verb<'contexts.adopt'> = async (session) =>
  (await import('./contexts-adopt.ts')).adopt(session)

/** The profile and the places, without a look at the machine. */
export async function contextsInput(session: Session): Promise<ContextsInput> {
  const { layout, world } = session
  const loaded = await loadSessionProfile(session)
  if (loaded.profile.contexts.length === 0) await tellOfNone(session, loaded.profile.name)
  return { loaded, layout, platform: world.platform, program: programOf(session) }
}

/** Outside the team's repository another profile is found, most often; the kubeconfig may tell whose is meant. */
async function tellOfNone({ emit, layout, ports, request }: Session, profile: string): Promise<void> {
  const read = await viewOf(await readKubeconfigs(ports.files, layout.userKubeconfig))
  const markers = 'problem' in read ? [] : read.view.contexts.map(({ marker }) => marker)
  const teams = new Set(markers.filter(isRemote).map(({ team }) => team))
  const others = [...teams].filter((team) => team !== profile)
  const theirs = others.length === 0 ? '' : ` The contexts in your kubeconfig are of ${others.join(', ')}.`
  const way = 'Stand in the repository that has your team’s devk8s.yaml, or name it: --profile NAME|PATH.'
  const isChosen = request.common.profile !== undefined && others.length === 0
  const text = `Profile ${profile} has no remote contexts.${isChosen ? '' : `${theirs} ${way}`}`
  emit({ type: 'note', level: others.length === 0 ? 'info' : 'warning', text })
}

/** Without a terminal the answer is no, and `--yes` is none: a context may be one that somebody removed by mistake. */
async function mayRemove({ ports, signal }: Session, names: readonly string[]): Promise<boolean> {
  return ports.prompts.ask(
    {
      id: 'contexts.prune',
      kind: 'confirm',
      destructive: true,
      byPerson: true,
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

/** Dropped and protected: they stay until a person gives them up by name. */
function guardedNames({ steps }: RunResult): readonly string[] {
  return steps.flatMap(({ detail }) => textsOf(detail['guarded']))
}

/** Contexts of the profile whose names are somebody else's. */
function foreignNames({ steps }: RunResult): readonly string[] {
  return steps.flatMap(({ detail }) => textsOf(detail['foreign']))
}

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
