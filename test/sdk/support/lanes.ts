import type { PeerId } from './peers.ts'

// How pods reach the agent, and what comes of it with each SDK. docs/sdk-lanes.md is written from this table, and the
// matrix holds the SDKs that are there to it.

export const laneIds = ['A', 'R', 'B', 'S'] as const
export type LaneId = (typeof laneIds)[number]

/** What a pod of this lane has: the files are its projected tokens. */
export interface PodFiles {
  /** For `pods.eks.amazonaws.com`. */
  readonly identityToken: string
  /** For `sts.amazonaws.com`. */
  readonly webIdentityToken: string
  readonly roleArn: string
}

interface Lane {
  readonly title: string
  readonly variables: (files: PodFiles) => Readonly<Record<string, string>>
}

const region = { AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'eu-central-1' }
/** The last source of every chain: off, an answer is that of the lane alone. */
const alone = { AWS_EC2_METADATA_DISABLED: 'true' }

export const lanes: Readonly<Record<LaneId, Lane>> = {
  A: {
    title: 'A: EKS Pod Identity',
    variables: ({ identityToken }) => ({
      ...region,
      ...alone,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23:8170/v1/credentials',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: identityToken,
    }),
  },
  R: {
    title: 'R: ECS',
    variables: () => ({
      ...region,
      ...alone,
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/devk8s',
    }),
  },
  B: { title: 'B: EC2 metadata', variables: () => ({}) },
  S: {
    title: 'S: web identity',
    variables: ({ webIdentityToken, roleArn }) => ({
      ...region,
      ...alone,
      // Those that look for the real STS are to say so at once.
      AWS_MAX_ATTEMPTS: '1',
      AWS_ROLE_ARN: roleArn,
      AWS_WEB_IDENTITY_TOKEN_FILE: webIdentityToken,
      AWS_ENDPOINT_URL_STS: 'http://169.254.170.23:8170/sts',
    }),
  },
}

interface Keeping {
  /** `short`: whenever it has too little left. `failure`: when a request for the next one failed. */
  readonly after: 'short' | 'failure'
  readonly says: string
}

export type Outcome =
  /**
   * `tells`: what it says when the session is over has the agent's words in it. `keeps`: a session that has less left than
   * EC2 ever hands out is taken for a fault of EC2's, and kept so long, past its end if need be.
   */
  | { readonly is: 'yes'; readonly tells: boolean; readonly keeps?: Keeping }
  | { readonly is: 'no'; readonly why: string; readonly says: RegExp }

const quiet: Outcome = { is: 'yes', tells: false }
/** 15 minutes before an end that it moves to 12 to 20 minutes from now (`InstanceMetadataFetcher._evaluate_expiration`). */
const botocoreKeeps: Outcome = {
  is: 'yes',
  tells: false,
  keeps: { after: 'short', says: 'has less than 20 min left: up to 5 min' },
}
/** `StaleValueBehavior.ALLOW` of its `CachedSupplier`. */
const javaKeeps: Outcome = {
  is: 'yes',
  tells: false,
  keeps: { after: 'short', says: 'is about over: 1 to 10 min' },
}
const keepsAfterFailure = (minutes: string): Outcome => ({
  is: 'yes',
  tells: false,
  keeps: { after: 'failure', says: `cannot be replaced: ${minutes} min` },
})
const telling: Outcome = { is: 'yes', tells: true }
const no = (why: string, says: RegExp): Outcome => ({ is: 'no', why, says })
/** They ask the real STS, which no pod of this laptop reaches by that name. */
const asksRealSts = (says: RegExp) => no('asks the real STS', says)

export const outcomes: Readonly<Record<PeerId, Readonly<Record<LaneId, Outcome>>>> = {
  'javascript-v3': { A: quiet, R: quiet, B: keepsAfterFailure('5 to 10'), S: telling },
  'botocore-new': { A: telling, R: telling, B: botocoreKeeps, S: telling },
  'cli-new': { A: telling, R: telling, B: quiet, S: telling },
  'go-v2': { A: telling, R: telling, B: keepsAfterFailure('5 to 15'), S: telling },
  'java-v2': { A: quiet, R: quiet, B: javaKeeps, S: telling },
  'botocore-old': {
    A: no('Unsupported host', /^ValueError: Unsupported host '169\.254\.170\.23'/),
    R: telling,
    B: botocoreKeeps,
    S: asksRealSts(/^EndpointConnectionError: .*"https:\/\/sts\.amazonaws\.com\/"/),
  },
  'cli-old': {
    A: no('Unsupported host', /Unsupported host '169\.254\.170\.23'/),
    R: telling,
    B: quiet,
    S: asksRealSts(/"https:\/\/sts\.eu-central-1\.amazonaws\.com\/"/),
  },
  'ruby-old': {
    A: no('goes on to B', /^NoCredentials/),
    R: quiet,
    B: keepsAfterFailure('5 to 6'),
    S: asksRealSts(/sts\.eu-central-1\.amazonaws\.com/),
  },
  'go-v1-old': {
    A: no('Unsupported host', /^NoCredentialProviders/),
    R: quiet,
    B: quiet,
    S: asksRealSts(/"https:\/\/sts\.amazonaws\.com\/"/),
  },
}
