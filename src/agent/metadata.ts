import { toSecond } from './answers.ts'
import { instanceIdOf, instanceType, type Machine } from './machine.ts'
import { partitionOf, zoneIdOf, zoneOf } from './regions.ts'

// The tree of the metadata service, without what belongs to a pod's role. What is not in it is not found, as on an
// instance that does not have it.

/** Leaves by their path; what a laptop cannot know is left out. */
export type Tree = ReadonlyMap<string, string>

/** @param region `aws.region` of the mapping. */
export function metadataTree(machine: Machine, region: string | undefined): Tree {
  const zoneId = region === undefined ? undefined : zoneIdOf(region)
  const { partition, domain } = partitionOf(region ?? '')
  const leaves: readonly (readonly [string, string | undefined])[] = [
    ['hostname', machine.name],
    ['instance-id', instanceIdOf(machine)],
    ['instance-type', instanceType],
    ['local-hostname', machine.name],
    ['local-ipv4', machine.address],
    ['mac', machine.mac],
    ['placement/availability-zone', region === undefined ? undefined : zoneOf(region)],
    ['placement/availability-zone-id', zoneId],
    ['placement/region', region],
    ['services/domain', domain],
    ['services/partition', partition],
  ]
  return new Map(leaves.flatMap(([path, value]) => (value === undefined ? [] : [[path, value] as const])))
}

/** Where a pod's role is; listed beside the tree, answered elsewhere. */
const rolePaths = ['iam/info', 'iam/security-credentials/']

/** A leaf, or the names in a folder, one a line, folders with a slash; undefined for neither. Slashes at the end do not matter. */
export function lookUp(tree: Tree, path: string): string | undefined {
  const plain = path.replaceAll(/^\/|\/$/g, '')
  const leaf = tree.get(plain)
  if (leaf !== undefined) return leaf
  const folder = plain === '' ? '' : `${plain}/`
  const inside = [...tree.keys(), ...rolePaths]
    .filter((each) => each.startsWith(folder) && each !== folder)
    .map((each) => each.slice(folder.length).replace(/\/.*$/, '/'))
  return inside.length === 0 ? undefined : [...new Set(inside)].toSorted().join('\n')
}

/** `/latest/dynamic/instance-identity/document`: SDKs and tools read `region`, some `accountId`. */
export function identityDocument(
  machine: Machine,
  { region, account }: { readonly region: string | undefined; readonly account: string | undefined },
): string {
  const document = {
    accountId: account ?? null,
    architecture: machine.architecture,
    availabilityZone: region === undefined ? null : zoneOf(region),
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: null,
    instanceId: instanceIdOf(machine),
    instanceType,
    kernelId: null,
    pendingTime: toSecond(machine.startedAt),
    privateIp: machine.address ?? null,
    ramdiskId: null,
    region: region ?? null,
    version: '2017-09-30',
  }
  return JSON.stringify(document, undefined, 2)
}
