import { isRemote } from '../kubeconfig/marker.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'

/** What a word means among the contexts. */
export type Match =
  | { readonly kind: 'found'; readonly context: ContextInFile; readonly by: 'name' | 'alias' | 'part' }
  /** Several fit equally well. */
  | { readonly kind: 'ambiguous'; readonly candidates: readonly ContextInFile[] }
  /** Nothing fits; or only protected contexts do, and those are named, not found by a part. */
  | { readonly kind: 'none'; readonly protected: readonly ContextInFile[] }

/** Whether the profile protects the context: its marker says so. One that devk8s did not write never is. */
export function isProtected({ marker }: Pick<ContextInFile, 'marker'>): boolean {
  return isRemote(marker) && marker.protected === true
}

/** The other names that the profile gives to the context. */
export function aliasesOf({ marker }: Pick<ContextInFile, 'marker'>): readonly string[] {
  return isRemote(marker) ? (marker.aliases ?? []) : []
}

/**
 * The context that a word means: by its name, else by an alias, else by a beginning of either, else by any part of
 * either, and when all that finds nothing, in the same order without regard to capitals. The first of these that fits
 * any context decides, and must fit one alone. A protected context is found by its name and its aliases as they are
 * written, never otherwise.
 */
export function matchContext(word: string, contexts: readonly ContextInFile[]): Match {
  const named = contexts.find(({ name }) => name === word)
  if (named !== undefined) return { kind: 'found', context: named, by: 'name' }
  const aliased = contexts.filter((context) => aliasesOf(context).includes(word))
  if (aliased.length > 0) return oneOf(aliased, 'alias')
  const fits = word === '' ? [] : waysToFit(word)
  for (const fit of fits) {
    const found = contexts.filter((context) => !isProtected(context) && wordsOf(context).some(fit))
    if (found.length > 0) return oneOf(found, 'part')
  }
  const guarded = contexts.filter(
    (context) => isProtected(context) && fits.some((fit) => wordsOf(context).some(fit)),
  )
  return { kind: 'none', protected: guarded }
}

type Fit = (text: string) => boolean

function waysToFit(word: string): readonly Fit[] {
  const lower = word.toLowerCase()
  return [
    (text) => text.startsWith(word),
    (text) => text.includes(word),
    (text) => text.toLowerCase() === lower,
    (text) => text.toLowerCase().startsWith(lower),
    (text) => text.toLowerCase().includes(lower),
  ]
}

const wordsOf = (context: ContextInFile) => [context.name, ...aliasesOf(context)]

function oneOf(candidates: readonly ContextInFile[], by: 'alias' | 'part'): Match {
  const [context] = candidates
  if (context === undefined || candidates.length > 1) return { kind: 'ambiguous', candidates }
  return { kind: 'found', context, by }
}

/** Whether a word is a pattern (`dev-*`, `team-?`) and not a name. */
export function isPattern(word: string): boolean {
  return /[*?]/.test(word)
}

/** The contexts whose name or alias a pattern covers whole: `*` is any text, `?` one character. Never protected ones. */
export function matchPattern(pattern: string, contexts: readonly ContextInFile[]): readonly ContextInFile[] {
  const covers = patternFit(pattern)
  return contexts.filter((context) => !isProtected(context) && wordsOf(context).some(covers))
}

/** Whether a text is covered by a pattern, for lists that are only filtered. */
export function patternFit(pattern: string): (text: string) => boolean {
  const source = Array.from(pattern)
    .map((char) =>
      char === '*' ? '.*' : char === '?' ? '.' : char.replace(/[\\^$.|+(){}[\]/]/u, String.raw`\$&`),
    )
    .join('')
  const expression = new RegExp(`^(?:${source})$`, 'su')
  return (text) => expression.test(text)
}
