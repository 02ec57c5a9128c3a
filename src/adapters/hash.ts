import { createHash } from 'node:crypto'
import type { Hashing } from '../ports/hash.ts'

/** sha256 by Node's OpenSSL. */
export function realHashing(): Hashing {
  return {
    sha256() {
      const hash = createHash('sha256')
      return {
        update(chunk) {
          hash.update(chunk)
        },
        hex: () => hash.digest('hex'),
      }
    },
  }
}
