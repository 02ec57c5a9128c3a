import type { AwsCredentials } from '../ports/aws.ts'
import type { Hashing } from '../ports/hash.ts'
import { Secret } from '../ports/secret.ts'
import { serviceHost } from './regions.ts'

/** Which cluster a token is for, and when it was signed. */
export interface EksTokenWants {
  /** The cluster's name; the id for local clusters on Outposts. */
  readonly cluster: string
  readonly region: string
  /** Milliseconds since 1970. */
  readonly nowMs: number
}

/**
 * EKS takes a token until 15 minutes after X-Amz-Date, whatever X-Amz-Expires says; the CLI tells 14 of them
 * (facts kubeconfig, 8).
 */
export const eksTokenMs = 14 * 60_000
/** How long EKS itself takes a token that was handed out. */
export const eksAcceptsMs = 15 * 60_000

/**
 * A token for an EKS cluster: `k8s-aws-v1.` and a presigned GetCallerIdentity in base64url, to the byte what
 * `aws eks get-token` prints (facts kubeconfig, 8). Made here, without a request.
 */
export function eksToken(credentials: AwsCredentials, wants: EksTokenWants, hashing: Hashing): Secret {
  const session = credentials.sessionToken ?? Secret.of('')
  return session.map((token) => `k8s-aws-v1.${base64Url(presigned(credentials, token, wants, hashing))}`)
}

/** Signature Version 4 in the query, with the cluster in a signed header. */
function presigned(
  { accessKeyId, secretAccessKey }: AwsCredentials,
  sessionToken: string,
  { cluster, region, nowMs }: EksTokenWants,
  hashing: Hashing,
): string {
  const host = serviceHost('sts', region)
  const date = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const day = date.slice(0, 8)
  const scope = `${day}/${region}/sts/aws4_request`
  // In the order in which botocore writes them; they are signed in the order of their names.
  const query = [
    ['Action', 'GetCallerIdentity'],
    ['Version', '2011-06-15'],
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${accessKeyId}/${scope}`],
    ['X-Amz-Date', date],
    ['X-Amz-Expires', '60'],
    ['X-Amz-SignedHeaders', 'host;x-k8s-aws-id'],
    ...(sessionToken === '' ? [] : [['X-Amz-Security-Token', sessionToken]]),
  ].map(([name = '', value = '']) => `${name}=${percentEncoded(value)}`)
  const request = ['GET', '/', query.toSorted().join('&'), `host:${host}`, `x-k8s-aws-id:${cluster}`]
  const canonical = [...request, '', 'host;x-k8s-aws-id', sha256(hashing, '')].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(hashing, canonical)].join('\n')
  const dayKey = hashing.hmacSha256(
    secretAccessKey.map((key) => `AWS4${key}`),
    day,
  )
  const key = [region, 'sts', 'aws4_request'].reduce((key, part) => hashing.hmacSha256(key, part), dayKey)
  const signature = hexOf(hashing.hmacSha256(key, toSign))
  return `https://${host}/?${query.join('&')}&X-Amz-Signature=${signature}`
}

function sha256(hashing: Hashing, text: string): string {
  const hasher = hashing.sha256()
  hasher.update(text)
  return hasher.hex()
}

/** RFC 3986, as Signature Version 4 asks for; `encodeURIComponent` leaves five characters more. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The URL is ASCII, so each character is one byte. */
function base64Url(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
