import { parseArn } from '../aws/arn.ts'
import { serviceHost } from '../aws/regions.ts'
import { renderShellWords } from '../cli/shell-words.ts'
import type { NetError } from '../ports/net.ts'
import { type Occurrence, type Problem, problem, type ProblemKind } from '../problems/problem.ts'
import * as kinds from '../problems/registry-check.ts'
import { cacheActions, tokenAction } from './actions.ts'
import type { Fetched } from './fetch.ts'
import {
  cacheStatement,
  pullStatement,
  repositoryPullStatement,
  type Statement,
  tokenStatement,
} from './policies.ts'
import { askedFor, type EcrImage, type ReferenceFault, repositoryArn } from './reference.ts'
import type { Deciding, Refusal } from './refusal.ts'

/** A statement that is to be added to a policy so that the pull goes on. */
export interface Missing {
  readonly action: string
  /** Which policy it belongs to: of the caller, or of the repository. */
  readonly where: 'identity' | 'repository'
  /** That policy for people, to end a sentence. */
  readonly place: string
  readonly statement: Statement
}

/** Why a pull stopped. */
export interface Told {
  readonly problem: Problem
  readonly missing: readonly Missing[]
}

/** An image reference that names nothing in a private registry of ECR. */
export function referenceProblem(text: string, { reason, meant }: ReferenceFault): Problem {
  return problem(kinds.imageNotEcr, {
    detail: `${text}: ${reason}.`,
    next: meant === undefined ? [] : [renderShellWords(['devk8s', 'verify', '--image', meant])],
  })
}

/** AWS refused a token itself. @param cause what the call said. */
export function tokenNotAllowed(region: string, caller: string | undefined, cause: Problem): Told {
  const place = placeOf(caller)
  return {
    problem: problem(kinds.pullNotAllowed, {
      detail: `${capital(whoIs(caller))} may not do ${tokenAction} in ${region}. Every pull begins with it. The statement belongs into ${place}.`,
      next: cause.next,
      ...(cause.evidence !== undefined && { evidence: cause.evidence }),
    }),
    missing: [{ action: tokenAction, where: 'identity', place, statement: tokenStatement }],
  }
}

/** What was asked for, and the profile of whom. */
export interface Asked {
  readonly image: EcrImage
  readonly profile?: string
}

interface Refused {
  readonly refusal: Refusal
  readonly skewMs?: number
}

/**
 * The registry refused. @param action what the request needs, where the registry does not name it; @param caller the
 * ARN that AWS knows the identity by.
 */
export function refused(asked: Asked, action: string, end: Refused, caller: string | undefined): Told {
  const { refusal } = end
  const { image } = asked
  switch (refusal.kind) {
    case 'not-allowed':
      return notAllowed(asked, refusal.action ?? action, refusal, refusal.principal ?? caller)
    case 'no-repository':
      return noRepository(asked, caller)
    case 'no-image':
      return told(kinds.imageNotFound, {
        detail: `${image.repository} in ${image.region} (account ${image.account}) has no ${askedFor(image)}.${image.tag === undefined && image.digest === undefined ? ' Without a tag, latest is meant.' : ''}`,
        next: [describe('describe-images', asked, ['--repository-name', image.repository])],
      })
    case 'unknown-token':
    case 'token-over':
    case 'clock':
      return told(kinds.registryTokenRefused, {
        detail: `${image.host} ${refusal.kind === 'unknown-token' ? 'does not know' : 'takes for expired'} the token that AWS gave out for ${image.region} just now.${skewText(end)}`,
        next: ['date -u', `curl -sI https://${image.host}/v2/`],
      })
    case 'busy':
      return told(kinds.registryAnswerUnusable, {
        detail: `${image.host} was busy three times in a row.`,
        next: [verifyAgain(image)],
      })
    case 'other':
      return told(kinds.registryAnswerUnusable, {
        detail: `${image.host} answered ${refusal.status}${refusal.words === '' ? '' : `: ${refusal.words}`}.`,
        next: [`curl -sI https://${image.host}/v2/`],
      })
  }
}

