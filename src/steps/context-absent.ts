import type { Edit } from '../kubeconfig/changes.ts'
import { editKubeconfig } from '../kubeconfig/edit.ts'
import { removalEdits } from '../kubeconfig/context-removal.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import { changeKubeconfig } from '../kubeconfig/transaction.ts'
import type { Finding, Runner, Wants } from '../plan/step.ts'
import { DevK8sError } from '../problems/problem.ts'
import { backupsOf, ownerOf, readKubeconfigs, withText } from './user-kubeconfig.ts'

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
    const { files, clock } = ports
    for (const path of want.userKubeconfig) {
      const texts = await readKubeconfigs(files, want.userKubeconfig)
      if (editsOf(texts, path, want).length === 0) continue
      const edit = (text: string) =>
        editKubeconfig(text, editsOf(withText(texts, path, text), path, want), path)
      await changeKubeconfig(files, clock, { path, ...backupsOf(want) }, edit, signal, ownerOf(ports.host))
    }
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
