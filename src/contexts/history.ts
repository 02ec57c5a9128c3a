import { isRecord } from '../kubeconfig/entries.ts'
import { jsonOf } from './json.ts'

/** What `switch -`, `namespaces -` and `switch --history` go by. */
export interface History {
  readonly version: 1
  /** By the files that kubectl reads: a project with a KUBECONFIG of its own, and a bound shell, go back on their own. */
  readonly sets: Readonly<Record<string, HistorySet>>
}

export interface HistorySet {
  /** Contexts that were left, the latest last. */
  readonly contexts: readonly Visit[]
  /** The namespace before the present one, by context; the latest last. */
  readonly namespaces: Readonly<Record<string, string>>
}

export interface Visit {
  readonly name: string
  /** When it was left, in ms since 1970. */
  readonly at: number
}

/** How much is kept, of each. */
const keptVisits = 50
const keptSets = 50
const keptNamespaces = 200

const emptySet: HistorySet = { contexts: [], namespaces: {} }

/** Under which name a list of kubeconfig files has its history. */
export function historyKey(kubeconfig: readonly string[], boundFile: string | undefined): string {
  return boundFile ?? [...new Set(kubeconfig)].join('\n')
}

/** The history in a text; an empty one for text that is none, since it is worth less than the switch. */
export function parseHistory(text: string | undefined): History {
  const found = jsonOf(text)
  const sets = isRecord(found) && found['version'] === 1 && isRecord(found['sets']) ? found['sets'] : {}
  return {
    version: 1,
    sets: Object.fromEntries(Object.entries(sets).map(([key, value]) => [key, readSet(value)])),
  }
}

function readSet(value: unknown): HistorySet {
  const { contexts, namespaces } = isRecord(value) ? value : {}
  const visits: readonly unknown[] = Array.isArray(contexts) ? contexts : []
  return {
    contexts: visits.flatMap((visit) =>
      isRecord(visit) && typeof visit['name'] === 'string' && typeof visit['at'] === 'number'
        ? [{ name: visit['name'], at: visit['at'] }]
        : [],
    ),
    namespaces: Object.fromEntries(
      Object.entries(isRecord(namespaces) ? namespaces : {}).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    ),
  }
}

/** The history as its file holds it: JSON, one line at the end. */
export function renderHistory(history: History): string {
  return `${JSON.stringify(history)}\n`
}

/** What is remembered of one set of kubeconfig files; empty when nothing is. */
export function setOf({ sets }: History, key: string): HistorySet {
  return Object.hasOwn(sets, key) ? (sets[key] ?? emptySet) : emptySet
}

/** The history once the context has been left. */
export function withVisit(history: History, key: string, visit: Visit): History {
  const set = setOf(history, key)
  return withSet(history, key, { ...set, contexts: [...set.contexts, visit].slice(-keptVisits) })
}

/** The history once the context's namespace has been left. */
export function withNamespace(history: History, key: string, context: string, namespace: string): History {
  const set = setOf(history, key)
  const others = Object.entries(set.namespaces).filter(([name]) => name !== context)
  const namespaces = Object.fromEntries([...others, [context, namespace] as const].slice(-keptNamespaces))
  return withSet(history, key, { ...set, namespaces })
}

/**
 * The history once a context has another name: `switch -` and `namespaces -` find it under that.
 * @param files where its entry is; only what goes by one of them follows.
 */
export function withRenamed(history: History, files: readonly string[], from: string, to: string): History {
  const renamed = (name: string) => (name === from ? to : name)
  const sets = Object.entries(history.sets).map(([key, set]) => {
    if (!key.split('\n').some((path) => files.includes(path))) return [key, set] as const
    // Of what had the name before nothing is left to go back to.
    const visits = set.contexts.filter(({ name }) => name !== to)
    const namespaces = Object.entries(set.namespaces).filter(([name]) => name !== to)
    return [
      key,
      {
        contexts: visits.map(({ name, at }) => ({ name: renamed(name), at })),
        namespaces: Object.fromEntries(namespaces.map(([name, text]) => [renamed(name), text])),
      },
    ] as const
  })
  return { version: 1, sets: Object.fromEntries(sets) }
}

/** The set that changed comes last, so that those not used for longest are dropped. */
function withSet(history: History, key: string, set: HistorySet): History {
  const others = Object.entries(history.sets).filter(([name]) => name !== key)
  return { version: 1, sets: Object.fromEntries([...others, [key, set] as const].slice(-keptSets)) }
}

/** Contexts that were left, the latest first, each once and without the current one. */
export function visitedBefore(set: HistorySet, current: string | undefined): readonly Visit[] {
  const seen = new Set(current === undefined ? [] : [current])
  return set.contexts.toReversed().filter(({ name }) => {
    if (seen.has(name)) return false
    seen.add(name)
    return true
  })
}
