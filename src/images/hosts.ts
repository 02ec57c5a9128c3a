import { type Partition, partitionOf, serviceHost } from '../aws/regions.ts'

/** Where the dual-stack names of a partition end, as in the patterns of the kubelet's provider for ECR. */
const dualStack: { readonly [P in Partition]: string | undefined } = {
  aws: 'on.aws',
  'aws-us-gov': 'on.aws',
  'aws-cn': 'on.amazonwebservices.com.cn',
  'aws-iso': 'on.aws.ic.gov',
  'aws-iso-b': 'on.aws.scloud',
  'aws-iso-e': 'on.cloud-aws.adc-e.uk',
  'aws-iso-f': 'on.aws.hci.ic.gov',
  'aws-eusc': undefined,
}

/**
 * All names under which the registries of a region are pulled from, as globs of Kubernetes' keyring, which matches name
 * part by name part (kubernetes: pkg/credentialprovider/keyring.go, URLsMatch): every account at once, since a token
 * opens all registries of its region that the caller may read (facts aws, 8). `ecr*` is `ecr` and `ecr-fips`.
 */
export function registryHosts(region: string): readonly [string, ...string[]] {
  const suffix = dualStack[partitionOf(region)]
  const classic = `*.${serviceHost('dkr.ecr*', region)}`
  return suffix === undefined ? [classic] : [classic, `*.dkr-ecr*.${region}.${suffix}`]
}
