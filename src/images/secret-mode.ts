import type { StepContext } from '../plan/step.ts'
import type { Change } from '../ports/event.ts'
import { pullSecretForeign, pullTokensStale } from '../problems/images.ts'
import { fieldsManaged } from '../problems/kubernetes.ts'
import { DevK8sError, fail, type Problem, problem } from '../problems/problem.ts'
import { admit, admitAccount } from '../upkeep/admit.ts'
import { applyInBatches } from '../upkeep/apply-in-batches.ts'
import { type Keeper, type Times, timesOf } from '../upkeep/keeper.ts'
import { insistOnAccount } from '../upkeep/same-account.ts'
import { sourceKey } from '../upkeep/source-key.ts'
import { untilText } from '../upkeep/until.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { stopAddon } from './addon-deployment.ts'
import { areLeftOver, readAddonSecret, removeAddonSecret } from './addon-keys.ts'
import { addonNamespace, addonSecretName } from './addon-secret.ts'
import { authOf, renderDockerConfig } from './docker-config.ts'
import { type Donor, donorOf } from './donor.ts'
import { pullSecret } from '../pods/names.ts'
import { type LivePullSecret, renderPullSecrets } from './pull-secret.ts'
import { regionsOf } from './regions.ts'
import { registriesOf, tokenDueAt, type Wanted } from './secret-state.ts'
import { listed, namespacesByState, secretStanding } from './secret-standing.ts'
import { attachAccounts, withAccounts } from './service-accounts.ts'
import { readSurvey, type Survey, surveyNow } from './survey.ts'
import { type AgedAuth, readTokens, type Refused } from './tokens.ts'
import type { TokenRecord } from './token-record.ts'

/** devk8s' own pull secrets: one token a region, in every namespace, renewed long before it ends. */
export const secretMode: Keeper = {
  async look(upkeep, context) {
    const survey = await readSurvey(upkeep, context)
    if ('problem' in survey) return survey
    const left = await leftKeys(survey, upkeep, context)
    if ('problem' in left) return left
    const wanted = await wantedOf(upkeep, survey, left, context)
    const standing = secretStanding(survey, wanted, upkeep.images?.why ?? '')
    const changes = [...standing.changes, ...(left.are ? [removal] : [])]
    return withAccounts({ ...standing, changes }, survey, upkeep)
  },

  async renew(upkeep, standing, context, { all = false, isUnasked = false } = {}) {
    const survey = await readSurvey(upkeep, context)
    if ('problem' in survey) throw new DevK8sError(survey.problem)
    if (survey.addon !== undefined && survey.addon.replicas > 0) {
      context.progress({ message: 'Stopping registry-creds' })
      await stopAddon(survey.addon, upkeep.kubectl, context)
    }
    const left = await leftKeys(survey, upkeep, context)
    const wanted = await wantedOf(upkeep, survey, left, context)
    const times = await renewTokens(upkeep, survey, wanted, context, { all, isUnasked })
    if ('are' in left && left.are) await removeAddonSecret(upkeep.kubectl, context)
    return times ?? standing
  },
}

/** @returns undefined when nothing was due. */
async function renewTokens(
  upkeep: Upkeep,
  survey: Survey,
  wanted: Wanted,
  context: StepContext,
  { all, isUnasked }: { readonly all: boolean; readonly isUnasked: boolean },
): Promise<Times | undefined> {
  const by = namespacesByState(survey, wanted)
  const lacking = by.missing.length + by.emptied.length
  const isDue = all || lacking + by.due.length > 0
  const donor = isDue ? donorOf(survey, wanted, by) : undefined
  const attach = async () => attachAccounts(survey, upkeep, context)
  // A new namespace gets what the others have: AWS need not be asked, nor be reachable.
  if (donor !== undefined && by.good.length > 0 && !all) {
    await write({ ...by, good: [] }, donor, upkeep, wanted, context)
    await attach()
    return timesThen(
      donor.tokens,
      by.good.flatMap((namespace) => survey.secrets.get(namespace) ?? []),
      wanted,
    )
  }
  const isServed = donor !== undefined && lacking > 0
  if (isServed) {
    await write({ ...by, good: [], due: [] }, donor, upkeep, wanted, context)
    await attach()
  }
  const tokens = isDue ? await renewAll(upkeep, survey, wanted, context, isUnasked) : undefined
  if (!isServed) await attach()
  return tokens === undefined ? undefined : timesThen(tokens, [], wanted)
}

