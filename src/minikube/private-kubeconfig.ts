import { parseDocument } from 'yaml'
import type { Files } from '../ports/files.ts'
import { isRecord } from './events.ts'
import { folderOf } from './paths.ts'
import type { MinikubeRef } from './types.ts'

/**
 * Whether minikube can decode a kubeconfig. On one that it cannot, `start` resets the control plane of a
 * running cluster and `stop` halts the node before it fails (running-k8s-125, running-k8s-126). An empty file
 * is fine.
 */
export function isReadableKubeconfig(text: string): boolean {
  const document = parseDocument(text, { logLevel: 'silent', prettyErrors: false })
  if (document.errors.length > 0) return false
  const value: unknown = document.toJS()
  if (value === null || value === undefined) return true
  if (!isRecord(value)) return false
  return ['clusters', 'users', 'contexts'].every((name) => value[name] == null || Array.isArray(value[name]))
}

/** Reads the private kubeconfig and says whether minikube could. */
export async function checkPrivateKubeconfig(
  files: Files,
  ref: MinikubeRef,
): Promise<'absent' | 'readable' | 'damaged'> {
  const text = await files.readText(ref.kubeconfig)
  if (text === undefined) return 'absent'
  return isReadableKubeconfig(text) ? 'readable' : 'damaged'
}

/**
 * Makes the folder of the private kubeconfig and moves a damaged file aside: it is devk8s' own, and minikube
 * writes a new one. Gives the path it was moved to.
 */
export async function applyPrivateKubeconfig(files: Files, ref: MinikubeRef): Promise<string | undefined> {
  await files.makeFolder(folderOf(ref.kubeconfig), 0o700)
  if ((await checkPrivateKubeconfig(files, ref)) !== 'damaged') return undefined
  const aside = `${ref.kubeconfig}.damaged`
  await files.rename(ref.kubeconfig, aside)
  return aside
}
