import { metadataAnswer, toSecond } from './answers.ts'
import { decoded, type Asked } from './asked.ts'
import { grantOf, listedRole, roleOf, type Deciding, type Grant } from './grant.ts'
import { identityDocument, lookUp, metadataTree } from './metadata.ts'
import type { Machine } from './machine.ts'
import type { MetadataTokens } from './imds-tokens.ts'
import type { Outcome } from './outcome.ts'
import type { Refused } from './refusal.ts'
import { foreignMetadataToken, metadataTokenNeeded } from './refused-askers.ts'
import { badRequest, notFound } from './refused-requests.ts'
import type { PodView } from './view.ts'

// EC2's metadata service, as far as SDKs and common tools ask for it.

export interface MetadataParts extends Deciding {
  readonly machine: Machine
  readonly metadataTokens: MetadataTokens
}

/** The rest of a path behind the version, which is any that EC2 has had; undefined for another path. */
export function parseMetadataPath(path: string): string | undefined {
  return (
    /^\/(?:latest|1\.0|\d{4}-\d{2}-\d{2})(\/.*)?$/.exec(path)?.slice(1)[0] ??
    (/^\/latest$/.test(path) ? '' : undefined)
  )
}

export const isTokenPath = (rest: string): boolean => /^\/api\/token\/?$/.test(rest)

const tokenHeader = 'x-aws-ec2-metadata-token'
const ttlHeader = `${tokenHeader}-ttl-seconds`
/** Six hours, EC2's own bound. */
const longestSeconds = 21_600

/** `PUT /latest/api/token`. Every pod with an address of its own gets one: what it is good for is asked later. */
export function issueToken(
  headers: Asked['headers'],
  pod: PodView,
  parts: MetadataParts,
  nowMs: number,
): Outcome {
  const said = headers[ttlHeader] ?? ''
  const seconds = /^\d{1,5}$/.test(said) ? Number(said) : 0
  if (seconds < 1 || seconds > longestSeconds) {
    const what = `${ttlHeader} is missing or no number of seconds.`
    return badRequest(what, `EC2 takes 1 to ${String(longestSeconds)}.`, 'send 21600')
  }
  const token = parts.metadataTokens.issue(pod.uid, nowMs + seconds * 1000)
  return { is: 'answer', answer: metadataAnswer(token, { [ttlHeader]: String(seconds) }) }
}

/** @param rest of `parseMetadataPath`. */
export function readMetadata(
  rest: string,
  headers: Asked['headers'],
  pod: PodView,
  parts: MetadataParts,
  nowMs: number,
): Outcome {
  const refused = checkToken(headers, pod, parts, nowMs)
  if (refused !== undefined) return refused
  const role = /^\/meta-data\/iam\/security-credentials(?:\/(.*))?$/.exec(rest)
  if (role !== null) {
    return role[1] === undefined || role[1] === ''
      ? listRole(pod, parts)
      : credentials(role[1], pod, parts, nowMs)
  }
  if (/^\/meta-data\/iam\/info\/?$/.test(rest)) return info(pod, parts, nowMs)
  return text(plainMetadata(rest, pod, parts, nowMs))
}

/** `/`: the versions, of which any that EC2 has had is answered alike. */
export function listVersions(
  headers: Asked['headers'],
  pod: PodView,
  parts: MetadataParts,
  nowMs: number,
): Outcome {
  return checkToken(headers, pod, parts, nowMs) ?? text('1.0\nlatest')
}

function checkToken(
  headers: Asked['headers'],
  pod: PodView,
  parts: MetadataParts,
  nowMs: number,
): Refused | undefined {
  const token = headers[tokenHeader]
  if (token === undefined) {
    return parts.view.mapping()?.imdsV1 === true ? undefined : metadataTokenNeeded('missing', pod)
  }
  switch (parts.metadataTokens.check(token, pod.uid, nowMs)) {
    case 'good':
      return undefined
    case 'invalid':
      return metadataTokenNeeded('invalid', pod)
    case 'foreign':
      return foreignMetadataToken(pod)
  }
}

function listRole(pod: PodView, parts: MetadataParts): Outcome {
  const role = roleOf(pod, parts)
  return role.is === 'refused'
    ? role
    : text(listedRole(role.decision.asks, parts.view.mapping()?.baseRoleArn))
}

function credentials(written: string, pod: PodView, parts: MetadataParts, nowMs: number): Outcome {
  const asked = decoded(written)
  if (asked === undefined) return notFound
  const grant = grantOf(pod, parts, nowMs, asked)
  if (grant.is === 'refused') return grant
  return { is: 'answer', answer: metadataAnswer(credentialsText(grant)), grant }
}

/** As EC2 has it, member by member. */
function credentialsText({ session }: Grant): string {
  const document = {
    Code: 'Success',
    LastUpdated: toSecond(session.issuedAt),
    Type: 'AWS-HMAC',
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: toSecond(session.expiresAt),
  }
  return JSON.stringify(document, undefined, 2)
}

function info(pod: PodView, parts: MetadataParts, nowMs: number): Outcome {
  const grant = grantOf(pod, parts, nowMs)
  if (grant.is === 'refused') return grant
  const { session, decision } = grant
  const name = listedRole(decision.asks, parts.view.mapping()?.baseRoleArn).replace(/^.*\//, '')
  const partition = /^arn:([^:]*):/.exec(session.arn)?.[1] ?? 'aws'
  const document = {
    Code: 'Success',
    LastUpdated: toSecond(session.issuedAt),
    InstanceProfileArn: `arn:${partition}:iam::${session.account}:instance-profile/${name}`,
    InstanceProfileId: session.userId.replace(/:.*$/, ''),
  }
  return text(JSON.stringify(document, undefined, 2))
}

function plainMetadata(rest: string, pod: PodView, parts: MetadataParts, nowMs: number): string | undefined {
  const { view, machine } = parts
  const region = view.mapping()?.region
  if (/^\/?$/.test(rest)) return 'dynamic\nmeta-data'
  if (/^\/dynamic\/?$/.test(rest)) return 'instance-identity/'
  if (/^\/dynamic\/instance-identity\/?$/.test(rest)) return 'document'
  if (/^\/dynamic\/instance-identity\/document\/?$/.test(rest)) {
    const grant = grantOf(pod, parts, nowMs)
    return identityDocument(machine, {
      region,
      account: grant.is === 'granted' ? grant.session.account : undefined,
    })
  }
  const path = /^\/meta-data(?:\/(.*))?$/.exec(rest)
  return path === null ? undefined : lookUp(metadataTree(machine, region), path[1] ?? '')
}

const text = (body: string | undefined): Outcome =>
  body === undefined ? notFound : { is: 'answer', answer: metadataAnswer(body) }
