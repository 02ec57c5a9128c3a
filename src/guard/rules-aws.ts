import { withoutComments } from './comments.ts'
import { decoded } from './encoded.ts'
import type { Hit } from './finding.ts'
import { isExample, isPlaceholder, isSecretKeyShaped } from './innocent.ts'
import { escapedClass, nextRun } from './runs.ts'

/**
 * Four letters and 16 characters of base32 (no 0, 1, 8, 9). May stand behind an escape: `\n` in a string, `%3D` in an
 * address. ASIA: of a session; AKIA: long-term; ABIA and ACCA: bearer tokens of services (IAM: unique identifiers).
 */
const keyId = /(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/g

export function accessKeyIds(text: string): readonly Hit[] {
  return [...text.matchAll(keyId)]
    .filter(({ 0: id, index }) => isWhole(text, index) && !isPlaceholder(id.slice(4)) && !isExample(id))
    .map((match) => hit('aws-access-key-id', match.index, match[0]))
}

/** Looked at behind the match: in front of it, it would be looked for at each character of the text. */
const isWhole = (text: string, start: number): boolean =>
  /(?:^|[^A-Za-z0-9]|\\[nrt]|%[0-9A-Fa-f]{2})$/.test(text.slice(Math.max(0, start - 3), start))

const secretChars = String.raw`(?:[A-Za-z0-9/+]|%2[FfBb]){40}`
const notBefore = String.raw`(?<![A-Za-z0-9/+%]|[A-Za-z0-9/+]=)`
const notBehind = '(?![A-Za-z0-9/+=%])'
/**
 * What may stand between a name and its value: signs, line ends, and the words of the formats that put them apart
 * (`name: X` and `value: Y` of a pod, `default = ` of Terraform, `set` of a properties builder).
 */
const between = String.raw`(?:[^A-Za-z0-9/+]|\b(?:value|Value|VALUE|default|type|string|String|str|sensitive|true|false|env|export)\b){1,60}?`
const secretName = String.raw`(?:[sS]ecret|SECRET)[_.\- ]?(?:[aA]ccess|ACCESS)?[_.\- ]?(?:[kK]ey|KEY)\w{0,20}|(?:aws|AWS|Aws)[_.\-]?(?:[sS]ecret|SECRET)\w{0,20}`
const namedSecret = new RegExp(`(?:${secretName})${between}(${secretChars})${notBehind}`, 'dg')
const namedSecretInBase64 = new RegExp(
  `(?:${secretName})${between}([A-Za-z0-9+/]{54,56}={0,2})${notBehind}`,
  'dg',
)
/** A name behind its value, `{"value": X, "name": Y}`: in the same entry, so that no `-` or brace is between them. */
const nameBehind = String.raw`[^A-Za-z0-9/+={}\-]{1,60}?\w{0,12}(?:[nN]ame|[kK]ey)\b[^A-Za-z0-9/+]{1,20}?`
const valueBefore = String.raw`[vV]alue\b[^A-Za-z0-9/+]{1,20}?`
const secretNamedBehind = new RegExp(
  `${valueBefore}(${secretChars})${notBehind}${nameBehind}\\w{0,20}(?:${secretName})`,
  'dg',
)
const looseSecret = new RegExp(`${notBefore}(${secretChars})${notBehind}`, 'dg')

const secretLength = 40
/** How far, in characters, a secret key may be from the id that it belongs to. */
const nearChars = 320

/** Secret access keys: those that a name tells of, in base64 too, and those that stand near an access key id. */
export function secretAccessKeys(text: string): readonly Hit[] {
  if (nextRun(text, escapedClass, secretLength) === -1) return []
  const named = namedIn(text, secretNames, [namedSecret, secretNamedBehind]).filter(({ value }) =>
    isSecretKeyShaped(value, true),
  )
  const inBase64 = namedIn(text, secretNames, [namedSecretInBase64]).filter(({ value }) => isInBase64(value))
  const near = accessKeyIds(text).flatMap(({ start, end }) => {
    const from = Math.max(0, start - nearChars)
    return groupsOf(text.slice(from, end + nearChars), looseSecret)
      .map(({ at, value }) => ({ at: at + from, value }))
      .filter(({ at, value }) => isSecretKeyShaped(value, false) && !isCut(text, at, value.length))
  })
  return [...named, ...inBase64, ...near].map(({ at, value }) => hit('aws-secret-access-key', at, value))
}

/** Whether what was found as a secret access key is one in base64. */
export const isInBase64 = (value: string): boolean =>
  value.length >= 54 && isSecretKeyShaped((decoded(value) ?? '').trim(), true)

/** A window's edge may cut a longer run down to 40. */
function isCut(text: string, at: number, length: number): boolean {
  const isPart = (char: string | undefined) => char !== undefined && /[A-Za-z0-9/+=]/.test(char)
  return isPart(text[at + length]) || (isPart(text[at - 1]) && text[at - 1] !== '=')
}

/** What the tokens of STS begin with, from the oldest to today's: base64 of `aws`, `er/aws`, `origin_`. */
const tokenPrefix =
  /(?:IQoJb3JpZ2lu|IQoGZXIv|F[wQ]oGZXIv|[AF]Qo[DE]YXdz)(?:[A-Za-z0-9+/=_-]|%[0-9A-Fa-f]{2}){80,}/g
const tokenName = String.raw`(?:(?:aws|AWS|Aws)[_.\-]?(?:session|SESSION|Session|security|SECURITY|Security)[_.\-]?(?:token|TOKEN|Token)\w{0,20}|X-Amz-Security-Token)`
const tokenChars = '(?:[A-Za-z0-9+/=_-]|%[0-9A-Fa-f]{2}){100,}'
const namedToken = new RegExp(`${tokenName}${between}(${tokenChars})`, 'dg')
const tokenNamedBehind = new RegExp(`${valueBefore}(${tokenChars})${nameBehind}${tokenName}`, 'dg')

export function sessionTokens(text: string): readonly Hit[] {
  const byPrefix = [...text.matchAll(tokenPrefix)].map((match) => ({ at: match.index, value: match[0] }))
  return [...byPrefix, ...namedIn(text, tokenNames, [namedToken, tokenNamedBehind])]
    .filter(({ value }) => !isExample(value) && new Set(value).size >= 20)
    .map(({ at, value }) => hit('aws-session-token', at, value))
}

interface Found {
  readonly at: number
  readonly value: string
}

const secretNames = new RegExp(secretName)
const tokenNames = new RegExp(tokenName)

/**
 * What a name tells of: in the text as it stands, comments included, and in what is left without them, since a comment
 * may stand between the name and its value. What both give is told once in the end.
 */
function namedIn(text: string, names: RegExp, patterns: readonly RegExp[]): readonly Found[] {
  const bare = names.test(text) ? withoutComments(text) : undefined
  return patterns.flatMap((pattern) => {
    const found = groupsOf(text, pattern)
    if (bare === undefined) return found
    const behindComments = groupsOf(bare.text, pattern)
    return [...found, ...behindComments.map(({ at, value }) => ({ at: bare.wholeIndex(at), value }))]
  })
}

/** Where the first group of each match stands. */
function groupsOf(text: string, pattern: RegExp): readonly Found[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const at = match.indices?.[1]?.[0]
    return at === undefined || match[1] === undefined ? [] : [{ at, value: match[1] }]
  })
}

const hit = (kind: Hit['kind'], start: number, value: string): Hit => ({
  kind,
  start,
  end: start + value.length,
})
