import type { StepContext } from '../plan/step.ts'
import { DevK8sError, isDevK8sError, type Problem } from '../problems/problem.ts'
import type { Keeper, Renewed, Standing } from '../upkeep/keeper.ts'
import type { AgentUpkeep, Upkeep } from '../upkeep/upkeep.ts'
import { type AgentSurvey, agentSurvey, agentWants } from './agent-survey.ts'
import { standingOf, timesOfRecords } from './agent-standing.ts'
import { writeAgent } from './agent-writing.ts'
import { regionOf } from './identity-facts.ts'
import { type Health, healthValue, lookAtLanes, routesProblem } from './lane-health.ts'
import { assertRoutes, lookAtRoutes, type RoutesLook, routesFound } from './routes.ts'
import { renewDeveloper, renewSessions } from './sessions-renewal.ts'

/**
 * What the agent answers pods from: the sessions that AWS gave, in one Secret, and the mapping that says whose a pod
 * gets; and the rules inside the nodes, which lead the metadata addresses to it.
 */
export const agentKeeper: Keeper = {
  async look(upkeep, context) {
    const { agent } = upkeep
    if (agent === undefined) return { changes: [], detail: {} }
    const survey = await agentSurvey(upkeep, agent, context)
    // Into the nodes of a cluster that is stopped nobody looks.
    if ('problem' in survey) return survey
    const routes = await lookAtRoutes(agent, context)
    const wants = agentWants(upkeep, agent, survey, context)
    const standing = standingOf(agent, survey, wants, context)
    const health = await lookAtLanes(upkeep, { routes: routesFound(routes.detail) }, context)
    return 'problem' in health ? health : withLanes(standing, routes, health)
  },

  async renew(upkeep, _standing, context, { all = false, isUnasked = false } = {}) {
    const { agent } = upkeep
    if (agent === undefined) return {}
    // The rules are gone after every stop of the cluster, whether there is a sign-in or not.
    const routes = await problemOf(assertRoutes(agent, context), context)
    const survey = await agentSurvey(upkeep, agent, context)
    if ('problem' in survey) throw new DevK8sError(survey.problem)
    const renewed = await renewAll(upkeep, agent, survey, context, { all, isUnasked })
    const wrong = renewed.problem ?? routes
    return wrong === undefined ? renewed : { ...renewed, problem: wrong }
  },
}

function withLanes(standing: Standing, routes: RoutesLook, health: Health): Standing {
  const trouble = routesProblem(routesFound(routes.detail))
  return {
    ...standing,
    ...(trouble === undefined ? {} : { trouble }),
    changes: [...standing.changes, ...routes.changes],
    detail: { ...standing.detail, routes: routes.detail, health: healthValue(health) },
    notes: [...(standing.notes ?? []), ...routes.notes],
  }
}

async function renewAll(
  upkeep: Upkeep,
  agent: AgentUpkeep,
  survey: AgentSurvey,
  context: StepContext,
  how: { readonly all: boolean; readonly isUnasked: boolean },
): Promise<Renewed> {
  const { live } = survey
  const developer = await renewDeveloper(upkeep, { live, ...how }, context)
  const region = await regionOf(upkeep, context)
  const developerArn = developer.minted?.record.arn
  const told = {
    ...(region === undefined ? {} : { region }),
    ...(developerArn === undefined ? {} : { developerArn }),
  }
  const { mapping, sessions, idle } = agentWants(upkeep, agent, survey, context, told)
  const next = await renewSessions(sessions, idle, {
    upkeep,
    live,
    ...how,
    context,
    developer: developer.minted,
    developerProblem: developer.problem,
  })
  await writeAgent(next, mapping, survey, upkeep, context)
  // Told as what it is, by whoever asked: what is still good is there.
  if (developer.problem !== undefined) throw new DevK8sError(developer.problem)
  return {
    ...timesOfRecords(next.records),
    ...(next.problem === undefined ? {} : { problem: next.problem }),
  }
}

async function problemOf(work: Promise<void>, { signal }: StepContext): Promise<Problem | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    if (!isDevK8sError(error)) throw error
    return error.problems[0]
  }
}
