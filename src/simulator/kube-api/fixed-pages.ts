import { type Answer, json, jsonAnswer, textAnswer } from './answer.ts'
import type { ApiFaults, ApiRequest } from './contract.ts'
import type { KindSpec } from './kinds.ts'
import { openApiDocument, openApiIndex } from './openapi.ts'
import { noSuchResource } from './status.ts'
import type { KubeStore } from './store.ts'

/** The document of `/version`, in the shape of recording 1.33/008. */
export function versionDocument(gitVersion: string): Readonly<Record<string, string>> {
  const [major = '1', minor = '0'] = gitVersion.replace(/^v/, '').split('.')
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'go1.25.5',
    compiler: 'gc',
    platform: 'linux/amd64',
  }
}

const checks = [
  'ping',
  'log',
  'etcd',
  'informer-sync',
  'poststarthook/start-apiextensions-controllers',
  'shutdown',
]

/** `/readyz`, `/livez`, `/healthz`. */
export function healthAnswer(
  endpoint: string,
  request: ApiRequest,
  store: KubeStore,
  faults: ApiFaults,
): Answer {
  const failing = endpoint === 'livez' ? [] : (faults.notReady ?? [])
  const lines = [...new Set([...checks, ...failing])].map((check) =>
    failing.includes(check) ? `[-]${check} failed: reason withheld` : `[+]${check} ok`,
  )
  if (failing.length > 0) return textAnswer(500, `${lines.join('\n')}\n${endpoint} check failed\n`, store)
  // recorded 1.33/006 and 009
  return textAnswer(
    200,
    'verbose' in request.query ? `${lines.join('\n')}\n${endpoint} check passed\n` : 'ok',
    store,
  )
}

/** What lies under `/openapi`. */
export function openApiAnswer(
  parts: readonly string[],
  kinds: readonly KindSpec[],
  request: ApiRequest,
  store: KubeStore,
): Answer {
  // recorded 1.27/334: an empty protobuf body is enough for kubectl 1.27.
  if (parts[0] === 'v2') {
    return {
      status: 200,
      contentType: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
      body: '',
      store,
    }
  }
  if (parts[0] !== 'v3') return textAnswer(404, '404 page not found\n', store)
  if (parts.length === 1) return jsonAnswer(200, openApiIndex(kinds, store.kubernetesVersion), store)
  const path = parts.slice(1).join('/')
  const document = openApiDocument(path, kinds, store.kubernetesVersion)
  if (document === undefined) throw noSuchResource()
  const etag = `"${store.kubernetesVersion}-${path}"`
  // recorded 1.33/031
  if (request.headers['if-none-match'] === etag) {
    return { status: 304, contentType: json, body: '', headers: { etag }, store }
  }
  return { ...jsonAnswer(200, document, store), headers: { etag, vary: 'Accept' } }
}
