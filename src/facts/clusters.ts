import type { Layout } from '../plan/layout.ts'
import type { Files } from '../ports/files.ts'

/**
 * The clusters that devk8s made on this machine and has not destroyed: it keeps one private kubeconfig for each,
 * named as the cluster. Locks and damaged copies beside them have a dot in their names, which a cluster's cannot.
 */
export async function listClusters({ data }: Pick<Layout, 'data'>, files: Files): Promise<readonly string[]> {
  const separator = /^[A-Za-z]:\\|^\\\\/.test(data) ? '\\' : '/'
  return (await files.list(`${data}${separator}kubeconfig`)).filter((name) => !name.includes('.'))
}
