import { refusalAnswer, type Refused } from './refusal.ts'
import { notFound, notReady, tooMany, wrongMethod } from './refused-requests.ts'
import type { Slots } from './fairness.ts'
import { refuseEntry } from './admission.ts'
import { jsonAnswer, type Answer } from './answers.ts'
import type { Asked } from './asked.ts'
import { ecsBody, parseEcsPath } from './ecs.ts'
import { grantOf } from './grant.ts'
import { health } from './health.ts'
import {
  isTokenPath,
  issueToken,
  listVersions,
  parseMetadataPath,
  readMetadata,
  type MetadataParts,
} from './imds.ts'
import type { Outcome } from './outcome.ts'
import { podIdentityBody } from './pod-identity.ts'
import { stsRefusal } from './sts-xml.ts'
import { askSts, type StsParts } from './sts.ts'
import { podIdentityAudience, toldPodAt, whoAsksEcs, whoHolds, whoIsAt, type Asker } from './who-asks.ts'
import { whoami, whoAsksWhoami } from './whoami.ts'
import { randomUUID } from 'node:crypto'

// Which endpoint a path belongs to, and what is asked before it gets to answer.

export interface RouteParts extends StsParts, MetadataParts {
  readonly version: string
  /** Requests that are held for the watches. */
  readonly held: Slots
}

export interface Route {
  /** For the log: a path may hold anything. */
  readonly name: string
  readonly methods: readonly string[]
  /** Answered before the lists are in. */
  readonly isAlways?: true
  /** By what is known at the moment; asked again for a request that is held. */
  readonly outcome: (asked: Asked, parts: RouteParts) => Outcome
}

const read = ['GET', 'HEAD']

const healthz: Route = {
  name: 'healthz',
  methods: read,
  isAlways: true,
  outcome: (_, { view, version }) => ({ is: 'answer', answer: health(view, version) }),
}

const podIdentity: Route = {
  name: 'pod-identity',
  methods: read,
  outcome: (asked, parts) =>
    giving(
      whoHolds(asked.headers['authorization'], podIdentityAudience, asked, parts),
      parts,
      undefined,
      podIdentityBody,
    ),
}

const ecs = (role: string | undefined): Route => ({
  name: 'ecs',
  methods: read,
  outcome: (asked, parts) => giving(whoAsksEcs(asked, parts), parts, role, ecsBody),
})

const whoIs: Route = {
  name: 'whoami',
  methods: read,
  outcome: (asked, parts) => {
    const asker = whoAsksWhoami(asked, parts)
    return asker.is === 'refused' ? asker : whoami(asker.pod, parts, parts.nowMs())
  },
}

const sts: Route = { name: 'sts', methods: ['GET', 'POST'], outcome: askSts }

const metadataToken: Route = {
  name: 'imds-token',
  methods: ['PUT'],
  outcome: (asked, parts) => {
    const asker = whoIsAt(asked, parts)
    return asker.is === 'refused' ? asker : issueToken(asked.headers, asker.pod, parts, parts.nowMs())
  },
}

const metadata = (rest: string): Route => ({
  name: 'imds',
  methods: read,
  outcome: (asked, parts) => {
    const asker = whoIsAt(asked, parts)
    return asker.is === 'refused' ? asker : readMetadata(rest, asked.headers, asker.pod, parts, parts.nowMs())
  },
})

const versions: Route = {
  name: 'imds',
  methods: [...read, 'POST'],
  outcome: (asked, parts) => {
    const asker = whoIsAt(asked, parts)
    return asker.is === 'refused' ? asker : listVersions(asked.headers, asker.pod, parts, parts.nowMs())
  },
}

/** Undefined for a path that nothing is at. */
export function routeOf({ path, method }: Pick<Asked, 'path' | 'method'>): Route | undefined {
  switch (path) {
    case '/healthz':
      return healthz
    case '/whoami':
      return whoIs
    case '/v1/credentials':
      return podIdentity
    case '/':
      // Java v2 drops the path of AWS_ENDPOINT_URL_STS (observed with 2.57.8).
      return method === 'POST' ? sts : versions
    case '/sts':
    case '/sts/':
      return sts
    default: {
      const asksEcs = parseEcsPath(path)
      if (asksEcs !== undefined) return ecs(asksEcs.role)
      const rest = parseMetadataPath(path)
      if (rest === undefined) return undefined
      return isTokenPath(rest) ? metadataToken : metadata(rest)
    }
  }
}

/** Where the request goes; refused for one whose body is not worth reading. */
export function admitted(
  asked: Asked,
  { view }: RouteParts,
): { readonly is: 'admitted'; route: Route } | Refused {
  const refused = refuseEntry(asked, view)
  if (refused !== undefined) return refused
  const route = routeOf(asked)
  if (route === undefined) return notFound
  if (!route.methods.includes(asked.method)) return wrongMethod(route.methods)
  if (route.isAlways !== true && !view.isReady()) return notReady
  return { is: 'admitted', route }
}

/** How long a request may be held: with its turn (fairness.ts) below the first timeout of an SDK, 1 s (facts aws, 3.4). */
const heldMs = 700

/** What is not known yet is waited for: a container may ask before the kubelet has told its pod’s address. */
export async function outcomeOf(asked: Asked, route: Route, parts: RouteParts): Promise<Outcome> {
  const { view, held } = parts
  const look = () => route.outcome(asked, parts)
  const known = (outcome: Outcome) =>
    outcome.is === 'refused' && outcome.isHeld === true ? undefined : outcome
  const atOnce = known(look())
  if (atOnce !== undefined) return atOnce
  if (!held.enter(asked.address)) return tooMany(toldPodAt(asked, view))
  try {
    return (await view.soon(() => known(look()), heldMs)) ?? look()
  } finally {
    held.leave(asked.address)
  }
}

/** In the language of the endpoint. */
export function answerOf(outcome: Outcome, route: Route | undefined): Answer {
  if (outcome.is === 'answer') return outcome.answer
  return route?.name === sts.name ? stsRefusal(outcome, randomUUID()) : refusalAnswer(outcome)
}

function giving(
  asker: Asker | Refused,
  parts: RouteParts,
  role: string | undefined,
  body: (grant: Extract<ReturnType<typeof grantOf>, { is: 'granted' }>) => unknown,
): Outcome {
  if (asker.is === 'refused') return asker
  const grant = grantOf(asker.pod, parts, parts.nowMs(), role)
  return grant.is === 'refused' ? grant : { is: 'answer', answer: jsonAnswer(body(grant)), grant }
}
