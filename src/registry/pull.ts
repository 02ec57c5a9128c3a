import type { Note } from '../ports/event.ts'
import type { Ports } from '../ports/ports.ts'
import type { Secret } from '../ports/secret.ts'
import type { RegistryToken, SessionWants } from '../ports/aws.ts'
import { awsAccessDenied } from '../problems/aws.ts'
import { isDevK8sError, type Problem } from '../problems/problem.ts'
import { tokenAction } from './actions.ts'
import {
  answerUnusable,
  type Asked,
  layersRefused,
  type Missing,
  notReached,
  refused,
  tokenNotAllowed,
  type Told,
} from './advice.ts'
import { type Fetched, fetchFromRegistry } from './fetch.ts'
import { type Manifest, manifestTypes, parseManifest, platformIn, type PlatformImage } from './manifest.ts'
import { askedFor, type EcrImage } from './reference.ts'

/** One thing that was proved, with what it rests on. */
export interface Proved {
  readonly what: 'token' | 'manifest' | 'layers'
  /** The permissions that it took. */
  readonly action: string
  readonly detail: string
}

/** How far a pull from this machine came. */
export interface PullOutcome {
  readonly proved: readonly Proved[]
  readonly notes: readonly Note[]
  /** Of what a node of this architecture pulls; undefined where the registry did not give it. */
  readonly digest?: string
  /** Why it went no further. */
  readonly problem?: Problem
  /** Statements of policies that would let it go on. */
  readonly missing: readonly Missing[]
}

export interface PullContext {
  readonly ports: Pick<Ports, 'aws' | 'net' | 'clock' | 'hashing'>
  readonly signal: AbortSignal
  /** Whose identity is tried: the one that the pull secrets of the cluster are made with. */
  readonly wants: SessionWants
  readonly nodeArch: 'amd64' | 'arm64'
}

/**
 * Everything a pull asks AWS and the registry for, up to the first layer: a token, the manifest of the node's
 * architecture, and its config, which is given out as layers are (ecr:GetDownloadUrlForLayer).
 * @throws DevK8sError when AWS gives no token for a reason that is no missing permission: not signed in, no network.
 */
export async function checkPull(image: EcrImage, context: PullContext): Promise<PullOutcome> {
  const token = await tokenFor(image, context)
  if ('problem' in token) return stopped([], [], token)
  const proved: Proved[] = [tokenProved(image)]
  const found = await findManifest(image, token.auth, context)
  if ('problem' in found) return stopped(proved, [], found)
  proved.push(manifestProved(found))
  const notes = platformNotes(image, found, context.nodeArch)
  if (found.manifest.kind !== 'image') return { proved, notes, digest: found.digest, missing: [] }
  const config = await blobOf(image, found.manifest.config, token.auth, context)
  if ('problem' in config) return { ...stopped(proved, notes, config), digest: found.digest }
  proved.push({ what: 'layers', action: 'ecr:GetDownloadUrlForLayer', detail: `given out by ${config.host}` })
  const platform = found.images.length === 0 ? platformIn(config.text) : undefined
  const own = platform === undefined ? [] : mismatch([platform], context.nodeArch)
  return { proved, notes: [...notes, ...own], digest: found.digest, missing: [] }
}

const asked = (image: EcrImage, { wants: { profile } }: PullContext): Asked => ({
  image,
  ...(profile !== undefined && { profile }),
})

const stopped = (proved: readonly Proved[], notes: readonly Note[], told: Told): PullOutcome => ({
  proved,
  notes,
  ...told,
})

async function tokenFor(
  { region }: EcrImage,
  { ports, wants, signal }: PullContext,
): Promise<RegistryToken | Told> {
  try {
    return await ports.aws.registryToken({ ...wants, region }, signal)
  } catch (error) {
    if (!isDevK8sError(error) || error.problems[0].code !== awsAccessDenied.code) throw error
    return tokenNotAllowed(region, await callerOf({ ports, wants, signal }), error.problems[0])
  }
}

/** The ARN of the caller, for words alone. */
async function callerOf({
  ports,
  wants,
  signal,
}: Pick<PullContext, 'ports' | 'wants' | 'signal'>): Promise<string | undefined> {
  try {
    return (await ports.aws.callerIdentity(wants, signal)).arn
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    return undefined
  }
}

const tokenProved = ({ region }: EcrImage): Proved => ({
  what: 'token',
  action: tokenAction,
  detail: `for ${region}`,
})

interface Found {
  readonly manifest: Manifest
  readonly digest: string
  /** The platform of the image that was chosen, where it was one of several. */
  readonly platform?: PlatformImage
  /** All of an index; none for a single image. */
  readonly images: readonly PlatformImage[]
}

