import { extensionName, type Marker } from '../kubeconfig/marker.ts'
import { renderScalar } from '../kubeconfig/scalar.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import { fileNameOf } from './file-name.ts'

/** A context as it is written into a file that binds a shell to it. */
export type BoundContext = Pick<ContextInFile, 'name' | 'cluster' | 'user' | 'namespace' | 'marker'>

/**
 * Who a bound file lives for: a `shell` or command that devk8s itself runs, by devk8s' process id, or the person's own
 * shell that has evaluated `devk8s env NAME`, by the shell's.
 */
export type BoundFor = 'child' | 'shell'

/**
 * The kubeconfig that stands before the person's own files in a bound shell: which context is current, and its entry
 * with the namespace. The first file that has an entry wins (facts sheet, 2.1), so the cluster and the user come from
 * the person's files: no credential is copied, and relative paths keep their meaning. The marker comes along, since
 * protection is read from it.
 */
export function renderBound(current: string, contexts: readonly BoundContext[]): string {
  return lines([
    'apiVersion: v1',
    'kind: Config',
    `current-context: ${renderScalar(current)}`,
    ...(contexts.length === 0 ? ['contexts: []'] : ['contexts:', ...contexts.flatMap(contextLines)]),
  ])
}

function contextLines({ name, cluster, user, namespace, marker }: BoundContext): readonly string[] {
  return [
    '- context:',
    `    cluster: ${renderScalar(cluster ?? '')}`,
    ...(marker === undefined ? [] : markerLines(marker)),
    ...(namespace === undefined ? [] : [`    namespace: ${renderScalar(namespace)}`]),
    `    user: ${renderScalar(user ?? '')}`,
    `  name: ${renderScalar(name)}`,
  ]
}

function markerLines(marker: Marker): readonly string[] {
  const fields = Object.entries({ ...marker, provider: extensionName }).flatMap(([key, value]) => {
    if (typeof value === 'string') return [`        ${key}: ${renderScalar(value)}`]
    if (typeof value === 'boolean') return [`        ${key}: ${String(value)}`]
    return value.length === 0
      ? []
      : [`        ${key}:`, ...value.map((each) => `        - ${renderScalar(each)}`)]
  })
  return ['    extensions:', '    - extension:', ...fields, `      name: ${renderScalar(extensionName)}`]
}

const lines = (all: readonly string[]) => `${all.join('\n')}\n`

/** The name of a bound file. */
export function boundName(pid: number, context: string, boundFor: BoundFor): string {
  return `${boundFor === 'shell' ? 'env-' : ''}${pid}-${fileNameOf(context)}`
}

/** The process a bound file belongs to; undefined for files that are none. */
export function boundOwner(name: string): { readonly pid: number; readonly boundFor: BoundFor } | undefined {
  const [, env, pid] = /^(env-)?(\d+)-./.exec(name) ?? []
  if (pid === undefined) return undefined
  return { pid: Number(pid), boundFor: env === undefined ? 'child' : 'shell' }
}

/**
 * The file that binds the shell we are in, there or not; undefined in a shell that is not bound.
 * @param kubeconfig the person's kubeconfig files, in order.
 * @param folder where bound files lie.
 */
export function boundFileOf(kubeconfig: readonly string[], folder: string): string | undefined {
  const [first = ''] = kubeconfig
  const name = first.slice(folder.length + 1)
  const isThere = first.startsWith(folder) && /^[/\\]/.test(first.slice(folder.length))
  return isThere && boundOwner(name) !== undefined ? first : undefined
}

/** The person's own kubeconfig files: without those that bind a shell. */
export function ownKubeconfigs(kubeconfig: readonly string[], folder: string): readonly string[] {
  return kubeconfig.filter((path) => boundFileOf([path], folder) === undefined)
}

/** KUBECONFIG in a bound shell. */
export function boundKubeconfig(
  file: string,
  kubeconfig: readonly string[],
  folder: string,
  platform: 'darwin' | 'linux' | 'win32',
): string {
  return [file, ...ownKubeconfigs(kubeconfig, folder)].join(platform === 'win32' ? ';' : ':')
}
