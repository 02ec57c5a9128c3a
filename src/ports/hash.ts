import type { Secret } from './secret.ts'

export interface Hasher {
  update(chunk: Uint8Array | string): void
  hex(): string
}

export interface Hashing {
  sha256(): Hasher
  /** HMAC with SHA-256, as AWS signatures are made of. */
  hmacSha256(key: Uint8Array | Secret, text: string): Uint8Array
  /** When a certificate in PEM ends, in ms since 1970; of a chain the first one. Undefined when the text is none. */
  certificateEnd(pem: string): number | undefined
}
