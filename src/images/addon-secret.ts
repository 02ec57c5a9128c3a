import type { KubeObject } from '../kube/object.ts'
import { managedLabel, upkeepLabel } from '../kube/objects.ts'
import type { AwsCredentials } from '../ports/aws.ts'
import { Secret } from '../ports/secret.ts'
import { expiresAnnotation, issuedAnnotation } from '../upkeep/lifetime.ts'

/** What registry-creds signs in to ECR with. */
export const addonSecretName = 'registry-creds-ecr'
export const addonNamespace = 'kube-system'

/** Whose keys they are and what they are for; no secret. */
export interface AddonRecord {
  /** Which of the person's identities they are of: `sourceKey`. */
  readonly source: string
  /** The AWS account of that identity. */
  readonly account: string
  readonly region: string
  /** Of the registries, as `aws-account` has them. */
  readonly registries: readonly string[]
  /** ms since 1970. */
  readonly issuedAtMs: number
  readonly expiresAtMs: number
}

const recordAnnotation = 'devk8s.dev/registry-session'

/** What is in the cluster of it. */
export interface LiveAddonSecret {
  readonly isOurs: boolean
  readonly record: AddonRecord | undefined
  /** Nothing is lost with it: it holds what minikube writes where a registry is declined. */
  readonly isPlaceholder: boolean
}

/** `changeme` in base64 (facts minikube, 7.2). */
const declined = btoa('changeme')

export function liveAddonSecret(objects: readonly KubeObject[]): LiveAddonSecret | undefined {
  const found = objects.find(({ metadata }) => metadata.name === addonSecretName)
  if (found === undefined) return undefined
  const data = (found['data'] ?? {}) as Readonly<Record<string, unknown>>
  return {
    isOurs: found.metadata.labels?.[upkeepLabel] === 'true',
    record: parseRecord(found.metadata.annotations?.[recordAnnotation]),
    isPlaceholder: data['AWS_ACCESS_KEY_ID'] === declined,
  }
}

/**
 * The Secret with exactly the keys that the add-on's pod names, for kubectl's standard input. `aws-assume-role` stays
 * empty: whatever stands there is assumed, `changeme` included (registry-creds: main.go, newEcrClient).
 */
export function renderAddonSecret(
  credentials: Pick<AwsCredentials, 'accessKeyId' | 'secretAccessKey'> & { readonly sessionToken: Secret },
  record: AddonRecord,
): Secret {
  return credentials.secretAccessKey.with(credentials.sessionToken, (secretKey, sessionToken) => {
    const data = {
      AWS_ACCESS_KEY_ID: btoa(credentials.accessKeyId),
      AWS_SECRET_ACCESS_KEY: btoa(secretKey),
      AWS_SESSION_TOKEN: btoa(sessionToken),
      'aws-account': btoa(record.registries.join(',')),
      'aws-region': btoa(record.region),
      'aws-assume-role': '',
    }
    const { issuedAtMs, expiresAtMs } = record
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: addonSecretName,
        namespace: addonNamespace,
        labels: {
          app: 'registry-creds',
          cloud: 'ecr',
          'kubernetes.io/minikube-addons': 'registry-creds',
          [managedLabel]: 'true',
          [upkeepLabel]: 'true',
        },
        annotations: {
          [recordAnnotation]: JSON.stringify(record),
          [issuedAnnotation]: new Date(issuedAtMs).toISOString(),
          [expiresAnnotation]: new Date(expiresAtMs).toISOString(),
        },
      },
      type: 'Opaque',
      data,
    })
  })
}

function parseRecord(text: string | undefined): AddonRecord | undefined {
  try {
    const { source, account, region, registries, issuedAtMs, expiresAtMs } = JSON.parse(text ?? '') as {
      readonly [K in keyof AddonRecord]: unknown
    }
    const isWhole =
      typeof source === 'string' &&
      typeof account === 'string' &&
      typeof region === 'string' &&
      Array.isArray(registries) &&
      typeof issuedAtMs === 'number' &&
      typeof expiresAtMs === 'number'
    if (!isWhole) return undefined
    return { source, account, region, registries: registries.map(String), issuedAtMs, expiresAtMs }
  } catch {
    return undefined
  }
}
