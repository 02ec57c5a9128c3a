import { matchContext } from '../contexts/match.ts'
import { nearest } from '../problems/nearest.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import { fail } from '../problems/problem.ts'
import { contextAmbiguous, contextOnlyByName, contextUnknown } from '../problems/switching.ts'

/**
 * The context that a word means, as `devk8s switch` understands it.
 * @throws DevK8sError DK4050 when nothing fits, DK4051 when several do, DK4052 when only a protected one does.
 */
export function contextFor<C extends ContextInFile>(word: string, contexts: readonly C[]): C {
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
      const near = nearest(
        word,
        contexts.map(({ name }) => name),
      )
      return fail(contextUnknown, {
        detail: `No context fits "${word}".${near === undefined ? '' : ` Did you mean ${near}?`}`,
        next: ['devk8s contexts list'],
      })
    }
  }
}
