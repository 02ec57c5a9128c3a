import { applyObjects } from '../kube/apply.ts'
import { type KubeObject, keyOf } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import type { Note } from '../ports/event.ts'
import { policiesWithoutEffect } from '../problems/pods.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import type { Keeper, Standing } from '../upkeep/keeper.ts'
import { removeObjects } from '../upkeep/removal.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { literalTexts, policyChanges } from './policy-state.ts'
import { type PolicySurvey, policySurvey } from './policy-survey.ts'
import { type Probed, probe } from './probe.ts'

/** How long, in ms, the API server may take to notice what was applied; measured: 1 to 3 s on 1.35.1 and 1.36.2. */
const patienceMs = 20_000
const pauseMs = 500

type Possible = Extract<PolicySurvey, { kind: 'possible' }>
type Context = Pick<StepContext, 'ports' | 'signal' | 'once'>

/** The policies that give pods their keys and pull secrets are there, and know all service accounts with a role. */
export const policiesKeeper: Keeper = {
  async look(upkeep, context, { thorough = false } = {}) {
    const survey = await policySurvey(upkeep, context, { thorough })
    if ('problem' in survey) return survey
    if (survey.kind === 'impossible') return withoutPolicies(survey, upkeep)
    const standing = standingOf(survey)
    const isTried = thorough && standing.changes.length === 0
    return isTried ? withEffect(standing, await isInEffect(survey, upkeep, context)) : standing
  },

  async renew(upkeep, _standing, context) {
    const survey = await policySurvey(upkeep, context, { thorough: true })
    if ('problem' in survey) throw new DevK8sError(survey.problem)
    if (survey.kind === 'impossible') return {}
    await applyObjects(context.ports, upkeep.kubectl, survey.wanted, context.signal)
    await removeUnwanted(survey, upkeep, context)
    await untilInEffect(survey, upkeep, context)
    return {}
  },
}

function standingOf({ live, wanted }: Possible): Standing {
  const [there, needed] = [live, wanted].map((each) => accountsIn(each, 'serviceAccounts'))
  return {
    changes: policyChanges(wanted, live),
    detail: {
      served: true,
      serviceAccounts: there ?? [],
      missing: (needed ?? []).filter((account) => there?.includes(account) !== true),
      denied: accountsIn(wanted, 'deniedServiceAccounts'),
    },
  }
}

/** @param inEffect undefined when it could not be tried. */
function withEffect(standing: Standing, inEffect: boolean | undefined): Standing {
  return {
    ...standing,
    detail: { ...standing.detail, inEffect: inEffect ?? null },
    ...(inEffect === false ? { notes: [withoutEffect] } : {}),
  }
}

const accountsIn = (policies: readonly KubeObject[], name: string): readonly string[] =>
  policies.flatMap((policy) => literalTexts(policy, name))

const withoutEffect: Note = {
  level: 'warning',
  text: 'The policies for AWS keys are in the cluster but have no effect: a pod on trial came back unchanged.',
}

/** No fault of anybody's: there is another way to each pod. */
function withoutPolicies(
  { isOff, kubernetes }: Extract<PolicySurvey, { kind: 'impossible' }>,
  upkeep: Upkeep,
): Standing {
  const why = isOff
    ? `The API server runs without mutating admission policies, which Kubernetes ${kubernetes} has off by default; \`devk8s up\` restarts it with them.`
    : `Kubernetes ${kubernetes} has no mutating admission policies.`
  return {
    changes: [],
    detail: { served: false, isOff, kubernetes },
    notes: [
      {
        level: upkeep.pods === undefined && !isOff ? 'info' : 'warning',
        text: `${why} ${wayWithout(isOff, upkeep)}`,
      },
    ],
  }
}

function wayWithout(isOff: boolean, { pods, agent }: Upkeep): string {
  if (agent !== undefined) {
    const way = 'pods get credentials at the metadata addresses of AWS, and no region'
    return isOff ? `Until then ${way}.` : `So ${way}.`
  }
  if (pods !== undefined) {
    const way = 'ods get AWS keys by `devk8s aws attach deploy/NAME`.'
    return isOff ? `Until then p${way}` : `P${way}`
  }
  return isOff
    ? 'Pods get the pull secret where their manifest names it.'
    : 'Pods get the pull secret from their service account.'
}

/** Policies of ours that the profile has no more use for. */
async function removeUnwanted({ live, wanted }: Possible, upkeep: Upkeep, context: Context): Promise<void> {
  const keys = new Set(wanted.map(keyOf))
  const unwanted = live.filter((object) => !keys.has(keyOf(object)))
  await removeObjects(upkeep.kubectl, unwanted, context)
}

/** Undefined when it cannot be tried: no namespace is served, or its service account is not there yet. */
async function isInEffect(
  { namespace }: Pick<Possible, 'namespace'>,
  upkeep: Upkeep,
  context: Context,
): Promise<boolean | undefined> {
  if (namespace === undefined) return undefined
  const probed = await probe(upkeep.kubectl, namespace, context)
  return 'problem' in probed ? undefined : hasAll(probed, upkeep)
}

const hasAll = ({ keys, identity, pull }: Probed, { pods, agent, images }: Upkeep): boolean =>
  (keys || pods === undefined) && (identity || agent === undefined) && (pull || images === undefined)

async function untilInEffect(survey: Possible, upkeep: Upkeep, context: Context): Promise<void> {
  if (survey.namespace === undefined) return
  const { clock } = context.ports
  const deadline = clock.monotonic() + patienceMs
  for (;;) {
    const inEffect = await isInEffect(survey, upkeep, context)
    if (inEffect === true) return
    if (clock.monotonic() >= deadline) {
      // Not to be tried is no sign that they do not work.
      if (inEffect === undefined) return
      fail(policiesWithoutEffect, {
        detail: `${patienceMs / 1000} s after they were applied, a pod on trial in namespace ${survey.namespace} came back without what they give.`,
        next: [
          'devk8s aws status --verbose',
          ...(upkeep.agent === undefined ? ['devk8s aws attach deploy/NAME'] : []),
        ],
      })
    }
    await clock.sleep(pauseMs, context.signal)
  }
}
