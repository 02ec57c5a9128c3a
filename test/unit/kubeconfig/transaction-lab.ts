import { setMaxListeners } from 'node:events'
import { mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realFiles } from '../../../src/adapters/files.ts'
import { editKubeconfig } from '../../../src/kubeconfig/edit.ts'
import type { Files } from '../../../src/ports/files.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'

export const files = realFiles()
export const never = new AbortController().signal
// As in the program: all that waits listens to the one signal.
setMaxListeners(0, never)
export const original = 'apiVersion: v1\nkind: Config\ncurrent-context: work # mine\n'
export const edited = original.replace('work', 'local')

export function setLocal(text: string): string {
  return editKubeconfig(text, [{ kind: 'current', context: 'local' }], 'config')
}

export async function folder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'devk8s-kubeconfig-')))
}

export async function problemOf(run: Promise<unknown>) {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isDevK8sError(error)) throw error ?? new Error('nothing was thrown')
  return error.problems[0]
}

/** The real files, with something done before each write. */
export function beforeWriting(act: (path: string) => void): Files {
  return {
    ...files,
    write: async (path, content, options) => {
      act(path)
      return files.write(path, content, options)
    },
  }
}
