import type { StepContext } from '../plan/step.ts'
import type { Change, Note } from '../ports/event.ts'
import { DevK8sError } from '../problems/problem.ts'
import { admit } from '../upkeep/admit.ts'
import { applyInBatches } from '../upkeep/apply-in-batches.ts'
import { renewAt } from '../upkeep/due.ts'
import { type Keeper, type Standing, type Times, timesOf } from '../upkeep/keeper.ts'
import { type Lifetime, lifetimeOf } from '../upkeep/lifetime.ts'
import { removeKeys } from '../upkeep/removal.ts'
import { sessionWantsOf } from '../upkeep/session-wants.ts'
import { sourceKey } from '../upkeep/source-key.ts'
import { clockText } from '../upkeep/until.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { renderKeys } from './keys-secret.ts'
import { dueReason, type KeysSurvey, keysSurvey } from './keys-survey.ts'
import { keysSecret } from './names.ts'

/** Each namespace of the profile has a Secret with the keys of one short-lived session. */
export const podsKeeper: Keeper = {
  async look(upkeep, context) {
    const survey = await keysSurvey(upkeep, context)
    return 'problem' in survey ? survey : standingOf(survey, upkeep, context.ports.clock.now())
  },

  async renew(upkeep, _standing, context, { all = false } = {}) {
    const survey = await keysSurvey(upkeep, context)
    if ('problem' in survey) throw new DevK8sError(survey.problem)
    const nowMs = context.ports.clock.now()
    const due = survey.served.filter(({ keys }) => all || dueReason(keys, upkeep.source, nowMs) !== undefined)
    const written = due.length > 0 ? [await write(due, upkeep, context)] : []
    const kept = survey.served.filter((each) => !due.includes(each)).flatMap(({ keys }) => keys?.record ?? [])
    const unwanted = survey.unwanted.map((namespace) => ({ namespace, name: keysSecret }))
    await removeKeys(upkeep.kubectl, unwanted, context)
    return timesOfAll([...written, ...kept])
  },
}

function standingOf(survey: KeysSurvey, upkeep: Upkeep, nowMs: number): Standing {
  const records = survey.served.flatMap(({ keys }) => keys?.record ?? [])
  return {
    changes: changesOf(survey, upkeep, nowMs),
    ...timesOfAll(records),
    detail: {
      namespaces: survey.served.map(({ namespace, keys }) => ({
        namespace,
        expiresAt: keys?.record === undefined ? null : new Date(keys.record.expiresAtMs).toISOString(),
        account: keys?.record?.account ?? null,
        region: keys?.record?.region ?? null,
      })),
      missing: survey.missing,
      foreign: survey.foreign,
    },
    notes: notesOf(survey, upkeep),
  }
}

function timesOfAll(lifetimes: readonly Lifetime[]): Times {
  return timesOf(
    lifetimes.map(({ expiresAtMs }) => expiresAtMs),
    lifetimes.map(({ issuedAtMs, expiresAtMs }) => renewAt(issuedAtMs, expiresAtMs)),
  )
}

function changesOf(survey: KeysSurvey, { source }: Upkeep, nowMs: number): readonly Change[] {
  const titled = (namespace: string) => `Secret ${namespace}/${keysSecret}`
  const written = survey.served.flatMap(({ namespace, keys }): readonly Change[] => {
    const reason = dueReason(keys, source, nowMs)
    if (reason === undefined) return []
    if (reason === 'missing') return [{ field: titled(namespace), effect: 'create' }]
    const ends = keys?.record?.expiresAtMs
    return [
      {
        field: titled(namespace),
        ...(ends === undefined ? {} : { from: `a session until ${clockText(ends, nowMs)}` }),
        to: reasons[reason],
        effect: 'in-place',
      },
    ]
  })
  return [
    ...written,
    ...survey.unwanted.map((namespace): Change => ({ field: titled(namespace), effect: 'remove' })),
  ]
}

const reasons = {
  unreadable: 'a new session: nothing says how long this one lasts',
  'other-identity': 'a session of the identity in the profile',
  'other-region': 'the region in the profile',
  age: 'a new session',
} as const

const whenMade = 'with the first `devk8s up` or `devk8s aws refresh` after it is made, or from the broker'

function notesOf({ foreign, closed, missing }: KeysSurvey, { pods }: Upkeep): readonly Note[] {
  const roles = Object.entries(pods?.roles ?? {})
  const later = roles.filter(([, says]) => says === 'assume' || says.startsWith('profile:'))
  return [
    ...foreign.map((namespace): Note => ({
      level: 'warning',
      text: `Namespace ${namespace} has a Secret ${keysSecret} that devk8s did not make, and it stays as it is: pods there get what is in it.`,
    })),
    ...missing.map((namespace): Note => ({
      level: 'info',
      text: `Namespace ${namespace} is not in the cluster yet: it gets AWS keys ${whenMade}.`,
    })),
    ...closed.map((namespace): Note => ({
      level: 'info',
      text: `Namespace ${namespace} gets no AWS keys: it is labelled devk8s.dev/aws=off, is one of Kubernetes itself, or is being deleted.`,
    })),
    ...(later.length === 0
      ? []
      : [
          {
            level: 'info' as const,
            text: `Pods with ${later.length === 1 ? 'the role' : 'the roles'} ${later.map(([role]) => role).join(', ')} get your own session: keys in environment variables are the same for all pods of a namespace.`,
          },
        ]),
  ]
}

async function write(due: KeysSurvey['served'], upkeep: Upkeep, context: StepContext): Promise<Lifetime> {
  const { aws, clock, host } = context.ports
  const { account } = await admit(upkeep, context)
  const keys = await aws.session(sessionWantsOf(upkeep, host.userName?.()), context.signal)
  const region = upkeep.source.region ?? (await aws.signInOf(upkeep.source)).region
  const record = {
    source: sourceKey(upkeep.source),
    account,
    ...(region === undefined ? {} : { region }),
    ...lifetimeOf(clock.now(), keys.expiresAtMs),
  }
  const ends = due.flatMap(({ namespace, keys: old }) =>
    old?.record === undefined ? [] : [[namespace, old.record.expiresAtMs] as const],
  )
  const previous = new Map(ends)
  const render = (batch: readonly string[]) => renderKeys(batch, keys, record, previous)
  const namespaces = due.map(({ namespace }) => namespace)
  const [first, ...others] = await applyInBatches(namespaces, render, upkeep.kubectl, context)
  if (first !== undefined) throw new DevK8sError([first, ...others])
  return record
}
