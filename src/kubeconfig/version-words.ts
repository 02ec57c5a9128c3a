import type { ContextInFile } from './view.ts'
import { viewOf } from './view.ts'

/**
 * What a change of a kubeconfig file did, in words: contexts that came, went or changed, and another current context.
 * None when the two texts are the same.
 */
export async function changeWords(before: string, after: string): Promise<readonly string[]> {
  if (before === after) return []
  const [earlier, later] = await Promise.all([viewOfText(before), viewOfText(after)])
  if (earlier === undefined || later === undefined) return ['the file became or was unreadable']
  const [was, is] = [new Map(earlier.contexts), new Map(later.contexts)]
  const added = [...is.keys()].filter((name) => !was.has(name))
  const removed = [...was.keys()].filter((name) => !is.has(name))
  const changed = [...is].flatMap(([name, text]) => (was.has(name) && was.get(name) !== text ? [name] : []))
  const words = [
    ...listed('added', added),
    ...listed('removed', removed),
    ...listed('changed', changed),
    ...(earlier.current === later.current
      ? []
      : [`current-context ${named(earlier.current)} → ${named(later.current)}`]),
  ]
  return words.length > 0 ? words : ['clusters, users or the layout changed']
}

async function viewOfText(text: string) {
  const read = await viewOf([{ path: '', text }])
  if ('problem' in read) return undefined
  const { contexts, current } = read.view
  return {
    contexts: contexts.map((context) => [context.name, contentOf(context)] as const),
    current: current?.name,
  }
}

function contentOf({ cluster, user, namespace, marker }: ContextInFile): string {
  return JSON.stringify([cluster, user, namespace, marker])
}

const named = (context: string | undefined) => (context === undefined ? '(none)' : `"${context}"`)

const namedAtMost = 5

function listed(what: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return []
  const more = names.length > namedAtMost ? ` and ${names.length - namedAtMost} more` : ''
  return [`${what} ${names.slice(0, namedAtMost).join(', ')}${more}`]
}
