import type { Json } from '../ports/event.ts'

/** Text that is a secret wherever it stands: shapes that their issuers gave them. */
const secretShapes: readonly { readonly what: string; readonly shape: RegExp }[] = [
  { what: 'an AWS access key id', shape: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/ },
  { what: 'a private key', shape: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
  { what: 'an AWS session token', shape: /\b(?:IQoJ|FwoG|FQoG)[A-Za-z0-9+/=]{60,}/ },
  { what: 'a signed token', shape: /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}/ },
  { what: 'an EKS token', shape: /\bk8s-aws-v1\.[A-Za-z0-9_-]{20,}/ },
  { what: 'a GitHub token', shape: /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})/ },
  { what: 'a GitLab token', shape: /\bglpat-[A-Za-z0-9_-]{20,}/ },
  { what: 'a Slack token', shape: /\bxox[abprs]-[A-Za-z0-9-]{10,}/ },
  { what: 'a password in an address', shape: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i },
]

/** 40 characters of base64: an AWS secret access key, when they are as mixed as chance makes them. */
const secretKey = /^[A-Za-z0-9/+]{40}$/

/** A path of 40 letters has few capitals and digits; 40 random characters have about 16 and 6. */
const isMixed = (text: string): boolean =>
  [/[a-z]/g, /[A-Z]/g].every((kind) => (text.match(kind)?.length ?? 0) >= 4) &&
  (text.match(/[0-9]/g)?.length ?? 0) >= 2

/** Keys whose literal value is a secret, whatever it looks like; compared without case, `-` and `_`. */
const secretKeys: ReadonlySet<string> = new Set([
  'password',
  'passwd',
  'passphrase',
  'secret',
  'token',
  'bearertoken',
  'authtoken',
  'accesstoken',
  'sessiontoken',
  'awssessiontoken',
  'apikey',
  'apitoken',
  'secretkey',
  'secretaccesskey',
  'awssecretaccesskey',
  'accesskey',
  'accesskeyid',
  'awsaccesskeyid',
  'clientsecret',
  'privatekey',
  'clientkeydata',
])

/** What a text is, when it is a secret by its shape. */
function secretIn(text: string): string | undefined {
  const found = secretShapes.find(({ shape }) => shape.test(text))
  if (found !== undefined) return found.what
  return secretKey.test(text) && isMixed(text) ? 'what looks like an AWS secret access key' : undefined
}

/** Whether a text must not be shown. */
export const isSecretText = (text: string): boolean => secretIn(text) !== undefined

const isSecretKey = (key: string): boolean => secretKeys.has(key.toLowerCase().replace(/[-_]/g, ''))

export interface FoundSecret {
  readonly path: readonly (string | number)[]
  /** `a password`, `an AWS access key id`. */
  readonly what: string
  /** The secret is the key itself, not the value. */
  readonly isKey: boolean
}

/** Every secret in a tree, by its path; values are never part of the answer. */
export function findSecrets(tree: Json, path: FoundSecret['path'] = []): readonly FoundSecret[] {
  if (typeof tree === 'string' || typeof tree === 'number') {
    const text = String(tree)
    const key = path.findLast((step) => typeof step === 'string')
    // `ask` is the one literal a secret may have: it means that the person is asked for it.
    const named = typeof key === 'string' && isSecretKey(key) && text !== '' && text !== 'ask'
    const what = secretIn(text) ?? (named ? 'a secret in plain text' : undefined)
    return what === undefined ? [] : [{ path, what, isKey: false }]
  }
  if (tree === null || typeof tree === 'boolean') return []
  if (Array.isArray(tree)) return tree.flatMap((item: Json, index) => findSecrets(item, [...path, index]))
  return Object.entries(tree as Readonly<Record<string, Json>>).flatMap(([key, value]) => {
    const what = secretIn(key)
    const inKey = what === undefined ? [] : [{ path: [...path, key], what, isKey: true }]
    return [...inKey, ...findSecrets(value, [...path, key])]
  })
}

/** Secrets of known shape anywhere in the text, comments included: the offset of each, and what it is. */
export function findSecretText(text: string): readonly { readonly offset: number; readonly what: string }[] {
  return secretShapes.flatMap(({ what, shape }) =>
    [...text.matchAll(new RegExp(shape, `${shape.flags}g`))].map((match) => ({ offset: match.index, what })),
  )
}
