import type { StepContext } from '../plan/step.ts'
import type { Change } from '../ports/event.ts'
import { pullSecretForeign, pullTokensStale } from '../problems/images.ts'
import { fieldsManaged } from '../problems/kubernetes.ts'
import { DevK8sError, fail, type Problem, problem } from '../problems/problem.ts'
import { admit } from '../upkeep/admit.ts'
import { applyInBatches } from '../upkeep/apply-in-batches.ts'
import { type Keeper, type Times, timesOf } from '../upkeep/keeper.ts'
import { sourceKey } from '../upkeep/source-key.ts'
import { untilText } from '../upkeep/until.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { scaleAddon } from './addon-deployment.ts'
import { areLeftOver, readAddonSecret, removeAddonSecret } from './addon-keys.ts'
import { addonNamespace, addonSecretName } from './addon-secret.ts'
import { authOf, renderDockerConfig } from './docker-config.ts'
import { pullSecret } from '../pods/names.ts'
import { type LivePullSecret, renderPullSecrets } from './pull-secret.ts'
import { regionsOf } from './regions.ts'
import { tokenDueAt, type Wanted } from './secret-state.ts'
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
    const wanted = await wantedOf(upkeep, context)
    const standing = secretStanding(survey, wanted, upkeep.images?.why ?? '')
    const changes = [...standing.changes, ...(left.are ? [removal] : [])]
    return withAccounts({ ...standing, changes }, survey, upkeep)
  },

  async renew(upkeep, standing, context, { all = false } = {}) {
    const survey = await readSurvey(upkeep, context)
    if ('problem' in survey) throw new DevK8sError(survey.problem)
    const wanted = await wantedOf(upkeep, context)
    if (survey.addon !== undefined && survey.addon.replicas > 0) {
      context.progress({ message: 'Stopping registry-creds' })
      await scaleAddon(0, upkeep.kubectl, context)
    }
    const left = await leftKeys(survey, upkeep, context)
    if ('are' in left && left.are) await removeAddonSecret(upkeep.kubectl, context)
    const by = namespacesByState(survey, wanted)
    const good = by.good.flatMap((namespace) => survey.secrets.get(namespace) ?? [])
    const [donor] = all ? [] : good
    const isDue = all || by.missing.length + by.due.length + by.emptied.length > 0
    const tokens = !isDue
      ? undefined
      : donor === undefined
        ? await renewAll(upkeep, survey, wanted, context)
        : await copyFrom(donor, upkeep, survey, wanted, context)
    await attachAccounts(survey, upkeep, context)
    return tokens === undefined ? standing : timesThen(tokens, donor === undefined ? [] : good, wanted)
  },
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

/** Whether registry-creds still has keys of ours, from a time when it pulled; asked for only where it is. */
async function leftKeys(
  { addon }: Survey,
  { kubectl }: Upkeep,
  context: StepContext,
): Promise<{ readonly are: boolean } | { readonly problem: Problem }> {
  if (addon === undefined) return { are: false }
  const found = await readAddonSecret(kubectl, context)
  return 'problem' in found ? found : { are: areLeftOver(found.live) }
}

async function wantedOf(upkeep: Upkeep, context: StepContext): Promise<Wanted> {
  return {
    regions: await regionsOf(upkeep, context),
    source: sourceKey(upkeep.source),
    accounts: upkeep.accounts,
    nowMs: context.ports.clock.now(),
  }
}

interface Contents {
  readonly tokens: readonly [AgedAuth, ...AgedAuth[]]
  readonly source: string
  readonly account: string
}

/** A new namespace gets what the others have: AWS need not be asked, nor be reachable. */
async function copyFrom(
  { config, record }: LivePullSecret,
  upkeep: Upkeep,
  survey: Survey,
  wanted: Wanted,
  context: StepContext,
): Promise<readonly AgedAuth[]> {
  const found = wanted.regions.flatMap((region): readonly AgedAuth[] => {
    const [auth, age] = [authOf(config, region), record?.regions[region]]
    return auth === undefined || age === undefined ? [] : [{ region, auth, age }]
  })
  const [first, ...others] = found
  if (record === undefined || first === undefined)
    throw new TypeError('a good pull secret without its tokens')
  const { source, account } = record
  const by = namespacesByState(survey, wanted)
  await write({ ...by, good: [] }, { tokens: [first, ...others], source, account }, upkeep, wanted, context)
  return found
}

async function renewAll(
  upkeep: Upkeep,
  survey: Survey,
  wanted: Wanted,
  context: StepContext,
): Promise<readonly AgedAuth[]> {
  const { account } = await admit(upkeep, context)
  context.progress({ message: `Asking ECR for pull tokens (${wanted.regions.join(', ')})` })
  const live = [...survey.secrets.values()]
  const { fresh, refused } = await readTokens(wanted.regions, upkeep, live, context)
  const kept = refused.flatMap((each) => each.kept ?? [])
  const [first, ...others] = fresh
  if (first === undefined) throw stale(refused, wanted)
  const tokens = [first, ...others, ...kept] as const
  await write(
    namespacesByState(survey, wanted),
    { tokens, source: wanted.source, account },
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
  { tokens, source, account }: Contents,
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
