import type { Change } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'
import type { Edit } from './changes.ts'
import { emptied } from './no-context.ts'
import { sections } from './changes.ts'
import { find, isOf, parseAll } from './local-context.ts'
import type { KubeconfigFile, LocalContext } from './local-context.ts'

/**
 * The edits, by file, that take the local cluster's entries out: all that carry our marker for this cluster, by
 * whatever name, and no others. `current-context` is emptied in each file where it names our context.
 */
export function removalEdits(
  files: readonly KubeconfigFile[],
  { name, minikubeProfile }: Pick<LocalContext, 'name' | 'minikubeProfile'>,
):
  | { readonly edits: ReadonlyMap<string, readonly Edit[]>; readonly changes: readonly Change[] }
  | { readonly problem: Problem } {
  const parsed = parseAll(files)
  if ('problem' in parsed) return parsed
  const edits = new Map<string, readonly Edit[]>()
  const changes: Change[] = []
  for (const { path, config } of parsed) {
    const mine: Edit[] = []
    for (const section of sections) {
      for (const entry of config[section].filter(isOf(minikubeProfile))) {
        mine.push({ kind: 'remove', section, name: entry.name })
        changes.push({ field: `${path}: ${section.slice(0, -1)} ${entry.name}`, effect: 'remove' })
      }
    }
    const { currentContext: current } = config
    const target = current === undefined ? undefined : find(parsed, 'contexts', current)
    // A name without its context, as an interrupted removal leaves it, points nowhere and may go as well.
    const mayUnset = target === undefined ? current === name : isOf(minikubeProfile)(target.entry)
    if (current !== undefined && mayUnset) {
      const currents = parsed.map((each) => ({ path: each.path, current: each.config.currentContext }))
      mine.push({ kind: 'current', context: emptied(path, currents) })
      changes.push({ field: `${path}: current-context`, from: current, effect: 'remove' })
    }
    if (mine.length > 0) edits.set(path, mine)
  }
  return { edits, changes }
}
