import { parseAll } from '../kubeconfig/local-context.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import { isRemote } from '../kubeconfig/marker.ts'
import { readKubeconfigs } from '../kubeconfig/user-files.ts'
import type { Files } from '../ports/files.ts'

/**
 * `name<TAB>colour`, one context a line, for a prompt that starts no process; `<TAB>protected` behind it for those that
 * are. A protected context is red unless a person or the profile says otherwise. Undefined when a file cannot be read.
 * @param before what the file says now: contexts that are not in these files stay, since another shell may have others.
 */
export function renderColors(files: readonly KubeconfigFile[], before = ''): string | undefined {
  const parsed = parseAll(files)
  if ('problem' in parsed) return undefined
  const colors = new Map<string, string | undefined>()
  for (const { config } of parsed) {
    for (const { name, marker } of config.contexts) {
      if (colors.has(name)) continue
      const color = isRemote(marker) ? (marker.color ?? (marker.protected ? 'red' : undefined)) : undefined
      const isProtected = isRemote(marker) && marker.protected === true
      colors.set(name, color === undefined ? undefined : `${color}${isProtected ? '\tprotected' : ''}`)
    }
  }
  const kept = before
    .split('\n')
    .filter((line) => line.includes('\t') && !colors.has(line.replace(/\t.*$/, '')))
  const present = [...colors].flatMap(([name, look]) => (look === undefined ? [] : [`${name}\t${look}`]))
  return [...kept, ...present].map((line) => `${line}\n`).join('')
}

/** Brings the file up to what the kubeconfig files say now. */
export async function writeColors(
  path: string,
  userKubeconfig: readonly string[],
  files: Files,
): Promise<void> {
  const before = (await files.readText(path)) ?? ''
  const text = renderColors(await readKubeconfigs(files, userKubeconfig), before)
  if (text === undefined || text === before) return
  await files.makeFolder(path.replace(/[/\\][^/\\]*$/, ''), 0o700)
  await files.write(path, text, { mode: 0o600 })
}
