import { type Cluster, imagesLab, type ImagesLab } from '../../fakes/images-lab.ts'
import { realTime } from '../../support/real-time.ts'
import type { PodsUpkeep, Upkeep } from '../../../src/upkeep/upkeep.ts'

export const podsUpkeep: PodsUpkeep = {
  namespaces: ['shop', 'default'],
  serviceAccounts: ['shop/planned'],
  roles: { admin: 'deny' },
}

/** A cluster with the namespace `shop`, in which keys for pods are kept. */
export async function podsLab(cluster: Cluster, parts: Partial<Upkeep> = {}): Promise<ImagesLab> {
  const lab = imagesLab(cluster, { pods: podsUpkeep, ...parts })
  await lab.apply(namespace('shop'), namespace('other'), namespace('default'))
  await lab.apply(account('default', 'shop'), account('default', 'default'))
  return realTime(lab)
}

export const namespace = (name: string, labels?: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...(labels === undefined ? {} : { labels }) },
})

export const account = (name: string, namespace: string, role?: string) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: {
    name,
    namespace,
    ...(role === undefined ? {} : { annotations: { 'eks.amazonaws.com/role-arn': role } }),
  },
})
