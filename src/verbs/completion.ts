import { renderCompletion } from '../cli/completion-scripts.ts'
import { completeWords } from '../cli/completion.ts'
import { contextNames } from '../kubeconfig/names.ts'
import { listProfiles } from '../profile/list.ts'
import { pinnedAddons } from '../profile/pinned.ts'
import type { Session, Verb } from './session.ts'
import { whereabouts } from './whereabouts.ts'

/** The script that a shell sources. */
export const completion: Verb<'completion'> = async (session) => {
  const { shell } = session.request
  const script = renderCompletion(shell)
  session.answer({ shell, script }, script)
  return { exit: 0 }
}

/** What the scripts call for each press of Tab. */
export const complete: Verb<'complete'> = async (session) => {
  const lines = await completeWords(session.request.words, {
    profiles: async () =>
      (await listProfiles(whereabouts(session), session.ports.files)).map(({ name }) => name),
    contexts: async () => userContexts(session),
    addons: async () => pinnedAddons,
    faults: rehearsalFaults,
  })
  session.answer(lines, lines.map((line) => `${line}\n`).join(''))
  return { exit: 0 }
}

async function userContexts({ layout, ports }: Session): Promise<readonly string[]> {
  const texts = await Promise.all(layout.userKubeconfig.map(async (path) => ports.files.readText(path)))
  return [...new Set(texts.flatMap((text) => contextNames(text ?? '')))]
}

async function rehearsalFaults(): Promise<readonly string[]> {
  const { faultKinds } = await import('../simulator/faults.ts')
  return faultKinds.flatMap(({ name, values }) => Object.keys(values).map((value) => `${name}=${value}`))
}
