// What AWS derives from a region's name.

/** The first zone of a region; which one a laptop is in is nobody's business. */
export const zoneOf = (region: string): string => `${region}a`

/**
 * `use1-az1` for `us-east-1`: the first two letters, those of the directions, the number, as AWS has them for its regions
 * of three words and `us-gov-…`. Undefined for a name of another form.
 */
export function zoneIdOf(region: string): string | undefined {
  const found =
    /^([a-z]{2})-(gov-)?(north|south|east|west|central)?(north|south|east|west|central)?-(\d+)$/.exec(region)
  if (found === null) return undefined
  const [, country = '', gov, first = '', second = '', number = ''] = found
  const letters = [first, second].map((word) => word.slice(0, 1)).join('')
  return letters === '' ? undefined : `${country}${gov === undefined ? '' : 'g'}${letters}${number}-az1`
}

export interface Partition {
  readonly partition: string
  readonly domain: string
}

/** botocore, data/partitions.json. */
export function partitionOf(region: string): Partition {
  if (region.startsWith('cn-')) return { partition: 'aws-cn', domain: 'amazonaws.com.cn' }
  if (region.startsWith('us-gov-')) return { partition: 'aws-us-gov', domain: 'amazonaws.com' }
  if (region.startsWith('us-iso-')) return { partition: 'aws-iso', domain: 'c2s.ic.gov' }
  if (region.startsWith('us-isob-')) return { partition: 'aws-iso-b', domain: 'sc2s.sgov.gov' }
  if (region.startsWith('eusc-')) return { partition: 'aws-eusc', domain: 'amazonaws.eu' }
  return { partition: 'aws', domain: 'amazonaws.com' }
}
