import type { NamedEntry } from '../kubeconfig/entries.ts'

/**
 * The name under which a user entry asks `devk8s token` for protected credentials: what stands behind `--protect`.
 * That of the context, unless a person has renamed it. Undefined when the credentials do not come through devk8s.
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
