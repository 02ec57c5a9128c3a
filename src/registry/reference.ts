import { type Partition, partitionOf, serviceHost } from '../aws/regions.ts'

/** An image in the private registry of an AWS account, taken apart. */
export interface EcrImage {
  /** As it was given. */
  readonly text: string
  readonly host: string
  /** 12 digits. */
  readonly account: string
  readonly region: string
  readonly partition: Partition
  /** `shop/api`. */
  readonly repository: string
  /** What a pull asks for: the digest where there is one, else the tag, else `latest` (OCI distribution, 1.1). */
  readonly tag?: string
  readonly digest?: string
}

/** Why a text names no image of ECR, for the middle of a sentence; `meant` is what was probably meant. */
export interface ReferenceFault {
  readonly reason: string
  readonly meant?: string
}

/**
 * Addresses of private registries: `ACCOUNT.dkr.ecr.REGION.SUFFIX`, with `ecr-fips`, and for both IP versions
 * `ACCOUNT.dkr-ecr.REGION.on.aws` (cloud-provider-aws, ecr-credential-provider, `ecrPrivateHostPattern`).
 */
const registryHost = /^(\d+)\.dkr([.-])ecr(?:-fips)?\.([a-z0-9-]+)\.([a-z0-9-]+(?:\.[a-z0-9-]+)*)$/

/** OCI distribution 1.1, `<name>`: what the registry takes as a repository. */
const repositoryName = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const tagName = /^\w[\w.-]{0,127}$/
const digestName = /^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/

/** An image reference, as a pod's `image` has it; or why it is none of a private ECR registry. */
export function parseImage(text: string): EcrImage | ReferenceFault {
  const bare = text.trim().replace(/^(?:https?|docker|oci):\/\//, '')
  if (bare !== text) return { reason: 'an image has no scheme and no spaces', meant: bare }
  const slash = text.indexOf('/')
  if (slash < 0) return { reason: 'it names no registry, which is ACCOUNT.dkr.ecr.REGION.amazonaws.com/' }
  const registry = parseHost(text.slice(0, slash))
  if ('reason' in registry) {
    const { reason, meantHost } = registry
    return { reason, ...(meantHost !== undefined && { meant: `${meantHost}${text.slice(slash)}` }) }
  }
  const name = parseName(text.slice(slash + 1))
  return 'reason' in name ? name : { text, ...registry, ...name }
}

/** The region and account of a private registry's host; undefined for any other host. */
export function registryOf(host: string): Pick<EcrImage, 'account' | 'region'> | undefined {
  const found = parseHost(host)
  return 'reason' in found ? undefined : { account: found.account, region: found.region }
}

/** `arn:aws:ecr:eu-west-1:123456789012:repository/shop/api`, as policies name it. */
export function repositoryArn({
  partition,
  region,
  account,
  repository,
}: Pick<EcrImage, 'partition' | 'region' | 'account' | 'repository'>): string {
  return `arn:${partition}:ecr:${region}:${account}:repository/${repository}`
}

/** What stands behind `/manifests/` when the image is asked for. */
export const askedFor = ({ digest, tag }: Pick<EcrImage, 'digest' | 'tag'>): string =>
  digest ?? tag ?? 'latest'

type Registry = Pick<EcrImage, 'host' | 'account' | 'region' | 'partition'>

function parseHost(host: string): Registry | { readonly reason: string; readonly meantHost?: string } {
  if (host === 'public.ecr.aws') return { reason: 'images of public.ecr.aws are for everybody to pull' }
  const found = registryHost.exec(host)
  if (found === null) return { reason: `${host} is not the address of a private ECR registry` }
  const [, account = '', separator = '.', region = '', suffix = ''] = found
  if (!/^\d{12}$/.test(account))
    return { reason: `the account ${account} has ${account.length} digits, not 12` }
  const partition = partitionOf(region)
  const wanted = suffixOf(region, separator)
  if (suffix !== wanted) {
    const meantHost = `${host.slice(0, -suffix.length)}${wanted}`
    return { reason: `registries in ${region} end in ${wanted}`, meantHost }
  }
  return { host, account, region, partition }
}

/** The address for both IP versions has a domain of its own (ECR user guide, "Using dual-stack endpoints"). */
function suffixOf(region: string, separator: string): string {
  if (separator === '-') return partitionOf(region) === 'aws-cn' ? 'on.amazonwebservices.com.cn' : 'on.aws'
  return serviceHost('', region).slice(`.${region}.`.length)
}

function parseName(text: string): Pick<EcrImage, 'repository' | 'tag' | 'digest'> | ReferenceFault {
  const at = text.indexOf('@')
  const digest = at < 0 ? undefined : text.slice(at + 1)
  const named = at < 0 ? text : text.slice(0, at)
  const colon = named.lastIndexOf(':')
  const tag = colon < 0 ? undefined : named.slice(colon + 1)
  const repository = colon < 0 ? named : named.slice(0, colon)
  if (!repositoryName.test(repository)) return nameFault(repository)
  if (tag !== undefined && !tagName.test(tag)) return { reason: `“${tag}” cannot be a tag` }
  if (digest !== undefined && !digestName.test(digest)) {
    return { reason: `“${digest}” is no digest, which is sha256: and 64 digits` }
  }
  return { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) }
}

function nameFault(repository: string): ReferenceFault {
  if (repository === '') return { reason: 'it names no repository' }
  return /[A-Z]/.test(repository)
    ? { reason: `the repository “${repository}” has capital letters, which ECR does not take` }
    : { reason: `“${repository}” cannot be a repository` }
}
