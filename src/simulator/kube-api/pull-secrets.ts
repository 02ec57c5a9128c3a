import { kindNamed } from './kinds.ts'
import { at, type Fields, fieldsOf, isFields, type KubeObject, listOf, textOf } from './object.ts'
import { getObject, keyOf, type KubeStore, type ObjectRef } from './store.ts'

/** An image that cannot be pulled, and why, in containerd's words. */
export interface PullFault {
  readonly image: string
  readonly cause: string
}

/** Registries of accounts at ECR, with their FIPS and dual-stack names, in every partition (facts aws, 8). */
const privateRegistry = /^\d{12}\.dkr[.-]ecr(-fips)?\./

const hostOf = (image: string): string => image.split('/')[0] ?? ''

/** Whether an image is in a registry that asks who one is: of those that are simulated, ECR's alone. */
export function isPrivateImage(image: string): boolean {
  return image.includes('/') && privateRegistry.test(hostOf(image))
}

/** The first image of a pod that its pull secrets open no registry for at `now`. */
export function pullFault(pod: KubeObject, store: KubeStore, now: number): PullFault | undefined {
  const images = imagesOf(pod).filter(isPrivateImage)
  if (images.length === 0) return undefined
  const auths = pullSecretsOf(pod, store).flatMap(authsIn)
  for (const image of images) {
    const passwords = auths.filter(({ server }) => covers(server, repositoryOf(image)))
    const cause = causeOf(image, passwords, now)
    if (cause !== undefined) return { image, cause }
  }
  return undefined
}

/** When the last of the pull secrets of a pod with a private image came into being, in ms; 0 without such an image. */
export function pullableSinceMs(pod: KubeObject, store: KubeStore): number {
  if (!imagesOf(pod).some(isPrivateImage)) return 0
  return Math.max(0, ...secretRefs(pod).map((ref) => store.objects[keyOf(ref)]?.createdAtMs ?? 0))
}

const containersOf = (pod: KubeObject) => [
  ...listOf(at(pod, 'spec', 'initContainers')),
  ...listOf(at(pod, 'spec', 'containers')),
]

const imagesOf = (pod: KubeObject): readonly string[] =>
  containersOf(pod).map((container) => textOf(at(container, 'image')) ?? '')

function secretRefs(pod: KubeObject): readonly ObjectRef[] {
  return listOf(at(pod, 'spec', 'imagePullSecrets')).map((entry) => ({
    kind: kindNamed('Secret'),
    namespace: pod.metadata.namespace,
    name: textOf(at(entry, 'name')) ?? '',
  }))
}

/** Those that are there: the kubelet goes on without the others (kubernetes: pkg/kubelet/kubelet_pods.go). */
function pullSecretsOf(pod: KubeObject, store: KubeStore): readonly KubeObject[] {
  return secretRefs(pod).flatMap((ref) => getObject(store, ref) ?? [])
}

interface Auth {
  readonly server: string
  readonly password: string
}

function authsIn(secret: KubeObject): readonly Auth[] {
  if (secret['type'] !== 'kubernetes.io/dockerconfigjson') return []
  const config = jsonIn(decoded(textOf(at(secret, 'data', '.dockerconfigjson')) ?? ''))
  return Object.entries(fieldsOf(at(config, 'auths'))).flatMap(([server, entry]) => {
    const password = passwordIn(fieldsOf(entry))
    return password === undefined ? [] : [{ server, password }]
  })
}

function passwordIn(entry: Fields): string | undefined {
  const pair = decoded(textOf(entry['auth']) ?? '')
  const password = pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : textOf(entry['password'])
  return password === '' ? undefined : password
}

const repositoryOf = (image: string): string => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')

/**
 * Whether an entry of a docker configuration is for an image: each part of the host's name matches, the port is the same,
 * and the entry's path begins the image's (kubernetes: pkg/credentialprovider/keyring.go, URLsMatch).
 */
export function covers(server: string, repository: string): boolean {
  const bare = server.replace(/^https?:\/\//, '').replace(/\/v[12]\/?$/, '')
  const [glob, globPath] = split(bare)
  const [host, path] = split(repository)
  const [globName = '', globPort = ''] = glob.split(':')
  const [hostName = '', hostPort = ''] = host.split(':')
  const parts = hostName.split('.')
  const globs = globName.split('.')
  return (
    globPort === hostPort &&
    path.startsWith(globPath) &&
    globs.length === parts.length &&
    globs.every((each, index) => globMatches(each, parts[index] ?? ''))
  )
}

function split(address: string): readonly [string, string] {
  const slash = address.indexOf('/')
  return slash === -1 ? [address, ''] : [address.slice(0, slash), address.slice(slash)]
}

/** Go's filepath.Match without classes and escapes, which no registry's name has. */
function globMatches(glob: string, text: string): boolean {
  const escaped = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${escaped}$`).test(text)
}

function causeOf(image: string, auths: readonly Auth[], now: number): string | undefined {
  if (auths.some(({ password }) => !hasEnded(password, now))) return undefined
  const failed = `failed to pull and unpack image "${image}": failed to resolve reference "${image}"`
  // kubernetes/kops issue 16762 shows the first, containerd and Amazon ECR's own answer make the second.
  if (auths.length === 0)
    return `${failed}: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`
  const [host, path] = split(repositoryOf(image))
  const tag = /[@:]([^/@]+)$/.exec(image.slice(host.length))?.[1] ?? 'latest'
  return `${failed}: unexpected status from HEAD request to https://${host}/v2${path}/manifests/${tag}: 403 Forbidden`
}

/** ECR's passwords are JSON in base64 that says when they end, in seconds; of any other nothing is known. */
function hasEnded(password: string, now: number): boolean {
  const expiration = at(jsonIn(decoded(password)), 'expiration')
  return typeof expiration === 'number' && expiration * 1_000 <= now
}

function decoded(base64: string): string {
  try {
    return atob(base64)
  } catch {
    // Not base64: what is no password opens nothing.
    return ''
  }
}

function jsonIn(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : {}
  } catch {
    // A docker configuration that cannot be read has no entries.
    return {}
  }
}
