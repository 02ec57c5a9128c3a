export interface Hasher {
  update(chunk: Uint8Array | string): void
  hex(): string
}

export interface Hashing {
  sha256(): Hasher
}
