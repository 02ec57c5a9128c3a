import type { Layout } from '../plan/layout.ts'
import type { Files } from '../ports/files.ts'

/**
 * The clusters that devk8s made on this machine and has not destroyed: it keeps for each a record, written before
 * the first start, and a private kubeconfig, named as the cluster, written by it. Locks and damaged copies beside
 * them have a dot in their names, which a cluster's cannot.
 */
export async function listClusters({ data }: Pick<Layout, 'data'>, files: Files): Promise<readonly string[]> {
  const separator = /^[A-Za-z]:\\|^\\\\/.test(data) ? '\\' : '/'
  const names = (await files.list(`${data}${separator}kubeconfig`)).map((name) =>
    name.replace(/\.made\.json$/, ''),
  )
  return [...new Set(names)].filter((name) => name !== '' && !name.includes('.')).toSorted()
}