/** When what has these tokens ends and is due, and what was good already. */
function timesThen(tokens: readonly AgedAuth[], good: readonly LivePullSecret[], wanted: Wanted): Times {
  const ages = [
    ...tokens.map(({ age }) => age),
    ...good.flatMap(({ record }) => Object.values(record?.regions ?? {})),
  ]
  return timesOf(
    ages.map(({ expiresAtMs }) => expiresAtMs),
    ages.map((age) => tokenDueAt(age, wanted.nowMs)),
  )
}

const removal: Change = {
  field: `Secret ${addonNamespace}/${addonSecretName}`,
  from: 'the AWS keys that registry-creds was given',
  effect: 'remove',
}

type LeftKeys = { readonly are: boolean; readonly accounts: readonly string[] }

/** Whether registry-creds still has keys of ours, from a time when it pulled; asked for only where it is. */
async function leftKeys(
  { addon }: Survey,
  { kubectl }: Upkeep,
  context: StepContext,
): Promise<LeftKeys | { readonly problem: Problem }> {
  if (addon === undefined) return { are: false, accounts: [] }
  const found = await readAddonSecret(kubectl, context)
  if ('problem' in found) return found
  const { live } = found
  return { are: areLeftOver(live), accounts: live?.isOurs === true ? (live.record?.registries ?? []) : [] }
}

async function wantedOf(
  upkeep: Upkeep,
  { secrets }: Survey,
  left: LeftKeys | { readonly problem: Problem },
  context: StepContext,
): Promise<Wanted> {
  const regions = await regionsOf(upkeep, context)
  const ours = [...secrets.values()].flatMap(({ isOurs, record }) =>
    isOurs && record ? [record.account] : [],
  )
  const accounts = [...ours, ...('accounts' in left ? left.accounts : [])]
  return {
    regions,
    registries: registriesOf(upkeep, regions, accounts),
    source: sourceKey(upkeep.source),
    accounts: upkeep.accounts,
    nowMs: context.ports.clock.now(),
  }
}

async function renewAll(
  upkeep: Upkeep,
  survey: Survey,
  wanted: Wanted,
  context: StepContext,
  isUnasked: boolean,
): Promise<readonly AgedAuth[]> {
  await admit(upkeep, context)
  context.progress({ message: `Asking ECR for pull tokens (${wanted.regions.join(', ')})` })
  const live = [...survey.secrets.values()]
  const { fresh, refused } = await readTokens(wanted.regions, upkeep, live, context)
  for (const account of new Set(fresh.map((each) => each.account))) {
    await admitAccount(upkeep, account, context)
    await insistOnAccount({ upkeep, account, kept: live.map(({ record }) => record), isUnasked }, context)
  }
  const kept = refused.flatMap((each) => each.kept ?? [])
  const [first, ...others] = fresh
  if (first === undefined) throw stale(refused, wanted)
  const tokens = [first, ...others, ...kept] as const
  await write(
    namespacesByState(survey, wanted),
    { tokens, source: wanted.source, account: first.account },
    upkeep,
    wanted,
    context,
  )
  const lost = refused.filter((each) => each.kept === undefined)
  if (lost.length > 0) throw stale(lost, wanted)
  for (const { region, problems, kept: old } of refused) {
    if (old === undefined) continue
    const [why] = problems
    const until = untilText(old.age.expiresAtMs, wanted.nowMs)
    const text = `ECR in ${region} gave no new pull token (${why?.code ?? 'unknown'}: ${why?.detail ?? ''}). The one in the cluster stays; it is good until ${until}.`
    context.note({ level: 'warning', text })
  }
  return tokens
}

