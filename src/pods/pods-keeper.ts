import type { Change, Note } from '../ports/event.ts'
import { DevK8sError } from '../problems/problem.ts'
import { type Keeper, type Standing, type Times, timesOf } from '../upkeep/keeper.ts'
import { removeKeys } from '../upkeep/removal.ts'
import { clockText, untilText } from '../upkeep/until.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { keysDueAt, type KeysRecord } from './keys-secret.ts'
import { dueReason, type KeysSurvey, keysSurvey, type ServedNamespace } from './keys-survey.ts'
import { donateKeys, renewKeys } from './keys-writing.ts'
import { keysSecret } from './names.ts'
import { saysText } from './roles.ts'

/** Each namespace of the profile has a Secret with the keys of one short-lived session. */
export const podsKeeper: Keeper = {
  async look(upkeep, context) {
    const survey = await keysSurvey(upkeep, context)
    return 'problem' in survey ? survey : standingOf(survey, upkeep, context.ports.clock.now())
  },

  async renew(upkeep, _standing, context, { all = false, isUnasked = false } = {}) {
    const survey = await keysSurvey(upkeep, context)
    if ('problem' in survey) throw new DevK8sError(survey.problem)
    const nowMs = context.ports.clock.now()
    const { given, isDue } = await donateKeys(survey.served, upkeep, context)
    const byNamespace = new Map(given.map((each) => [each.namespace, each]))
    const served = survey.served.map((each) => byNamespace.get(each.namespace) ?? each)
    const isToRenew = (each: ServedNamespace) =>
      all || dueReason(each.keys, upkeep.source, nowMs) !== undefined || (isDue && given.includes(each))
    const due = served.filter(isToRenew)
    const before = { kept: served.map(({ keys }) => keys?.record), isUnasked }
    const written = due.length > 0 ? await renewKeys(due, upkeep, context, before) : []
    const kept = served.filter((each) => !due.includes(each)).flatMap(({ keys }) => keys?.record ?? [])
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
    notes: [...notesOf(survey, upkeep), ...repeatedNotes(records, nowMs)],
  }
}

function timesOfAll(records: readonly KeysRecord[]): Times {
  return timesOf(
    records.map(({ expiresAtMs }) => expiresAtMs),
    records.map(keysDueAt),
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
  damaged: 'a new session: what is there is not a whole one',
  'other-identity': 'a session of the identity in the profile',
  'other-region': 'the region in the profile',
  age: 'a new session',
} as const

const whenMade = 'with the first `devk8s up` or `devk8s aws refresh` after it is made, or from the broker'

/** `shop` for `arn:aws:iam::123456789012:role/shop`: people write either. */
const bareName = (role: string): string => role.slice(role.lastIndexOf('/') + 1)

function notesOf({ foreign, closed, missing }: KeysSurvey, { pods }: Upkeep): readonly Note[] {
  const roles = Object.entries(pods?.roles ?? {})
  const later = roles.filter(
    ([, says]) => saysText(says) === 'assume' || saysText(says).startsWith('profile:'),
  )
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
            text: `Pods with the role ${later.map(([role]) => bareName(role)).join(' or ')} get your own session for now, whatever aws.roles says of it: keys in environment variables are the same for all pods of a namespace.`,
          },
        ]),
  ]
}

/** A session that is handed out again until it is nearly over: nothing that runs gets other keys before that. */
function repeatedNotes(records: readonly KeysRecord[], nowMs: number): readonly Note[] {
  const repeated = records.filter(({ renewAtMs }) => renewAtMs !== undefined)
  const [first] = repeated.toSorted((a, b) => a.expiresAtMs - b.expiresAtMs)
  if (first === undefined) return []
  const until = untilText(first.expiresAtMs, nowMs)
  const text = `AWS hands out the session again that pods have already, good until ${until}: new keys are asked for from ${clockText(keysDueAt(first), nowMs)} on.`
  return [{ level: 'info', text }]
}
