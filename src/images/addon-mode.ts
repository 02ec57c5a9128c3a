import { applyArgs } from '../kube/apply.ts'
import { classifyFailure } from '../kube/failures.ts'
import { callTimeoutMs, kubectlCommand } from '../kube/kubectl.ts'
import type { StepContext } from '../plan/step.ts'
import { pullSecretForeign } from '../problems/images.ts'
import { fieldsManaged } from '../problems/kubernetes.ts'
import { DevK8sError, fail, type Problem } from '../problems/problem.ts'
import { admit, admitAccount } from '../upkeep/admit.ts'
import { renewAt } from '../upkeep/due.ts'
import { type Keeper, type Times, timesOf } from '../upkeep/keeper.ts'
import { sessionWantsOf } from '../upkeep/session-wants.ts'
import { insistOnAccount } from '../upkeep/same-account.ts'
import { sourceKey } from '../upkeep/source-key.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { type AddonDeployment, restartAddon, scaleAddon } from './addon-deployment.ts'
import {
  addonNamespace,
  type AddonRecord,
  addonSecretName,
  type LiveAddonSecret,
  renderAddonSecret,
} from './addon-secret.ts'
import { readAddonSecret } from './addon-keys.ts'
import { addonDue, addonStanding, type AddonWanted } from './addon-standing.ts'
import { regionsOf } from './regions.ts'
import { readSurvey, type Survey } from './survey.ts'

/**
 * With less left of its session than this, registry-creds is stopped when there is no new one: at its next hourly round
 * it would fail and write over good pull secrets with empty ones (facts aws, 2.6). An hour, and time to try again.
 */
const stopsBelowMs = 90 * 60_000

/** minikube's registry-creds, given a session's keys and kept from doing harm when that ends. */
export const addonMode: Keeper = {
  async look(upkeep, context) {
    const found = await read(upkeep, context)
    if ('problem' in found) return found
    return addonStanding(found.survey, found.live, found.wanted, upkeep.images?.why ?? '')
  },

  async renew(upkeep, standing, context, { all = false, isUnasked = false } = {}) {
    const found = await read(upkeep, context)
    if ('problem' in found) throw new DevK8sError(found.problem)
    const { survey, live, wanted } = found
    const due = addonDue(survey, live, wanted)
    const isNew = all || due.session
    const times = isNew ? await renewSession(upkeep, found, context, isUnasked) : standing
    const { addon } = survey
    if (addon?.replicas === 0) await scaleAddon(1, upkeep.kubectl, context)
    else if (addon !== undefined && (isNew || due.refill.length > 0))
      await restartAddon(upkeep.kubectl, context)
    return times
  },
}

interface Found {
  readonly survey: Survey
  readonly live: LiveAddonSecret | undefined
  readonly wanted: AddonWanted
}

async function read(upkeep: Upkeep, context: StepContext): Promise<Found | { readonly problem: Problem }> {
  const { kubectl, accounts, source, images } = upkeep
  const [survey, live] = await Promise.all([readSurvey(upkeep, context), readAddonSecret(kubectl, context)])
  if ('problem' in survey) return survey
  if ('problem' in live) return live
  const regions = await regionsOf(upkeep, context)
  const inRegion = (images?.registries ?? []).filter((each) => each.regions.includes(regions[0]))
  return {
    survey,
    live: live.live,
    wanted: {
      regions,
      source: sourceKey(source),
      accounts,
      nowMs: context.ports.clock.now(),
      registries: [...new Set(inRegion.map(({ account }) => account))],
    },
  }
}

async function renewSession(
  upkeep: Upkeep,
  { survey, live, wanted }: Found,
  context: StepContext,
  isUnasked: boolean,
): Promise<Times> {
  const { ports, signal } = context
  try {
    await admit(upkeep, context)
    context.progress({ message: 'Asking AWS for a session for registry-creds' })
    const issuedAtMs = ports.clock.now()
    const session = await ports.aws.session(sessionWantsOf(upkeep, ports.host.userName?.()), signal)
    const { account } = session
    await admitAccount(upkeep, account, context)
    await insistOnAccount({ upkeep, account, kept: [live?.record], isUnasked }, context)
    const { source, regions } = wanted
    const registries = wanted.registries.length === 0 ? [account] : wanted.registries
    const { expiresAtMs } = session
    const record: AddonRecord = { source, account, region: regions[0], registries, issuedAtMs, expiresAtMs }
    await applySecret(renderAddonSecret(session, record), live, upkeep, context)
    return timesOf([expiresAtMs], [renewAt(issuedAtMs, expiresAtMs)])
  } catch (error) {
    signal.throwIfAborted()
    await stopBeforeHarm(survey.addon, live, upkeep, context)
    throw error
  }
}

/**
 * What it has written is good for twelve hours from then on; without it nobody empties that. With keys of somebody else
 * it is theirs, and goes on.
 */
async function stopBeforeHarm(
  addon: AddonDeployment | undefined,
  live: LiveAddonSecret | undefined,
  { kubectl }: Pick<Upkeep, 'kubectl'>,
  context: StepContext,
): Promise<void> {
  if (live?.isOurs !== true) return
  const leftMs = (live.record?.expiresAtMs ?? 0) - context.ports.clock.now()
  if (addon === undefined || addon.replicas === 0 || leftMs > stopsBelowMs) return
  await scaleAddon(0, kubectl, context)
  const text =
    'registry-creds is stopped until there is a new session: it would write over good pull secrets with empty ones.'
  context.note({ level: 'warning', text })
}

async function applySecret(
  stdin: ReturnType<typeof renderAddonSecret>,
  live: LiveAddonSecret | undefined,
  { kubectl }: Pick<Upkeep, 'kubectl'>,
  { ports, signal }: StepContext,
): Promise<void> {
  const takesOver = live?.isPlaceholder === true
  const args = applyArgs().map((arg) =>
    takesOver && arg === '--force-conflicts=false' ? '--force-conflicts' : arg,
  )
  const command = kubectlCommand(kubectl, args, { changes: true, stdin })
  const ran = await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal })
  signal.throwIfAborted()
  const failure = classifyFailure(ran, kubectl)
  if (failure === undefined) return
  if (failure.code !== fieldsManaged.code) throw new DevK8sError(failure)
  fail(pullSecretForeign, {
    detail: `Secret ${addonNamespace}/${addonSecretName}: ${failure.detail} Most likely minikube addons configure made it.`,
    next: [
      `kubectl --kubeconfig ${kubectl.kubeconfig} --context ${kubectl.context} delete secret ${addonSecretName} --namespace ${addonNamespace}`,
      'devk8s up',
    ],
    ...(failure.evidence === undefined ? {} : { evidence: failure.evidence }),
  })
}
