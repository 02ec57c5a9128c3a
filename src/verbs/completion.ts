import { aliasesOf } from '../contexts/match.ts'
import { readKubeconfigs } from '../kubeconfig/user-files.ts'
import { type ContextInFile, viewOf } from '../kubeconfig/view.ts'
import type { Session, Verb } from './session.ts'

/** The script that a shell sources. */
export const completion: Verb<'completion'> = async (session) => {
  const { renderCompletion } = await import('../cli/completion-scripts.ts')
  const { shell } = session.request
  const script = renderCompletion(shell)
  session.answer({ shell, script }, script)
  return { exit: 0 }
}

/** What the scripts call for each press of Tab. What only some lines need is loaded for those alone. */
export const complete: Verb<'complete'> = async (session) => {
  const { completeWords } = await import('../cli/completion.ts')
  const lines = await completeWords(session.request.words, {
    profiles: async () => profileNames(session),
    contexts: async () => (await userContexts(session)).flatMap((each) => [each.name, ...aliasesOf(each)]),
    namespaces: async () => knownNamespaces(await userContexts(session)),
    addons: async () => (await import('../profile/pinned.ts')).pinnedAddons,
    faults: rehearsalFaults,
  })
  session.answer(lines, lines.map((line) => `${line}\n`).join(''))
  return { exit: 0 }
}

async function profileNames(session: Session): Promise<readonly string[]> {
  const [{ listProfiles }, { whereabouts }] = await Promise.all([
    import('../profile/list.ts'),
    import('./whereabouts.ts'),
  ])
  return (await listProfiles(whereabouts(session), session.ports.files)).map(({ name }) => name)
}

/** None where a file cannot be read: a shell's Tab is no place for faults. */
async function userContexts({ layout, ports }: Session): Promise<readonly ContextInFile[]> {
  try {
    const read = await viewOf(await readKubeconfigs(ports.files, layout.userKubeconfig))
    return 'problem' in read ? [] : read.view.contexts
  } catch {
    return []
  }
}

/** Those that any context names: a cluster is not asked at each press of Tab. */
function knownNamespaces(contexts: readonly ContextInFile[]): readonly string[] {
  const named = contexts.flatMap(({ namespace }) => namespace ?? [])
  return [...new Set([...named, 'default'])].toSorted((a, b) => (a < b ? -1 : 1))
}

async function rehearsalFaults(): Promise<readonly string[]> {
  const { faultKinds } = await import('../simulator/faults.ts')
  return faultKinds.flatMap(({ name, values }) => Object.keys(values).map((value) => `${name}=${value}`))
}
