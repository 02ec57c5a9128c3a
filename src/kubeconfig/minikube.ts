import type { Fields } from './changes.ts'
import { Secret } from '../ports/secret.ts'
import type { Problem } from '../problems/problem.ts'
import { problem } from '../problems/problem.ts'
import { credentialsIncomplete } from '../problems/kubernetes.ts'
import { parseKubeconfig } from './config.ts'

/** A certificate or key as a kubeconfig names it: in a file, or in the kubeconfig itself as base64. */
type Material<Text> = { readonly path: string } | { readonly data: Text }

/** minikube's entry for one of its profiles, certificates not yet read. */
export interface MinikubeStanzas {
  readonly server: string
  /** Further fields of the cluster, e.g. `tls-server-name`; without minikube's own extensions. */
  readonly cluster: Fields
  readonly ca: Material<string>
  readonly clientCertificate: Material<string>
  readonly clientKey: Material<Secret>
}

export type Extracted =
  | { readonly stanzas: MinikubeStanzas }
  /** There is no such context yet: minikube has not started the cluster, or stopped it and took it out. */
  | { readonly absent: true }
  | { readonly problem: Problem }

const certificateFields = ['certificate-authority', 'certificate-authority-data']

/**
 * What minikube wrote for a profile: cluster, user and context all carry the profile's name
 * (facts sheet, 9; recorded running-k8s-001).
 * @param file the private kubeconfig's path, which relative certificate paths are relative to.
 */
export function extractMinikubeStanzas(text: string, profile: string, file: string): Extracted {
  const parsed = parseKubeconfig(text, file)
  if ('problem' in parsed) return parsed
  const { contexts, clusters, users } = parsed.config
  const context = contexts.find(({ name }) => name === profile)
  if (context === undefined) return { absent: true }
  const cluster = clusters.find(({ name }) => name === context.fields['cluster'])
  const user = users.find(({ name }) => name === context.fields['user'])
  const server = cluster?.fields['server']
  if (cluster === undefined || user === undefined || typeof server !== 'string' || server === '') {
    return incomplete(file, `context "${profile}" names a cluster or user without an address or credentials`)
  }
  const ca = materialOf(cluster.fields, 'certificate-authority', file)
  const clientCertificate = materialOf(user.fields, 'client-certificate', file)
  const clientKey = materialOf(user.fields, 'client-key', file)
  if (!ca || !clientCertificate || !clientKey) {
    return incomplete(file, `context "${profile}" lacks a certificate or key`)
  }
  const others = Object.entries(cluster.fields).filter(
    ([key]) => !certificateFields.includes(key) && key !== 'extensions',
  )
  return {
    stanzas: {
      server,
      cluster: Object.fromEntries(others) as Fields,
      ca,
      clientCertificate,
      clientKey: 'data' in clientKey ? { data: Secret.of(clientKey.data) } : clientKey,
    },
  }
}

function incomplete(file: string, why: string): Extracted {
  return {
    problem: problem(credentialsIncomplete, {
      detail: `${file}: ${why}.`,
      next: ['devk8s up'],
      place: { file },
    }),
  }
}

function materialOf(
  fields: Readonly<Record<string, unknown>>,
  key: string,
  file: string,
): Material<string> | undefined {
  // client-go: data wins over a path.
  const data = fields[`${key}-data`]
  if (typeof data === 'string' && data !== '') return { data }
  const path = fields[key]
  return typeof path === 'string' && path !== '' ? { path: besideFile(path, file) } : undefined
}

function besideFile(path: string, file: string): string {
  if (/^([/\\]|[A-Za-z]:[/\\])/.test(path)) return path
  return file.replace(/[^/\\]*$/, '') + path
}

/** PEM text as the base64 of a `*-data` field. */
export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
