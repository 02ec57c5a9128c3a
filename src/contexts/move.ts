import { withCurrent } from '../kubeconfig/current.ts'
import { noContext } from '../kubeconfig/no-context.ts'
import { scanKubeconfig } from '../kubeconfig/scan.ts'
import { changeKubeconfig } from '../kubeconfig/transaction.ts'
import { ownerOf } from '../kubeconfig/user-files.ts'
import { type ContextInFile, filesToClear, type KubeconfigView } from '../kubeconfig/view.ts'
import type { Binding } from './bind.ts'
import { writeBound } from './bind.ts'
import { renderBound } from './bound.ts'
import { contextPlaces } from './places.ts'
import type { ContextState } from './state.ts'

/** What is to be in force: a context, perhaps with another namespace, or none. */
export interface Destination {
  readonly context: ContextInFile | undefined
  /** Written into the context's entry, wherever that is; the present one stays without it. */
  readonly namespace?: string
  /** Only while this context is still in force: who has moved on meanwhile is left alone. */
  readonly leaving?: string
}

/**
 * Makes a context the current one as `kubectl config use-context` does: in the first file that exists, whichever file
 * holds the present one, and without any write when it is in force already (facts sheet, 2.2). To unset it, every file
 * that names one is emptied, since the next one would count otherwise. In a bound shell only the file that binds it
 * changes, and that one is not emptied: see `noContext`.
 * @returns the files that were written.
 * @throws DevK8sError as `changeKubeconfig` does.
 */
export async function moveTo(
  session: Binding,
  { view, boundFile }: Pick<ContextState, 'view' | 'boundFile'>,
  to: Destination,
): Promise<readonly string[]> {
  if (boundFile !== undefined) return moveBound(session, view, boundFile, to)
  const { files, clock, host } = session.ports
  const { backups } = contextPlaces(session.layout, session.world.platform)
  const { namespace } = to
  const written: string[] = []
  for (const path of new Set(filesConcerned(view, to))) {
    // The view has just shown that the file says something else.
    const place = {
      path,
      backups,
      looked: true,
      moves: namespace === undefined,
      ...(to.context === undefined ? {} : { context: to.context.name }),
    }
    const edit = async (text: string) => (isLeft(path, text, view, to) ? text : editOne(path, text, view, to))
    if (await changeKubeconfig(files, clock, place, edit, session.signal, ownerOf(host))) written.push(path)
  }
  return written
}

function filesConcerned(view: KubeconfigView, { context, namespace }: Destination): readonly string[] {
  if (context === undefined) return filesToClear(view)
  const { current, defaultFile } = view
  const forCurrent = current?.name === context.name ? [] : [defaultFile]
  const forNamespace = namespace === undefined || namespace === context.namespace ? [] : [context.file]
  return [...forCurrent, ...forNamespace]
}

/** Whether the file that decides says by now, under its lock, that somebody has left the context already. */
function isLeft(path: string, text: string, { current }: KubeconfigView, { leaving }: Destination): boolean {
  if (leaving === undefined || path !== current?.file) return false
  const now = scanKubeconfig(text)
  return now !== undefined && now.current?.value !== leaving
}

async function editOne(
  path: string,
  text: string,
  { current, defaultFile }: KubeconfigView,
  { context, namespace }: Destination,
): Promise<string> {
  if (context === undefined) return withCurrent(text, undefined, path)
  const moves = path === defaultFile && current?.name !== context.name
  const moved = moves ? await withCurrent(text, context.name, path) : text
  if (namespace === undefined || path !== context.file) return moved
  const { withNamespaceOf } = await import('../kubeconfig/namespace.ts')
  return withNamespaceOf(moved, context.name, namespace, path)
}

async function moveBound(
  session: Binding,
  view: KubeconfigView,
  file: string,
  to: Destination,
): Promise<readonly string[]> {
  const { contexts, current } = view
  const { context, namespace } = to
  const changes = namespace !== undefined && namespace !== context?.namespace
  if (current?.name === context?.name && current?.file === file && !changes) return []
  const others = contexts.filter((each) => each.file === file && each.name !== context?.name)
  const mine =
    context === undefined ? [] : [{ ...context, ...(namespace === undefined ? {} : { namespace }) }]
  const text = renderBound(context?.name ?? noContext, [...others, ...mine])
  const edit = (now: string) => (isLeft(file, now, view, to) ? now : text)
  return (await writeBound(session, file, edit)) ? [file] : []
}
