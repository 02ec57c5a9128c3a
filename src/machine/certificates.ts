import type { Finding } from '../plan/step.ts'
import { caCertificateUnusable } from '../problems/network.ts'
import { fits, unfit } from './verdict.ts'

/** A file as it was found; `text` is undefined when there is none or it cannot be read. */
export interface CertificateFile {
  readonly path: string
  readonly text: string | undefined
}

/** Variables that name CA files, and who reads them. */
export const caVariables = { NODE_EXTRA_CA_CERTS: 'devk8s', SSL_CERT_FILE: 'minikube and kubectl' } as const

/**
 * The profile's CA files, all faults at once; and the
 * variables that name CA files, whose absence Node and Go take note of in silence.
 */
export function checkCertificates(
  certificates: readonly CertificateFile[],
  variables: readonly (CertificateFile & { readonly name: keyof typeof caVariables })[],
): Finding {
  const detail = { certificates: certificates.map(({ path }) => path) }
  const faults = certificates.flatMap(({ path, text }) => {
    const fault = certificateFault(text)
    return fault === undefined ? [] : [`${path} ${fault}`]
  })
  const [first, ...others] = faults
  if (first !== undefined) {
    const path = certificates.find((each) => first.startsWith(each.path))?.path ?? ''
    const next = [`openssl x509 -in "${path}" -noout -subject -dates`]
    const occurrence = { detail: `${first}.`, next, ...(others.length > 0 && { evidence: others }) }
    return unfit(caCertificateUnusable, occurrence, detail)
  }
  const warnings = variables
    .filter(({ text }) => text === undefined || countCertificates(text) === 0)
    .map(
      ({ name, path }) =>
        `${name} names ${path}, which holds no certificate that ${caVariables[name]} could trust.`,
    )
  return fits(detail, warnings)
}

/**
 * Why a CA file cannot be used, as the rest of a sentence. Its name, and how many certificates it holds, do not
 * matter: devk8s gives minikube each certificate as a file of its own (minikube/certificates.ts).
 */
export function certificateFault(text: string | undefined): string | undefined {
  if (text === undefined) return 'is not there or cannot be read'
  const blocks = text.split(/^-----BEGIN CERTIFICATE-----/m).slice(1)
  if (blocks.length === 0) return 'holds no PEM certificate'
  const broken = blocks.findIndex((block) => !isWhole(block))
  if (broken < 0) return undefined
  return blocks.length === 1
    ? 'holds a certificate that is damaged'
    : `holds ${blocks.length} certificates, of which number ${broken + 1} is damaged`
}

/** What follows BEGIN: base64 up to its END. A certificate is never shorter than minikube's least, 32 bytes. */
function isWhole(block: string): boolean {
  const body = /^\s+([A-Za-z0-9+/=\s]+)^-----END CERTIFICATE-----/m.exec(block)?.[1]?.replace(/\s/g, '') ?? ''
  return body.length >= 32 && body.length % 4 === 0
}

function countCertificates(text: string): number {
  return [...text.matchAll(/^-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+^-----END CERTIFICATE-----/gm)]
    .length
}