/** The reasons first, with their own ways out; then what that means here. */
function stale(refused: readonly Refused[], { nowMs }: Wanted): DevK8sError {
  const reasons = new Map(
    refused.flatMap(({ problems }) => problems).map((each) => [`${each.code} ${each.detail}`, each]),
  )
  const regions = refused.map(({ region }) => region).join(', ')
  const ends = refused.flatMap(({ kept }) => (kept === undefined ? [] : [kept.age.expiresAtMs]))
  const there =
    ends.length === 0
      ? 'Nothing that is still good is in the cluster: its private images cannot be pulled.'
      : `Nothing was changed; what is in the cluster is good until ${untilText(Math.min(...ends), nowMs)}.`
  const ours = problem(pullTokensStale, {
    detail: `Asked was for ${regions}. ${there}`,
    next: ['devk8s aws status', 'devk8s aws refresh'],
  })
  return new DevK8sError([...reasons.values(), ours] as unknown as readonly [Problem, ...Problem[]])
}

/** Writes to all namespaces of these states but the foreign ones; what has nothing to lose is taken over. */
async function write(
  by: ReturnType<typeof namespacesByState>,
  { tokens, source, account }: Donor,
  upkeep: Upkeep,
  wanted: Wanted,
  context: StepContext,
): Promise<void> {
  const regions = Object.fromEntries(tokens.map(({ region, age }) => [region, age]))
  const contents = { config: renderDockerConfig(tokens), record: { source, account, regions } }
  const render = (namespaces: readonly string[]) => renderPullSecrets(namespaces, contents)
  const ordinary = [...by.missing, ...by.due, ...by.good]
  context.progress({ message: `Writing pull secrets to ${ordinary.length + by.emptied.length} namespaces` })
  const problems = [
    ...(await applyInBatches(ordinary, render, upkeep.kubectl, context)),
    ...(await applyInBatches(by.emptied, render, upkeep.kubectl, context, true)),
  ]
  if (problems.length > 0) await judge(problems, contents.record, upkeep, wanted, context)
}

/**
 * A failed apply may have failed for a namespace that went away meanwhile, which is no failure: only those that are
 * still there without the new tokens count.
 */
async function judge(
  problems: readonly Problem[],
  record: TokenRecord,
  upkeep: Upkeep,
  wanted: Wanted,
  context: StepContext,
): Promise<void> {
  const [first] = problems
  if (first === undefined) return
  const survey = await surveyNow(upkeep, context)
  if ('problem' in survey) throw new DevK8sError(first)
  const { foreign } = namespacesByState(survey, wanted)
  const without = survey.namespaces.filter(
    (namespace) => !foreign.includes(namespace) && !hasRecord(survey.secrets.get(namespace), record),
  )
  if (without.length === 0) return
  const conflict = problems.find(({ code }) => code === fieldsManaged.code)
  if (conflict === undefined) throw new DevK8sError(first)
  fail(pullSecretForeign, {
    detail: `${pullSecret} in ${listed(without)} was not renewed. ${conflict.detail}`,
    next: [
      `kubectl --kubeconfig ${upkeep.kubectl.kubeconfig} --context ${upkeep.kubectl.context} delete secret ${pullSecret} --namespace ${without[0]}`,
      'devk8s aws refresh',
    ],
    ...(conflict.evidence === undefined ? {} : { evidence: conflict.evidence }),
  })
}

function hasRecord(live: LivePullSecret | undefined, { regions }: TokenRecord): boolean {
  return Object.entries(regions).every(
    ([region, { issuedAtMs }]) =>
      live?.record?.regions[region]?.issuedAtMs === issuedAtMs && authOf(live.config, region) !== undefined,
  )
}
