import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import { readKubeconfigs } from '../kubeconfig/user-files.ts'
import type { KubeconfigView } from '../kubeconfig/view.ts'
import { viewOf } from '../kubeconfig/view.ts'
import { DevK8sError } from '../problems/problem.ts'
import type { Binding } from './bind.ts'
import { boundFileOf } from './bound.ts'
import { type History, historyKey, type HistorySet, parseHistory, renderHistory, setOf } from './history.ts'
import { contextPlaces, type ContextPlaces } from './places.ts'

/** What the person's kubeconfig files say, and how they came there. */
export interface ContextState {
  readonly places: ContextPlaces
  readonly view: KubeconfigView
  readonly files: readonly KubeconfigFile[]
  /** The file that binds this shell; undefined in a shell that follows what all follow. */
  readonly boundFile: string | undefined
  readonly history: History
  /** The part of the history that belongs to these files. */
  readonly key: string
  readonly past: HistorySet
}

/**
 * Reads the kubeconfig files and the history that belongs to them.
 * @throws DevK8sError DK4030 when a file is no kubeconfig, DK6001-DK6003 when one cannot be read.
 */
export async function readContexts(session: Binding): Promise<ContextState> {
  const { layout, ports, world } = session
  const places = contextPlaces(layout, world.platform)
  const boundFile = boundFileOf(layout.userKubeconfig, places.bound)
  const key = historyKey(layout.userKubeconfig, boundFile)
  const [files, history] = await Promise.all([
    readKubeconfigs(ports.files, layout.userKubeconfig),
    readHistory(session, places),
  ])
  const read = await viewOf(files)
  if ('problem' in read) throw new DevK8sError(read.problem)
  return { places, view: read.view, files, boundFile, history, key, past: setOf(history, key) }
}

/** The history is worth less than what it is kept for: one that cannot be read is none. */
async function readHistory({ ports }: Binding, { history }: ContextPlaces): Promise<History> {
  return parseHistory(await ports.files.readText(history).catch(() => undefined))
}

/**
 * Changes the history. Whole, but not flushed to the disk: after a power cut the old one is good enough. Never a fault
 * of what was done: a folder that cannot be written loses the way back, no more.
 */
export async function remember(
  { ports }: Binding,
  { places, history }: Pick<ContextState, 'places' | 'history'>,
  change: (history: History) => History,
): Promise<void> {
  const { history: path } = places
  const text = renderHistory(change(history))
  const write = async () => ports.files.write(path, text, { mode: 0o600, durable: false })
  try {
    await write().catch(async () => {
      await ports.files.makeFolder(path.replace(/[/\\][^/\\]*$/, ''), 0o700)
      await write()
    })
  } catch {
    // Said above.
  }
}
