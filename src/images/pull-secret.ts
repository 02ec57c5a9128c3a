import type { KubeObject } from '../kube/object.ts'
import { managedLabel, upkeepLabel } from '../kube/objects.ts'
import type { Secret } from '../ports/secret.ts'
import { pullSecret } from '../pods/names.ts'
import { type DockerConfig, parseDockerConfig } from './docker-config.ts'
import { parseRecord, recordAnnotations, type TokenRecord } from './token-record.ts'

const pullSecretType = 'kubernetes.io/dockerconfigjson'
const configKey = '.dockerconfigjson'

/** A pull secret that is in the cluster. */
export interface LivePullSecret {
  readonly namespace: string
  /** It carries our label; registry-creds drops labels when it writes over a Secret (registry-creds: main.go). */
  readonly isOurs: boolean
  readonly isDockerConfig: boolean
  readonly config: DockerConfig
  readonly record: TokenRecord | undefined
}

/** The pull secrets among objects of the cluster, by namespace. */
export function livePullSecrets(objects: readonly KubeObject[]): ReadonlyMap<string, LivePullSecret> {
  const found = objects
    .filter(({ kind, metadata }) => kind === 'Secret' && metadata.name === pullSecret)
    .map((object) => livePullSecret(object))
  return new Map(found.map((each) => [each.namespace, each]))
}

function livePullSecret({ metadata, type, data }: KubeObject): LivePullSecret {
  const contents = (data ?? {}) as Readonly<Record<string, unknown>>
  return {
    namespace: metadata.namespace ?? 'default',
    isOurs: metadata.labels?.[upkeepLabel] === 'true',
    isDockerConfig: type === pullSecretType,
    config: parseDockerConfig(contents[configKey]),
    record: parseRecord(metadata.annotations),
  }
}

/** The List of pull secrets for these namespaces, for kubectl's standard input. */
export function renderPullSecrets(
  namespaces: readonly string[],
  { config, record }: { readonly config: Secret; readonly record: TokenRecord },
): Secret {
  const annotations = recordAnnotations(record)
  return config.map((text) => {
    const data = { [configKey]: btoa(text) }
    const items = namespaces.map((namespace) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: pullSecret,
        namespace,
        labels: { [managedLabel]: 'true', [upkeepLabel]: 'true' },
        annotations,
      },
      type: pullSecretType,
      data,
    }))
    return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  })
}
