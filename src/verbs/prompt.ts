import { contextPlaces } from '../contexts/places.ts'
import type { PromptPlaces } from '../contexts/prompt-places.ts'
import { writeColors } from '../contexts/remote-colors.ts'
import type { Session, Verb } from './session.ts'

/** The code that a shell sources to show the context; the shell itself keeps it up to date from then on. */
export const promptInit: Verb<'prompt.init'> = async (session) => {
  const { shell } = session.request
  const { layout, world } = session
  const slash = world.platform === 'win32' ? '\\' : '/'
  const places: PromptPlaces = {
    stamps: `${layout.runtime}${slash}prompt`,
    colors: contextPlaces(layout, world.platform).colors,
    separator: world.platform === 'win32' ? ';' : ':',
  }
  await prepare(session, places, slash)
  const script = await rendered(shell, places)
  session.answer({ shell, script }, script)
  return { exit: 0 }
}

async function rendered(shell: 'bash' | 'zsh' | 'fish', places: PromptPlaces): Promise<string> {
  switch (shell) {
    case 'bash':
      return (await import('../contexts/prompt-bash.ts')).renderBashPrompt(places)
    case 'zsh':
      return (await import('../contexts/prompt-zsh.ts')).renderZshPrompt(places)
    case 'fish':
      return (await import('../contexts/prompt-fish.ts')).renderFishPrompt(places)
  }
}

/**
 * Makes the folder that the shells keep their stamps in, drops those of shells that are gone, and writes the colours.
 * A shell starts with this, so no fault here is worth a word: the prompt works without, only slower and without colour.
 */
async function prepare(
  { ports, layout }: Session,
  { stamps, colors }: PromptPlaces,
  slash: string,
): Promise<void> {
  const { files, host } = ports
  try {
    await files.makeFolder(stamps, 0o700)
    for (const name of await files.list(stamps)) {
      if (/^\d+$/.test(name) && !host.isAlive(Number(name))) await files.remove(`${stamps}${slash}${name}`)
    }
    await writeColors(colors, layout.userKubeconfig, files)
  } catch {
    // Read-only homes exist.
  }
}
