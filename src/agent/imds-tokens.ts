import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

// Session tokens of the metadata service (IMDSv2). They say themselves whose they are and until when, so that none has to
// be remembered: their number costs no memory.

export interface MetadataTokens {
  /** @param untilMs since 1970. */
  issue(podUid: string, untilMs: number): string
  check(token: string, podUid: string, nowMs: number): 'good' | 'invalid' | 'foreign'
}

/** Six bytes of time, sixteen of the pod, thirty-two of the seal. */
const lengths = { until: 6, pod: 16, all: 54 }

/** With a key of its own: a restart of the agent ends all tokens, and SDKs ask for another upon the 401. */
export function createMetadataTokens(): MetadataTokens {
  const key = randomBytes(32)
  const seal = (said: Buffer) => createHmac('sha256', key).update(said).digest()
  return {
    issue(podUid, untilMs) {
      const until = Buffer.alloc(lengths.until)
      until.writeUIntBE(untilMs, 0, lengths.until)
      const said = Buffer.concat([until, podMark(podUid)])
      return Buffer.concat([said, seal(said)]).toString('base64url')
    },
    check(token, podUid, nowMs) {
      if (!/^[\w-]{72}$/.test(token)) return 'invalid'
      const bytes = Buffer.from(token, 'base64url')
      const said = bytes.subarray(0, lengths.until + lengths.pod)
      if (bytes.length !== lengths.all || !timingSafeEqual(bytes.subarray(said.length), seal(said)))
        return 'invalid'
      if (said.readUIntBE(0, lengths.until) <= nowMs) return 'invalid'
      return said.subarray(lengths.until).equals(podMark(podUid)) ? 'good' : 'foreign'
    },
  }
}

const podMark = (uid: string): Buffer => createHash('sha256').update(uid).digest().subarray(0, lengths.pod)