type NotAllowed = Pick<Extract<Refusal, { kind: 'not-allowed' }>, 'why' | 'isForbidden'>

/** IAM refused an action on the repository: which policies lack it depends on whose account that is. */
function notAllowed(
  asked: Asked,
  action: string,
  { why, isForbidden }: NotAllowed,
  principal: string | undefined,
): Told {
  const { image } = asked
  const caller = principal === undefined ? undefined : parseArn(principal)
  const isForeign = caller !== undefined && caller.account !== image.account
  const missing: Missing[] = []
  if (!isForbidden && why !== 'repository') missing.push(identityLacks(image, action, why, principal))
  if (!isForbidden && (isForeign || why === 'repository')) {
    missing.push(repositoryLacks(image, action, caller?.account ?? 'ACCOUNT-OF-THE-CALLER'))
  }
  const foreign = isForeign
    ? `The repository is of account ${image.account}, the identity of ${caller.account}: then both of them must allow it.`
    : ''
  const way = isForbidden
    ? `A Deny in ${policyOf(why, principal)} forbids it, which no Allow outdoes: it must go from there.`
    : `${missing.length === 1 ? 'The statement that lets it belongs' : 'Statements that let it belong'} into ${missing.map(({ place }) => place).join(', and into ')}.`
  return {
    problem: problem(kinds.pullNotAllowed, {
      detail: [`${capital(whoIs(principal))} may not do ${action} on ${repositoryArn(image)}.`, foreign, way]
        .filter((sentence) => sentence !== '')
        .join(' '),
      next: isForeign
        ? [describe('get-repository-policy', asked, ['--repository-name', image.repository])]
        : ['devk8s aws whoami'],
    }),
    missing,
  }
}

function identityLacks(
  image: EcrImage,
  action: string,
  why: Deciding,
  principal: string | undefined,
): Missing {
  const resources = [repositoryArn(image)]
  const statement = cacheActions.includes(action) ? cacheStatement(resources) : pullStatement(resources)
  return { action, where: 'identity', place: policyOf(why, principal), statement }
}

const repositoryLacks = (image: EcrImage, action: string, account: string): Missing => ({
  action,
  where: 'repository',
  place: `the policy of the repository ${image.repository} in account ${image.account}, ${image.region}`,
  statement: repositoryPullStatement(account, image),
})

/** The policy that decided, for people. */
function policyOf(why: Deciding, principal: string | undefined): string {
  switch (why) {
    case 'identity':
    case 'unsaid':
      return placeOf(principal)
    case 'repository':
      return 'the policy of the repository'
    case 'session':
      return `the session policy of ${whoIs(principal)}`
    case 'boundary':
      return `the permissions boundary of ${whoIs(principal)}`
    case 'organization':
      return 'a control policy of the AWS organization'
    case 'endpoint':
      return 'the policy of the VPC endpoint of ECR'
  }
}

/** Absent, or not yet there: a pull-through cache makes it with the first pull, if the caller may. */
function noRepository(asked: Asked, caller: string | undefined): Told {
  const { image } = asked
  const cached = image.repository.includes('/')
    ? ` If ${image.repository.split('/')[0] ?? ''}/ is a pull-through cache, the first pull makes it: that needs ${cacheActions.join(' and ')}, and a tag.`
    : ''
  return {
    problem: problem(kinds.repositoryNotFound, {
      detail: `Account ${image.account} has no repository ${image.repository} in ${image.region}.${cached}`,
      next: [describe('describe-repositories', asked), describe('describe-pull-through-cache-rules', asked)],
    }),
    missing:
      cached === ''
        ? []
        : [
            {
              action: cacheActions.join(', '),
              where: 'identity',
              place: `${placeOf(caller)}, for a pull-through cache`,
              statement: cacheStatement([repositoryArn(image)]),
            },
          ],
  }
}

