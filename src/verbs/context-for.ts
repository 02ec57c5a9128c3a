import { aliasesOf, matchContext } from '../contexts/match.ts'
import { nearest } from '../problems/nearest.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import { fail } from '../problems/problem.ts'
import { contextAmbiguous, contextOnlyByName, contextUnknown } from '../problems/switching.ts'

/** How many names are told where none is near. */
const namedAtMost = 10

/**
 * The context that a word means, as `devk8s switch` understands it.
 * @param files where the contexts are from: one that is not there may be why nothing fits.
 * @throws DevK8sError DK4050 when nothing fits, DK4051 when several do, DK4052 when only a protected one does.
 */
export function contextFor<C extends ContextInFile>(
  word: string,
  contexts: readonly C[],
  files: readonly KubeconfigFile[] = [],
): C {
  const match = matchContext(word, contexts)
  switch (match.kind) {
    case 'found':
      return contexts.find(({ name }) => name === match.context.name) ?? (match.context as C)
    case 'ambiguous': {
      const names = match.candidates.map(({ name }) => name)
      return fail(contextAmbiguous, { detail: `"${word}" fits ${names.length} contexts.`, evidence: names })
    }
    case 'none': {
      const [guarded] = match.protected
      if (guarded !== undefined) {
        return fail(contextOnlyByName, {
          detail: `"${word}" is only part of ${match.protected.map(({ name }) => name).join(', ')}.`,
        })
      }
      const names = contexts.map(({ name }) => name)
      const near = nearest(word, [...names, ...contexts.flatMap(aliasesOf)])
      const missing = files.filter(({ text }) => text === undefined).map(({ path }) => path)
      const gone =
        missing.length === 0
          ? ''
          : ` ${missing.join(', ')}, where contexts are looked for, ${missing.length === 1 ? 'is' : 'are'} not there.`
      const more = names.length > namedAtMost ? [`and ${names.length - namedAtMost} more`] : []
      return fail(contextUnknown, {
        detail: `No context fits "${word}".${near === undefined ? '' : ` Did you mean ${near}?`}${gone}`,
        ...(near === undefined && names.length > 0
          ? { evidence: [`There are: ${[...names.slice(0, namedAtMost), ...more].join(', ')}`] }
          : {}),
        next: ['devk8s contexts list'],
      })
    }
  }
}
