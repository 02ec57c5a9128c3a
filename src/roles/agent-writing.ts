import type { MappingDocument } from '../agent/documents.ts'
import type { StepContext } from '../plan/step.ts'
import { DevK8sError } from '../problems/problem.ts'
import { applyInBatches } from '../upkeep/apply-in-batches.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { type AgentSurvey, namespaceMissing } from './agent-survey.ts'
import { isMapping, renderMapping } from './mapping.ts'
import { agentNamespace } from './names.ts'
import { renderRecords } from './session-records.ts'
import { renderSessions } from './sessions-secret.ts'
import type { NextSessions } from './sessions-renewal.ts'

/**
 * Writes what the agent is to know, in one call of kubectl: the sessions first, since the mapping leads to them. What
 * somebody has edited is taken over: it says who gets what.
 * @returns whether anything had to be written.
 * @throws DevK8sError DK5116 where the agent's namespace is not there, or what kubectl says.
 */
export async function writeAgent(
  { records, keys }: NextSessions,
  mapping: MappingDocument,
  survey: AgentSurvey,
  upkeep: Upkeep,
  context: StepContext,
): Promise<boolean> {
  const { live, mapping: before } = survey
  const isSame =
    live !== undefined &&
    !live.isDamaged &&
    renderRecords(live.records) === renderRecords(records) &&
    [...keys].every(([id, { accessKeyId }]) => live.keys.get(id)?.accessKeyId === accessKeyId)
  if (isSame && isMapping(before, mapping)) return false
  if (!survey.hasNamespace) throw new DevK8sError(namespaceMissing(upkeep))
  const { hashing } = context.ports
  const told = JSON.stringify(renderMapping(mapping, hashing))
  const render = () =>
    renderSessions(records, keys, hashing).map(
      (secret) => `{"apiVersion":"v1","kind":"List","items":[${secret},${told}]}`,
    )
  const takesOver = live?.isDamaged === true || before?.isEdited === true
  const [first, ...others] = await applyInBatches(
    [agentNamespace],
    render,
    upkeep.kubectl,
    context,
    takesOver,
  )
  if (first !== undefined) throw new DevK8sError([first, ...others])
  return true
}
