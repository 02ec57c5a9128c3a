import type { Finding, Runner } from '../plan/step.ts'
import type { Change } from '../ports/event.ts'
import { writeUpkeep } from '../upkeep/records.ts'
import { renderUpkeep } from '../upkeep/upkeep-file.ts'

/** What is kept fresh in the cluster is written down, for its owner alone. */
export const runner: Runner<'upkeep.recorded'> = {
  lane: 'host',
  settleMs: 0,

  async check({ want: { path, upkeep } }, { ports: { files, host } }): Promise<Finding> {
    const text = await files.readText(path)
    if (text === undefined) return { state: 'absent', changes: [{ field: path, effect: 'create' }] }
    const changes: Change[] = []
    if (text !== renderUpkeep(upkeep)) changes.push({ field: path, effect: 'in-place' })
    const mode = (await files.stat(path))?.mode
    const isWindows = (await host.read()).platform === 'win32'
    if (!isWindows && mode !== undefined && (mode & 0o077) !== 0) {
      changes.push({ field: `${path} mode`, from: mode.toString(8), to: '600', effect: 'in-place' })
    }
    return changes.length === 0 ? { state: 'ready' } : { state: 'drifted', changes }
  },

  async apply({ want: { path, upkeep } }, _found, { ports: { files } }) {
    await writeUpkeep(files, path, upkeep)
  },
}
