import type { Edit } from '../kubeconfig/changes.ts'
import { editKubeconfig } from '../kubeconfig/edit.ts'
import { removalEdits } from '../kubeconfig/context-removal.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import { changeUserFiles, readKubeconfigs } from '../kubeconfig/user-files.ts'
import type { Finding, Runner, Wants } from '../plan/step.ts'
import { DevK8sError } from '../problems/problem.ts'

/** Nothing of the local cluster is left in the user's kubeconfig; entries that are not ours stay. */
export const runner: Runner<'context.absent'> = {
  lane: 'host',
  settleMs: 0,

  async check({ want }, { ports }): Promise<Finding> {
    const found = removalEdits(await readKubeconfigs(ports.files, want.userKubeconfig), want)
    if ('problem' in found) return { state: 'blocked', problem: found.problem }
    return found.changes.length === 0 ? { state: 'ready' } : { state: 'drifted', changes: found.changes }
  },

  async apply({ want }, _found, { ports, signal }) {
    await changeUserFiles(
      ports,
      want,
      ({ path, text }, all) => editKubeconfig(text ?? '', editsOf(all, path, want), path),
      signal,
    )
  },
}

/** @throws DevK8sError DK4030 when one of the files cannot be read. */
function editsOf(
  texts: readonly KubeconfigFile[],
  path: string,
  want: Readonly<Wants['context.absent']>,
): readonly Edit[] {
  const found = removalEdits(texts, want)
  if ('problem' in found) throw new DevK8sError(found.problem)
  return found.edits.get(path) ?? []
}