/** The network between here and the registry. */
export function notReached({ image }: Asked, fault: NetError): Told {
  return told(kinds.registryNotReached, {
    detail: `${faultText(fault)}.${fault.fault === 'not-found' ? ` No such name: account ${image.account} and region ${image.region} are part of it.` : ''}`,
    next: [
      fault.fault === 'tls'
        ? 'export NODE_EXTRA_CA_CERTS=/path/to/company-ca.pem'
        : `curl -sI https://${image.host}/v2/`,
    ],
  })
}

/** The registry sent on to S3, and there it ended. */
export function layersRefused({ image }: Asked, end: NetError | (Refused & { readonly host: string })): Told {
  const what =
    'refusal' in end
      ? `${end.host} ${end.refusal.kind === 'clock' ? `takes the address that ECR gave out for expired.${skewText(end)}` : `refused the config of the image${end.refusal.kind === 'other' ? ` (${end.refusal.status})` : ''}.`}`
      : `${faultText(end)}.`
  return told(kinds.layersNotReached, {
    detail: `${image.host} gives the manifest and sends on to S3 for the layers. ${what}`,
    next: [
      'date -u',
      `curl -sI https://prod-${image.region}-starport-layer-bucket.${serviceHost('s3', image.region)}`,
    ],
  })
}

/** Something else than a manifest, or another one than was asked for. */
export function answerUnusable({ image }: Asked, { text, host, headers }: Fetched, wanted?: string): Told {
  const type = headers['content-type'] ?? 'no type'
  return told(kinds.registryAnswerUnusable, {
    detail:
      wanted === undefined
        ? `${host} answered 200 with ${text.length} characters (${type}) that are no manifest.`
        : `${host} answered with another manifest than ${wanted}.`,
    next: [`curl -sI https://${image.host}/v2/`],
  })
}

const told = (kind: ProblemKind, occurrence: Occurrence): Told => ({
  problem: problem(kind, occurrence),
  missing: [],
})

const verifyAgain = ({ text }: EcrImage) => renderShellWords(['devk8s', 'verify', '--image', text])

function describe(command: string, { image, profile }: Asked, more: readonly string[] = []): string {
  const { region, account } = image
  const whose = profile === undefined ? [] : ['--profile', profile]
  return renderShellWords([
    'aws',
    'ecr',
    command,
    '--region',
    region,
    '--registry-id',
    account,
    ...more,
    ...whose,
  ])
}

/** NetError's text begins with the host. */
const faultText = ({ message }: NetError) => message.replace(/\.$/, '')

/** Where a policy of this caller is changed: an Identity Center role is made anew from its permission set. */
function placeOf(arn: string | undefined): string {
  const [kind, name = ''] = arn === undefined ? [] : (parseArn(arn)?.resource.split('/') ?? [])
  const permissionSet = /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/.exec(name)?.[1]
  if (permissionSet !== undefined)
    return `the inline policy of the permission set ${permissionSet} (IAM Identity Center)`
  if (kind === 'assumed-role' || kind === 'role') return `a policy of the role ${name}`
  if (kind === 'user') return `a policy of the user ${arn?.split('/').at(-1) ?? ''}, or of one of its groups`
  return 'a policy of the identity that pulls'
}

/** An ARN stays as it is. */
const capital = (text: string) =>
  text.startsWith('arn:') ? text : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

const whoIs = (arn: string | undefined) => arn ?? 'the identity in force'

/** Five minutes are what AWS lets pass. */
function skewText({ skewMs }: Pick<Refused, 'skewMs'>): string {
  if (skewMs === undefined || Math.abs(skewMs) < 60_000) return ''
  const minutes = Math.round(Math.abs(skewMs) / 60_000)
  return ` The clock of this machine is ${minutes} min ${skewMs > 0 ? 'ahead of' : 'behind'} that of the server.`
}
