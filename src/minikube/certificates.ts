import type { Files } from '../ports/files.ts'
import type { Hashing } from '../ports/hash.ts'
import { joinPath, profilePaths } from './paths.ts'
import type { MinikubeRef } from './types.ts'

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

/**
 * `devk8s-PROFILE-0123456789abcdef.pem`, by the profile and the content: two files of one name do not overwrite
 * each other, one certificate in two files is one, and the file goes with the cluster it was written for. It is
 * never `ca.pem` or `cert.pem`, which are minikube's own.
 */
export function certificateFileName(profile: string, content: string, hashing: Hashing): string {
  const hasher = hashing.sha256()
  hasher.update(content)
  return `devk8s-${profile}-${hasher.hex().slice(0, 16)}.pem`
}

/** The files that home `certs/` should hold for the profile's CA files, and those of them that differ now. */
export async function checkCertificates(
  ref: MinikubeRef,
  sources: readonly string[],
  { files, hashing }: { readonly files: Files; readonly hashing: Hashing },
): Promise<readonly CertificateFile[]> {
  const wanted = new Map<string, string>()
  for (const source of sources) {
    for (const content of splitCertificates((await files.readText(source)) ?? '')) {
      const name = certificateFileName(ref.profile, content, hashing)
      wanted.set(joinPath(profilePaths(ref).certificates, name), content)
    }
  }
  const differing: CertificateFile[] = []
  for (const [path, content] of wanted) {
    if ((await files.readText(path)) !== content) differing.push({ path, content })
  }
  return differing
}

/** The files in home `certs/` that devk8s wrote for this very profile; one whose name begins alike has others. */
export async function ownCertificates(ref: MinikubeRef, files: Files): Promise<readonly string[]> {
  const folder = profilePaths(ref).certificates
  const start = `devk8s-${ref.profile}-`
  return (await files.list(folder))
    .filter((name) => name.startsWith(start) && /^[0-9a-f]{16}\.pem$/.test(name.slice(start.length)))
    .map((name) => joinPath(folder, name))
}
