import type { Files } from '../ports/files.ts'
import { joinPath } from './paths.ts'

/** One certificate as minikube wants it: a file of its own in home `certs/`. */
export interface CertificateFile {
  readonly path: string
  readonly content: string
}

/**
 * Every certificate of a PEM text by itself: minikube hashes only the first in a file
 * (bootstrapper/certs.go:450-581). Text around the blocks and keys are left out.
 */
export function splitCertificates(pem: string): readonly string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  return blocks.map((block) => `${block.replace(/\r\n/g, '\n')}\n`)
}

/** `devk8s-corp-1.pem`: never `ca.pem` or `cert.pem`, which are minikube's own. */
export function certificateFileName(source: string, index: number): string {
  const base = source.split(/[/\\]/).at(-1) ?? 'ca'
  const stem = base.replace(/\.[^.]*$/, '').replace(/[^A-Za-z0-9._-]+/g, '-')
  return `devk8s-${stem === '' ? 'ca' : stem}-${index + 1}.pem`
}

/** The files that home `certs/` should hold for the profile's CA files, and those of them that differ now. */
export async function checkCertificates(
  files: Files,
  certificatesFolder: string,
  sources: readonly string[],
): Promise<readonly CertificateFile[]> {
  const differing: CertificateFile[] = []
  for (const source of sources) {
    const pem = (await files.readText(source)) ?? ''
    for (const [index, content] of splitCertificates(pem).entries()) {
      const path = joinPath(certificatesFolder, certificateFileName(source, index))
      if ((await files.readText(path)) !== content) differing.push({ path, content })
    }
  }
  return differing
}
