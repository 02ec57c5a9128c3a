import type { KubeObject } from '../kube/object.ts'
import { refuseUnknownPod } from '../pods/no-pod.ts'
import { readOwnSources } from '../pods/own-sources.ts'
import { DevK8sError } from '../problems/problem.ts'
import { wrap } from '../report/text.ts'
import { lanesByNode, nodeOf } from '../roles/pod-lanes.ts'
import { type RolesSurvey, rolesSurvey } from '../roles/roles-survey.ts'
import { toldRole, toldRoleRows, toldRoleValue } from '../roles/told-role.ts'
import type { AgentUpkeep, Upkeep } from '../upkeep/upkeep.ts'
import { columnsOf } from '../world.ts'
import { keepingContext } from './kept.ts'
import type { Session, VerbEnd } from './session.ts'
import { renderTable } from './table.ts'

interface Place {
  readonly namespace: string
  readonly name: string
}

/**
 * What a pod gets from the agent: its role, by which rule, whose session, by which way, until when. Asks AWS nothing.
 * @param context what the person's own kubectl calls the cluster.
 */
export async function whoamiByRole(
  session: Session,
  place: Place,
  {
    upkeep,
    agent,
    context,
  }: { readonly upkeep: Upkeep; readonly agent: AgentUpkeep; readonly context: string },
): Promise<VerbEnd> {
  const keeping = keepingContext(session)
  const read = rolesSurvey(upkeep, agent, keeping)
  const [survey, own, healthOn] = await Promise.all([
    read,
    readOwnSources({ kubectl: upkeep.kubectl, namespace: place.namespace }, session),
    lanesByNode(upkeep, agent, keeping, read),
  ])
  if ('problem' in own) throw new DevK8sError(own.problem)
  // All of it may have been read in the moment of a Ctrl-C; who interrupts wants no answer.
  session.signal.throwIfAborted()
  const pod = podAt(place, survey)
  const nowMs = session.ports.clock.now()
  const about = {
    nowMs,
    context,
    kubernetes: upkeep.kubernetes,
    ownSources: own.sources,
    health: healthOn(nodeOf(pod)),
  }
  const told = toldRole(pod, survey, agent, about)
  const columns = columnsOf(session.world.stdout)
  const warnings = told.warnings.map((text) => `\n${wrap(text, columns).join('\n')}\n`).join('')
  session.answer(
    { ...place, ...toldRoleValue(told) },
    `${place.namespace}/${place.name}\n\n${renderTable(toldRoleRows(told, nowMs), columns)}${warnings}`,
  )
  return { exit: 0, next: told.next }
}

function podAt(place: Place, { objects }: RolesSurvey): KubeObject {
  const found = objects.find(
    ({ kind, metadata }) =>
      kind === 'Pod' && metadata.name === place.name && (metadata.namespace ?? 'default') === place.namespace,
  )
  return found ?? refuseUnknownPod(place, objects)
}
