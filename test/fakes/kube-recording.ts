import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** One run of the real kubectl, with the requests it made. */
export interface KubeRecording {
  readonly id: string
  /** Without the program. */
  readonly argv: readonly string[]
  readonly stdin: string
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  readonly proxyMode: string | undefined
  /** `empty home`, or warm: continues the run before. */
  readonly cache: string
  readonly requests: readonly RecordedRequest[]
}

export interface RecordedRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly response: { readonly status: number; readonly contentType?: string; readonly body: string }
}

const folder = fileURLToPath(new URL('../fixtures/transcripts/kubectl/', import.meta.url))

/** The recordings kept as fixtures: `1.33/030`, … */
export function recordingIds(): readonly string[] {
  return ['1.27', '1.33'].flatMap((version) =>
    readdirSync(`${folder}${version}`).map((name) => `${version}/${name.slice(0, 3)}`),
  )
}

/** A recording by its id, e.g. `1.33/030`. */
export function kubeRecording(id: string): KubeRecording {
  const [version = '', number = ''] = id.split('/')
  const name = readdirSync(`${folder}${version}`).find((each) => each.startsWith(`${number}-`))
  if (name === undefined) throw new Error(`no recording ${id} among the fixtures`)
  const raw = JSON.parse(readFileSync(`${folder}${version}/${name}`, 'utf8')) as KubeRecording
  return { ...raw, id, argv: raw.argv.slice(1), stdin: raw.stdin ?? '', proxyMode: raw.proxyMode }
}

/**
 * Output without what differs from run to run, and without what kcp adds to Kubernetes: times, ids, versions,
 * ports, log heads, `kcp.io` annotations and `: access denied`.
 */
export function scrub(text: string): string {
  const withoutKcp = text
    .replace(/^ +"(bootstrap\.)?kcp\.io\/[^\n]*\n/gm, '')
    .replace(/^ +"annotations": \{\n +\},\n/gm, '')
    .replaceAll(': access denied', '')
  return withoutKcp
    .replace(/^E\d{4} [\d:.]+ +\d+ /gm, 'E1123 00:00:00.000000 1 ')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '2026-01-01T00:00:00Z')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID')
    .replace(/"resourceVersion": "\d+"/g, '"resourceVersion": "1"')
    .replace(/(https?):\/\/127\.0\.0\.1:\d+/g, 'https://127.0.0.1:1')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:1')
    .replace(/ +\d+(s|m|m\d+s)$/gm, ' AGE')
}
