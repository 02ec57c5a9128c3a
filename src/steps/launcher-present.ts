import { launcherMode, renderLauncher } from '../contexts/launcher.ts'
import type { Finding, Runner } from '../plan/step.ts'
import type { Change } from '../ports/event.ts'

/** The program that kubectl starts for credentials is at its place and leads to this devk8s. */
export const runner: Runner<'launcher.present'> = {
  lane: 'host',
  settleMs: 0,

  async check({ want }, { ports }): Promise<Finding> {
    const { files, host } = ports
    const text = await files.readText(want.path)
    if (text === undefined) return { state: 'absent', changes: [{ field: want.path, effect: 'create' }] }
    const changes: Change[] = []
    if (text !== renderLauncher(want)) {
      changes.push({ field: want.path, to: `${want.nodePath} ${want.scriptPath}`, effect: 'in-place' })
    }
    const isWindows = (await host.read()).platform === 'win32'
    const mode = (await files.stat(want.path))?.mode
    if (!isWindows && mode !== launcherMode) {
      changes.push({ field: `${want.path} mode`, ...modes(mode), effect: 'in-place' })
    }
    return changes.length === 0 ? { state: 'ready' } : { state: 'drifted', changes }
  },

  async apply({ want }, _found, { ports: { files } }) {
    await files.makeFolder(want.path.replace(/[/\\][^/\\]*$/, ''))
    await files.write(want.path, renderLauncher(want), { mode: launcherMode })
    // A file that was there keeps its mode.
    await files.chmod(want.path, launcherMode)
  },
}

const modes = (mode: number | undefined) => ({
  ...(mode === undefined ? {} : { from: mode.toString(8) }),
  to: launcherMode.toString(8),
})
