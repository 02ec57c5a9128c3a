import type { MappingDocument, SessionEntry } from '../../../src/agent/documents.ts'
import type { PodView, View } from '../../../src/agent/view.ts'

/** A whole mapping, in which every role is the developer's. */
export function mapping(changes: Partial<MappingDocument> = {}): MappingDocument {
  return {
    version: 1,
    region: 'eu-central-1',
    rules: [{ pattern: '*', expression: '^.*$', gives: { is: 'developer' } }],
    associations: [],
    restrictions: { mode: 'refuse', format: 'glob' },
    imdsV1: true,
    ...changes,
  }
}

/** A session of the canary keys that nobody could use. */
export function session(changes: Partial<SessionEntry> = {}): SessionEntry {
  return {
    accessKeyId: 'ASIACANARYCANARY0001',
    // Put together here, as whole it looks like a key to the guard.
    secretAccessKey: ['canary', 'secret+of', 'the+agents', 'sessions0001'].join('/'),
    sessionToken: 'canary-session-token-0001',
    account: '111122223333',
    arn: 'arn:aws:sts::111122223333:assumed-role/Developer/ann',
    userId: 'AROACANARY:ann',
    issuedAt: '2026-01-02T03:00:00Z',
    expiresAt: '2126-01-02T04:00:00Z',
    ...changes,
  }
}

/** The pod of an address, if it is one pod's. */
export function podAt(view: View, address: string): PodView | undefined {
  const found = view.podByAddress(address)
  return typeof found === 'object' ? found : undefined
}
