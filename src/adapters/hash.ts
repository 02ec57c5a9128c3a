import type { Hashing } from '../ports/hash.ts'
import { Secret } from '../ports/secret.ts'

// Loading node:crypto costs more than all else that `devk8s switch` loads, which needs none of it.
const crypto = () => process.getBuiltinModule('node:crypto')

/** sha256 by Node's OpenSSL. */
export function realHashing(): Hashing {
  return {
    sha256() {
      const hash = crypto().createHash('sha256')
      return {
        update(chunk) {
          hash.update(chunk)
        },
        hex: () => hash.digest('hex'),
      }
    },
    hmacSha256(key, text) {
      const plain = key instanceof Secret ? Secret.reveal(key) : key
      return crypto().createHmac('sha256', plain).update(text).digest()
    },
    certificateEnd(pem) {
      try {
        const { X509Certificate } = crypto()
        // OpenSSL's own words, `Nov 24 12:00:00 2027 GMT`; validToDate is not in Node 20.
        const end = Date.parse(new X509Certificate(pem).validTo)
        return Number.isNaN(end) ? undefined : end
      } catch {
        return undefined
      }
    },
  }
}
