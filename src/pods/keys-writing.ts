import type { StepContext } from '../plan/step.ts'
import { DevK8sError } from '../problems/problem.ts'
import { admit, admitAccount } from '../upkeep/admit.ts'
import { applyInBatches } from '../upkeep/apply-in-batches.ts'
import { insistOnAccount, type Renewing } from '../upkeep/same-account.ts'
import { sessionWantsOf } from '../upkeep/session-wants.ts'
import { sourceKey } from '../upkeep/source-key.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { donatedRecord, donorOf } from './keys-donor.ts'
import { isTorn } from './keys-damage.ts'
import { type KeysRecord, type NamespaceKeys, renderKeys, type SessionKeys } from './keys-secret.ts'
import { dueReason, type ServedNamespace } from './keys-survey.ts'
import { recordFor } from './session-record.ts'

/**
 * Gives namespaces without keys those of a neighbour, as long as they are good.
 * @returns those that were given some, as they are now, and whether these are to be renewed all the same.
 * @throws DevK8sError when they could not be written.
 */
export async function donateKeys(
  served: readonly ServedNamespace[],
  upkeep: Upkeep,
  context: StepContext,
): Promise<{ readonly given: readonly ServedNamespace[]; readonly isDue: boolean }> {
  const nowMs = context.ports.clock.now()
  const missing = served.filter(({ keys }) => keys === undefined)
  const donor = missing.length === 0 ? undefined : donorOf(served, upkeep, nowMs)
  if (donor === undefined) return { given: [], isDue: false }
  const { session } = donor
  const record = donatedRecord(donor.record, nowMs)
  await apply(
    missing.map(({ namespace }) => ({ namespace, record })),
    session,
    upkeep,
    context,
  )
  const given = missing.map(({ namespace }) => ({
    namespace,
    keys: { namespace, isOurs: true as const, record, session },
  }))
  const donorNow = { namespace: '', isOurs: true, ...donor }
  return { given, isDue: dueReason(donorNow, upkeep.source, nowMs) !== undefined }
}

/**
 * Asks AWS for a session and writes it to these namespaces, where it is not there already.
 * @returns what each has then.
 * @throws DevK8sError when the account is not let in, AWS gives none, or not all could be written.
 */
export async function renewKeys(
  due: readonly ServedNamespace[],
  upkeep: Upkeep,
  context: StepContext,
  before: Pick<Renewing, 'kept' | 'isUnasked'>,
): Promise<readonly KeysRecord[]> {
  const { aws, clock, host } = context.ports
  await admit(upkeep, context)
  const session = await aws.session(sessionWantsOf(upkeep, host.userName?.()), context.signal)
  const { account, expiresAtMs } = session
  await admitAccount(upkeep, account, context)
  await insistOnAccount({ upkeep, account, ...before }, context)
  const region = upkeep.source.region ?? (await aws.signInOf(upkeep.source)).region
  const source = sourceKey(upkeep.source)
  const given = { session, expiresAtMs, source, account, ...(region === undefined ? {} : { region }) }
  const nowMs = clock.now()
  const wanted = due.map(({ namespace, keys }) => ({
    namespace,
    old: keys?.record,
    isTorn: isTorn(keys, session),
    record: recordFor(keys, given, upkeep.source, nowMs),
  }))
  const changed = wanted.filter(({ old, record }) => record !== old)
  const sound = changed.filter((each) => !each.isTorn)
  const torn = changed.filter((each) => each.isTorn)
  await apply(sound, session, upkeep, context)
  await apply(torn, session, upkeep, context, true)
  return wanted.map(({ record }) => record)
}

async function apply(
  wanted: readonly NamespaceKeys[],
  session: SessionKeys,
  { kubectl }: Upkeep,
  context: StepContext,
  takesOver = false,
): Promise<void> {
  const byNamespace = new Map(wanted.map((each) => [each.namespace, each]))
  const render = (batch: readonly string[]) => {
    const keys = batch.flatMap((namespace) => byNamespace.get(namespace) ?? [])
    return renderKeys(keys, session)
  }
  const names = [...byNamespace.keys()]
  const [first, ...others] = await applyInBatches(names, render, kubectl, context, takesOver)
  if (first !== undefined) throw new DevK8sError([first, ...others])
}
