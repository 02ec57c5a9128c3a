import { contextNameIn } from '../kubeconfig/local-context.ts'
import { readKubeconfigs } from '../kubeconfig/user-files.ts'
import { podSurvey } from '../pods/pod-survey.ts'
import { type ToldPod, toldPod, toldRows } from '../pods/told-pod.ts'
import type { Json } from '../ports/event.ts'
import { keysNotWanted } from '../problems/pods.ts'
import { fail } from '../problems/problem.ts'
import type { Profile } from '../profile/profile.ts'
import { keptCluster } from './kept.ts'
import { loadSessionProfile } from './prepare.ts'
import type { Session, Verb } from './session.ts'
import { renderTable } from './table.ts'

/** Without a pod: who the person is to AWS. With one: what it gets on this laptop, by which rule, and until when. */
export const awsWhoami: Verb<'aws.whoami'> = async (session) => {
  const { pod: typed } = session.request
  if (typed === undefined) return (await import('./aws-whoami-self.ts')).whoamiSelf(session)
  const { upkeep } = await keptCluster(session)
  if (upkeep.pods === undefined) {
    fail(keysNotWanted, {
      detail: `The profile ${upkeep.team} has no \`aws.roles\`.`,
      next: ['devk8s profile show --explain'],
    })
  }
  const { profile } = await loadSessionProfile(session)
  const place = podPlace(typed, session.request.namespace ?? profile.context.namespace)
  const nowMs = session.ports.clock.now()
  const survey = await podSurvey(upkeep, place, session)
  const told = toldPod(survey, upkeep, nowMs, await contextOf(session, profile))
  const head = `${place.namespace}/${place.name}\n\n`
  const warnings = told.warnings.map((text) => `\n${text}\n`).join('')
  session.answer(
    valueOf(place, told),
    `${head}${renderTable(toldRows(survey, told, upkeep, nowMs), 80)}${warnings}`,
  )
  return { exit: 0, next: told.next }
}

/** `NAME`, `pod/NAME` or `NAMESPACE/NAME`. */
export function podPlace(
  typed: string,
  namespace: string,
): { readonly namespace: string; readonly name: string } {
  const [first = '', name] = typed.split('/')
  if (name === undefined) return { namespace, name: first }
  return ['pod', 'pods', 'po'].includes(first) ? { namespace, name } : { namespace: first, name }
}

/** What the person's own kubectl calls the local cluster. */
async function contextOf({ ports, layout }: Session, { context, cluster }: Profile): Promise<string> {
  const texts = await readKubeconfigs(ports.files, layout.userKubeconfig)
  return contextNameIn(texts, { ...context, minikubeProfile: cluster.name })
}

function valueOf(place: { readonly namespace: string; readonly name: string }, told: ToldPod): Json {
  const { verdict, keys } = told
  const ends = 'endsAtMs' in keys ? keys.endsAtMs : undefined
  return {
    ...place,
    role: verdict.asks?.role ?? null,
    roleFrom: verdict.asks?.from ?? null,
    rule: verdict.asks?.says ?? null,
    given: told.isGiven,
    by: 'grants' in verdict.pod ? verdict.pod.grants : null,
    refusedBy: 'refuses' in verdict.pod ? verdict.pod.refuses : null,
    containers: verdict.containers.map((container) => ({ ...container })),
    session: 'developer',
    keys: keys.is,
    expiresAt: ends === undefined ? null : new Date(ends).toISOString(),
    account: told.account ?? null,
    region: told.region ?? null,
    warnings: told.warnings,
  }
}
