import type { Secret } from '../ports/secret.ts'

const group = 'client.authentication.k8s.io'

export type ApiVersion = 'client.authentication.k8s.io/v1' | 'client.authentication.k8s.io/v1beta1'

/** What the program that asks has said of itself in KUBERNETES_EXEC_INFO. */
export interface ExecInfo {
  readonly apiVersion: ApiVersion
  /** Why it could not be understood; v1beta1 is answered then. */
  readonly warning?: string
}

/**
 * Which apiVersion the answer must have: the one of the question (facts kubeconfig, 8 step 7). Nothing said means
 * v1beta1, silently: that is a person who looks at a token.
 */
export function parseExecInfo(text: string | undefined): ExecInfo {
  const apiVersion = `${group}/v1beta1` as const
  if (text === undefined || text === '') return { apiVersion }
  const found = apiVersionIn(text)
  if (found === `${group}/v1` || found === apiVersion) return { apiVersion: found }
  const what = found === undefined ? 'cannot be read' : `asks for ${found.slice(0, 80)}`
  return { apiVersion, warning: `KUBERNETES_EXEC_INFO ${what}; the answer is ${apiVersion}.` }
}

function apiVersionIn(text: string): string | undefined {
  try {
    const found: unknown = JSON.parse(text)
    const version =
      typeof found === 'object' && found !== null ? (found as { apiVersion?: unknown }).apiVersion : undefined
    return typeof version === 'string' ? version : undefined
  } catch {
    return undefined
  }
}

/**
 * What another plugin is told: the same, but that nobody can be asked, since its stdin is not the terminal's.
 * Undefined when there is nothing to pass on.
 */
export function forwardedExecInfo(text: string | undefined): string | undefined {
  if (text === undefined || apiVersionIn(text) === undefined) return text
  const info = JSON.parse(text) as { spec?: unknown }
  const spec = typeof info.spec === 'object' ? info.spec : {}
  return JSON.stringify({ ...info, spec: { ...spec, interactive: false } })
}

/** Credentials as client-go takes them. */
export type Credential =
  | { readonly token: Secret; readonly certificatePem?: undefined }
  | { readonly certificatePem: string; readonly keyPem: Secret; readonly token?: Secret }

/**
 * One ExecCredential, and nothing else: any other byte on stdout is an error to client-go (facts kubeconfig, 9).
 * @param expiresAtMs when the program has to ask again; it never does by itself when undefined.
 */
export function renderExecCredential(
  apiVersion: ApiVersion,
  credential: Credential,
  expiresAtMs: number | undefined,
): Secret {
  const render = (secrets: Readonly<Record<string, string>>) => {
    const status = {
      ...(expiresAtMs === undefined ? {} : { expirationTimestamp: timestamp(expiresAtMs) }),
      ...secrets,
    }
    return `${JSON.stringify({ kind: 'ExecCredential', apiVersion, spec: {}, status })}\n`
  }
  if (credential.certificatePem === undefined) return credential.token.map((token) => render({ token }))
  const { certificatePem: clientCertificateData, keyPem, token: beside } = credential
  if (beside === undefined)
    return keyPem.map((clientKeyData) => render({ clientCertificateData, clientKeyData }))
  return keyPem.with(beside, (clientKeyData, token) =>
    render({ token, clientCertificateData, clientKeyData }),
  )
}

/** `YYYY-MM-DDTHH:MM:SSZ`, rounded down: client-go's decoder takes few forms, and never later than it is. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
