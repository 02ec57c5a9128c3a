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
 * The profile's CA files by minikube's rules (bootstrapper/certs.go:450-518, 537-581), all faults at once; and the
 * variables that name CA files, whose absence Node and Go take note of in silence.
 */
export function checkCertificates(
  certificates: readonly CertificateFile[],
  variables: readonly (CertificateFile & { readonly name: keyof typeof caVariables })[],
): Finding {
  const detail = { certificates: certificates.map(({ path }) => path) }
  const faults = certificates.flatMap(({ path, text }) => {
    const fault = certificateFault(path, text)
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

/** Why minikube would not install a file, as the rest of a sentence; undefined when it would. */
export function certificateFault(path: string, text: string | undefined): string | undefined {
  if (text === undefined) return 'is not there or cannot be read'
  const name = path.split(/[/\\]/).at(-1) ?? ''
  if (name === 'ca.pem' || name === 'cert.pem') return 'has a name that minikube keeps for itself'
  if (!/\.(pem|crt)$/.test(name)) return 'does not end in .pem or .crt, so minikube passes it over'
  if (text.length < 32) return 'is shorter than 32 bytes'
  const count = countCertificates(text)
  if (count === 0) return 'holds no PEM certificate'
  return count === 1
    ? undefined
    : `holds ${count} certificates; only the first would be trusted, so use one file for each`
}

function countCertificates(text: string): number {
  return [...text.matchAll(/^-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+^-----END CERTIFICATE-----/gm)]
    .length
}