/** The manifest behind the image; of an index that of the node's architecture, else the first that there is. */
async function findManifest(image: EcrImage, token: Secret, context: PullContext): Promise<Found | Told> {
  const first = await manifestOf(image, askedFor(image), token, context)
  if ('problem' in first || first.manifest.kind !== 'index') return first
  const { images } = first.manifest
  const platform = images.find((each) => fits(each, context.nodeArch)) ?? images[0]
  if (platform === undefined) return { ...first, images }
  const chosen = await manifestOf(image, platform.digest, token, context)
  return 'problem' in chosen ? chosen : { ...chosen, platform, images }
}

async function manifestOf(
  image: EcrImage,
  wanted: string,
  token: Secret,
  context: PullContext,
): Promise<Found | Told> {
  const url = `https://${image.host}/v2/${image.repository}/manifests/${wanted}`
  const end = await fetchFromRegistry(url, manifestTypes, token, { ...context.ports, signal: context.signal })
  if ('fault' in end) return notReached(asked(image, context), end.fault)
  if ('refusal' in end)
    return refused(asked(image, context), 'ecr:BatchGetImage', end, await callerOf(context))
  const digest = digestOf(end.fetched, context)
  const manifest = parseManifest(end.fetched.text)
  if (manifest === undefined) return answerUnusable(asked(image, context), end.fetched)
  if (wanted.startsWith('sha256:') && wanted !== digest)
    return answerUnusable(asked(image, context), end.fetched, wanted)
  return { manifest, digest, images: [] }
}

function digestOf({ text }: Fetched, { ports }: PullContext): string {
  const hasher = ports.hashing.sha256()
  hasher.update(text)
  return `sha256:${hasher.hex()}`
}

async function blobOf(
  image: EcrImage,
  digest: string,
  token: Secret,
  context: PullContext,
): Promise<Fetched | Told> {
  const url = `https://${image.host}/v2/${image.repository}/blobs/${digest}`
  const end = await fetchFromRegistry(url, ['*/*'], token, { ...context.ports, signal: context.signal })
  if ('fault' in end) return layersRefused(asked(image, context), end.fault)
  if ('fetched' in end) return end.fetched
  // What S3 refuses is no matter of the registry's permissions.
  if (end.host !== image.host) return layersRefused(asked(image, context), end)
  return refused(asked(image, context), 'ecr:GetDownloadUrlForLayer', end, await callerOf(context))
}

function manifestProved({ manifest, digest, platform }: Found): Proved {
  const size =
    manifest.kind === 'image'
      ? [`${manifest.layers} ${manifest.layers === 1 ? 'layer' : 'layers'}`, sizeText(manifest.sizeBytes)]
      : []
  const parts = [shortDigest(digest), ...(platform === undefined ? [] : [platformText(platform)]), ...size]
  return { what: 'manifest', action: 'ecr:BatchGetImage', detail: parts.join(', ') }
}

/** As `docker images` shortens it. */
const shortDigest = (digest: string) => digest.slice(0, 'sha256:'.length + 12)

function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'] as const
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1)
  const value = bytes / 1024 ** power
  return `${value >= 10 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power] ?? 'B'}`
}

const platformText = ({ os, architecture }: Pick<PlatformImage, 'os' | 'architecture'>) =>
  `${os}/${architecture}`

const fits = ({ os, architecture }: Pick<PlatformImage, 'os' | 'architecture'>, nodeArch: string) =>
  os === 'linux' && architecture === nodeArch

function platformNotes(
  { text }: EcrImage,
  { manifest, images }: Found,
  nodeArch: PullContext['nodeArch'],
): readonly Note[] {
  if (manifest.kind === 'old') {
    return [
      { level: 'warning', text: `${text} is of docker’s first schema, which containerd 2 does not pull.` },
    ]
  }
  return images.length === 0 ? [] : mismatch(images, nodeArch)
}

/** A node pulls what it cannot run, or finds nothing to pull; either way the pod says no word about why. */
function mismatch(
  images: readonly Pick<PlatformImage, 'os' | 'architecture'>[],
  nodeArch: PullContext['nodeArch'],
): readonly Note[] {
  if (images.some((each) => fits(each, nodeArch))) return []
  const built = [...new Set(images.map(platformText))].join(', ')
  const text = `The image is built for ${built}, and the node of this machine is linux/${nodeArch}: ${
    images.length === 1 ? 'its containers end with “exec format error”' : 'it finds nothing to pull'
  } unless the node emulates ${images[0]?.architecture ?? 'it'}.`
  return [{ level: 'warning', text }]
}
