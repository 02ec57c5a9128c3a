import type { NamedEntry } from '../kubeconfig/entries.ts'
import { isRemote } from '../kubeconfig/marker.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import { nameInProfile } from './entry-name.ts'

/**
 * What the protection of a context is keyed by: two teams, or two kubeconfig files, may each have a `prod`. The name is
 * that of the profile, so that a context which a person renames keeps its key. A team's name has no slash.
 */
export const protectKey = (team: string, nameInProfile: string): string => `${team}/${nameInProfile}`

/** The context that a key is of, as its profile calls it. */
export const nameOfKey = (key: string): string => key.slice(key.indexOf('/') + 1)

/** The key that devk8s gives to a context, by the context's entry alone. */
export const protectKeyOfContext = (
  context: Pick<ContextInFile, 'name' | 'cluster' | 'user' | 'marker'>,
): string =>
  isRemote(context.marker) ? protectKey(context.marker.team, nameInProfile(context)) : context.name

/**
 * The key under which a user entry asks `devk8s token` for protected credentials: what stands behind `--protect`.
 * Undefined when the credentials do not come through devk8s.
 */
export function protectKeyOf(user: NamedEntry['fields'] | undefined): string | undefined {
  const exec = user?.['exec']
  if (typeof exec !== 'object' || exec === null) return undefined
  const { args } = exec as { readonly args?: unknown }
  if (!Array.isArray(args) || args[0] !== 'token') return undefined
  const words: readonly unknown[] = args
  // Behind `--` come the words of another plugin.
  const end = words.indexOf('--')
  const at = (end === -1 ? words : words.slice(0, end)).indexOf('--protect')
  const key = at === -1 ? undefined : words[at + 1]
  return typeof key === 'string' ? key : undefined
}
