import { withoutBroker } from '../images/mode.ts'
import type { Finding, Runner, Step, StepContext } from '../plan/step.ts'
import type { Change, Note } from '../ports/event.ts'
import { runningBroker } from '../upkeep/broker-files.ts'
import { placesAround } from '../upkeep/places.ts'
import { writeUpkeep } from '../upkeep/records.ts'
import { parseUpkeep, renderUpkeep } from '../upkeep/upkeep-file.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'

/** What is kept fresh in the cluster is written down, for its owner alone. */
export const runner: Runner<'upkeep.recorded'> = {
  lane: 'host',
  settleMs: 0,

  async check(step, context): Promise<Finding> {
    const notes = await brokerNotes(step, context)
    const found = await recordOf(step, context)
    return notes.length === 0 ? found : { ...found, notes }
  },

  async apply({ want: { path, upkeep } }, _found, { ports: { files } }) {
    await writeUpkeep(files, path, upkeep)
  },
}

type Recorded = Step<'upkeep.recorded'>

async function recordOf({ want: { path, upkeep } }: Recorded, { ports }: StepContext): Promise<Finding> {
  const { files, host } = ports
  const text = await files.readText(path)
  if (text === undefined) return { state: 'absent', changes: [{ field: path, effect: 'create' }] }
  const changes: Change[] = []
  if (text !== renderUpkeep(upkeep))
    changes.push({ field: path, effect: 'in-place' }, ...ofProfile(text, upkeep))
  const mode = (await files.stat(path))?.mode
  const isWindows = (await host.read()).platform === 'win32'
  if (!isWindows && mode !== undefined && (mode & 0o077) !== 0) {
    changes.push({ field: `${path} mode`, from: mode.toString(8), to: '600', effect: 'in-place' })
  }
  return changes.length === 0 ? { state: 'ready' } : { state: 'drifted', changes }
}

/** Whose keys enter the cluster is told beside the file: where the team names no profile it is the shell that decides. */
function ofProfile(text: string, { source: { profile: to = 'none' } }: Upkeep): readonly Change[] {
  const before = parseUpkeep(text)
  if ('fault' in before) return []
  const { profile: from = 'none' } = before.upkeep.source
  return from === to ? [] : [{ field: 'AWS profile', from, to, effect: 'in-place' }]
}

/** The profile may insist on registry-creds; `auto` takes it only while a broker runs. */
async function brokerNotes(
  { want: { path, upkeep } }: Recorded,
  { ports, signal }: StepContext,
): Promise<readonly Note[]> {
  if (upkeep.images?.mode !== 'addon') return []
  if ((await runningBroker(placesAround(path), { ports, signal })) !== undefined) return []
  return [{ level: 'warning', text: withoutBroker([upkeep.cluster]) }]
}
