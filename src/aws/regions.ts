/** The parts of AWS that share neither accounts nor addresses. */
export type Partition =
  | 'aws'
  | 'aws-cn'
  | 'aws-us-gov'
  | 'aws-iso'
  | 'aws-iso-b'
  | 'aws-iso-e'
  | 'aws-iso-f'
  | 'aws-eusc'

interface PartitionFacts {
  readonly prefix: RegExp
  /** The end of every host name. */
  readonly suffix: string
  /** Where STS is asked when nobody named a region. */
  readonly firstRegion: string
}

/** By the names of regions, as in the SDK's partitions.json; what no other has is of the partition `aws`. */
const partitions: readonly (readonly [Partition, PartitionFacts])[] = [
  ['aws-cn', { prefix: /^cn-/, suffix: 'amazonaws.com.cn', firstRegion: 'cn-north-1' }],
  ['aws-us-gov', { prefix: /^us-gov-/, suffix: 'amazonaws.com', firstRegion: 'us-gov-west-1' }],
  ['aws-iso-b', { prefix: /^us-isob-/, suffix: 'sc2s.sgov.gov', firstRegion: 'us-isob-east-1' }],
  ['aws-iso-f', { prefix: /^us-isof-/, suffix: 'csp.hci.ic.gov', firstRegion: 'us-isof-south-1' }],
  ['aws-iso', { prefix: /^us-iso-/, suffix: 'c2s.ic.gov', firstRegion: 'us-iso-east-1' }],
  ['aws-iso-e', { prefix: /^eu-isoe-/, suffix: 'cloud.adc-e.uk', firstRegion: 'eu-isoe-west-1' }],
  ['aws-eusc', { prefix: /^eusc-/, suffix: 'amazonaws.eu', firstRegion: 'eusc-de-east-1' }],
  ['aws', { prefix: /^/, suffix: 'amazonaws.com', firstRegion: 'us-east-1' }],
]

/** The partition of a region, told by its name. */
export function partitionOf(region: string): Partition {
  return partitions.find(([, { prefix }]) => prefix.test(region))?.[0] ?? 'aws'
}

/** The host of a regional service, `eks.eu-west-1.amazonaws.com`. */
export function serviceHost(service: string, region: string): string {
  const suffix = factsOf(partitionOf(region)).suffix
  return `${service}.${region}.${suffix}`
}

/** Where STS is asked for a role when nobody named a region: some region of the role's own partition. */
export function firstRegionFor(roleArn: string | undefined): string {
  const partition = roleArn?.split(':')[1]
  return factsOf(partition).firstRegion
}

function factsOf(partition: string | undefined): PartitionFacts {
  const found = partitions.find(([name]) => name === partition) ?? partitions.at(-1)
  if (found === undefined) throw new TypeError('no partitions')
  return found[1]
}
