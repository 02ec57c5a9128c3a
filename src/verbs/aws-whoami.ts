import { contextNameIn } from '../kubeconfig/local-context.ts'
import { readKubeconfigs } from '../kubeconfig/user-files.ts'
import { podSurvey } from '../pods/pod-survey.ts'
import { type ToldPod, toldPod, toldRows } from '../pods/told-pod.ts'
import type { Json } from '../ports/event.ts'
import { keysNotWanted } from '../problems/pods.ts'
import { fail } from '../problems/problem.ts'
import { valueNotAllowed } from '../problems/usage.ts'
import type { Profile } from '../profile/profile.ts'
import { columnsOf } from '../world.ts'
import { wrap } from '../report/text.ts'
import { keptCluster } from './kept.ts'
import { loadSessionProfile } from './prepare.ts'
import type { Session, Verb } from './session.ts'
import { renderTable } from './table.ts'

/** Without a pod: who the person is to AWS. With one: what it gets on this laptop, by which rule, and until when. */
export const awsWhoami: Verb<'aws.whoami'> = async (session) => {
  const { pod: typed } = session.request
  if (typed === undefined) return (await import('./aws-whoami-self.ts')).whoamiSelf(session)
  const named = podPlace(typed, session.request.namespace)
  const { upkeep } = await keptCluster(session)
  const { agent } = upkeep
  if (agent !== undefined) {
    const { profile } = await loadSessionProfile(session)
    const place = { namespace: profile.context.namespace, ...named }
    const { whoamiByRole } = await import('./aws-whoami-role.ts')
    return whoamiByRole(session, place, { upkeep, agent, context: await contextOf(session, profile) })
  }
  if (upkeep.pods === undefined) {
    fail(keysNotWanted, {
      detail: `The profile ${upkeep.team} has no \`aws.roles\`.`,
      next: ['devk8s profile show --explain'],
    })
  }
  const { profile } = await loadSessionProfile(session)
  const place = { namespace: profile.context.namespace, ...named }
  const nowMs = session.ports.clock.now()
  const survey = await podSurvey(upkeep, place, session)
  const told = toldPod(survey, upkeep, nowMs, await contextOf(session, profile))
  const head = `${place.namespace}/${place.name}\n\n`
  const columns = columnsOf(session.world.stdout)
  const warnings = told.warnings.map((text) => `\n${wrap(text, columns).join('\n')}\n`).join('')
  session.answer(
    valueOf(place, told),
    `${head}${renderTable(toldRows(survey, told, upkeep, nowMs), columns)}${warnings}`,
  )
  return { exit: 0, next: told.next }
}

/**
 * `NAME`, `pod/NAME` or `NAMESPACE/NAME`.
 * @param flag what `--namespace` said.
 * @returns no namespace when none was said.
 * @throws DevK8sError DK2903 for anything else, and for two namespaces.
 */
export function podPlace(
  typed: string,
  flag: string | undefined,
): { readonly namespace?: string; readonly name: string } {
  const words = typed.split('/')
  const [first = '', name = first] = words
  if (words.length > 2 || words.includes('')) {
    fail(valueNotAllowed, {
      detail: `“${typed}” is no pod: a pod is NAME, pod/NAME or NAMESPACE/NAME.`,
      next: ['devk8s aws whoami --help'],
    })
  }
  const own = words.length === 1 || podWords.includes(first) ? undefined : first
  if (own !== undefined && flag !== undefined && own !== flag) {
    fail(valueNotAllowed, {
      detail: `“${typed}” is a pod of the namespace ${own}, and --namespace says ${flag}.`,
      next: [`devk8s aws whoami ${typed}`, `devk8s aws whoami ${flag}/${name}`],
    })
  }
  const namespace = own ?? flag
  return { name, ...(namespace === undefined ? {} : { namespace }) }
}

const podWords = ['pod', 'pods', 'po']

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
