import { parseDockerConfig } from '../images/docker-config.ts'
import type { KubeObject } from '../kube/object.ts'
import { titleOf } from '../kube/object.ts'
import { upkeepLabel } from '../kube/objects.ts'
import { pullSecret } from '../pods/names.ts'
import { decoded } from './encoded.ts'
import type { SecretKind } from './finding.ts'

/** The kinds that `guard scan --cluster` asks for. Pods are seen through what owns them. */
export const liveKinds: readonly string[] = [
  'pods',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'cronjobs.batch',
  'configmaps',
  'secrets',
]

/** A text of the cluster, by the name of what holds it. */
export interface LiveText {
  /** `Deployment shop/api, container app`. */
  readonly holder: string
  readonly text: string
  /** Whether its lines mean anything to a person: those of a ConfigMap do. */
  readonly hasLines: boolean
  /** Only these count; undefined for all. */
  readonly only?: ReadonlySet<SecretKind>
}

/** A container that has AWS keys of its own, so that devk8s gives it none. */
export interface OwnKeys {
  readonly holder: string
  readonly variables: readonly string[]
}

/** A Secret is where private keys and passwords belong; AWS keys of a person are not meant to be in this one. */
const ofAws: ReadonlySet<SecretKind> = new Set([
  'aws-access-key-id',
  'aws-secret-access-key',
  'aws-session-token',
  'ecr-login',
  'eks-token',
])

/** Written by Kubernetes and Helm; what Helm keeps is compressed, and stands in the cluster as well. */
const machineMade =
  /^(?:kubernetes\.io\/service-account-token|bootstrap\.kubernetes\.io\/token|helm\.sh\/release\.v1)$/

/** What of the objects is to be scanned; those of kube-* namespaces are not the person's. */
export function liveTexts(objects: readonly KubeObject[]): readonly LiveText[] {
  return objects.filter(isTheirs).flatMap((object): readonly LiveText[] => {
    switch (object.kind) {
      case 'ConfigMap':
        return Object.entries(texts(object['data'])).map(([key, text]) => ({
          holder: `${titleOf(object)}, ${key}`,
          text,
          hasLines: true,
        }))
      case 'Secret':
        return secretTexts(object)
      default:
        return containersOf(object).map(({ holder, container }) => ({
          holder,
          text: [
            ...literals(container).map(({ name, value }) => `${name}=${value}`),
            ...words(container['command']),
            ...words(container['args']),
          ].join('\n'),
          hasLines: false,
        }))
    }
  })
}

/** Containers whose manifest sets an AWS key as a literal, whatever its value. */
export function ownKeysOf(objects: readonly KubeObject[]): readonly OwnKeys[] {
  return objects.filter(isTheirs).flatMap((object) =>
    containersOf(object).flatMap(({ holder, container }) => {
      const variables = literals(container)
        .map(({ name }) => name)
        .filter((name) => /^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/.test(name))
      return variables.length === 0 ? [] : [{ holder, variables }]
    }),
  )
}

const isTheirs = ({ metadata }: KubeObject): boolean => metadata.namespace?.startsWith('kube-') !== true

/**
 * What devk8s made and renews, by the label that it alone sets: manifests of the team are labelled as managed as well, and
 * a name is anybody's. And the pull secrets of registry-creds, by what is in them: it sets no label.
 */
function isKeptFresh({ metadata: { name, labels }, data }: KubeObject): boolean {
  if (labels?.[upkeepLabel] === 'true') return true
  return (
    name === pullSecret && parseDockerConfig(texts(data)['.dockerconfigjson']).addonRegistries !== undefined
  )
}

function secretTexts(object: KubeObject): readonly LiveText[] {
  if (isKeptFresh(object) || machineMade.test(textOf(object['type']))) return []
  return Object.entries(texts(object['data'])).map(([key, value]) => ({
    holder: `${titleOf(object)}, ${key}`,
    // A secret access key is told by its name alone.
    text: `${key}=${decoded(value) ?? ''}`,
    hasLines: false,
    only: ofAws,
  }))
}

type Fields = Readonly<Record<string, unknown>>

function containersOf(
  object: KubeObject,
): readonly { readonly holder: string; readonly container: Fields }[] {
  if (isOwned(object)) return []
  const spec = podSpecOf(object)
  return [...list(spec['initContainers']), ...list(spec['containers'])].map((container) => ({
    holder: `${titleOf(object)}, container ${textOf(container['name'])}`,
    container,
  }))
}

function podSpecOf(object: KubeObject): Fields {
  const spec = fields(object['spec'])
  switch (object.kind) {
    case 'Pod':
      return spec
    case 'CronJob':
      return fields(fields(fields(fields(spec['jobTemplate'])['spec'])['template'])['spec'])
    default:
      return fields(fields(spec['template'])['spec'])
  }
}

const isOwned = ({ metadata }: KubeObject): boolean => list(fields(metadata)['ownerReferences']).length > 0

const literals = (container: Fields): readonly { readonly name: string; readonly value: string }[] =>
  list(container['env']).flatMap(({ name, value }) =>
    typeof name === 'string' && typeof value === 'string' && value !== '' ? [{ name, value }] : [],
  )

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fields) : [])

const words = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((word): word is string => typeof word === 'string') : []

const texts = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(fields(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
