import { renderShellWords } from '../cli/shell-words.ts'
import { fileNotPermitted } from '../problems/host.ts'
import { kubeconfigReadOnly } from '../problems/kubeconfig.ts'
import { kubeconfigUneditable } from '../problems/kubernetes.ts'
import { fail, isDevK8sError } from '../problems/problem.ts'
import type { KubeconfigPlace } from './transaction.ts'

/**
 * Says that the file system lets nobody write here, and how to work with another context all the same.
 * Returns when the error is about something else.
 * @throws DevK8sError DK4040.
 */
export function refuseIfReadOnly(place: KubeconfigPlace, error: unknown): void {
  if (!isDevK8sError(error)) return
  const [problem] = error.problems
  const cause: unknown = error.cause
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  if (problem.code !== fileNotPermitted.code && code !== 'EROFS') return
  refuseReadOnly(place, problem.detail.replace(/\.$/, ''), error)
}

/** @throws DevK8sError DK4040, always. */
export function refuseReadOnly({ path, context }: KubeconfigPlace, why: string, cause?: unknown): never {
  return fail(
    kubeconfigReadOnly,
    {
      detail: `${why}. ${path} was not changed.`,
      next: [
        `eval "$(${renderShellWords(['devk8s', 'env', context ?? 'NAME'])})"`,
        renderShellWords(['ls', '-ld', path]),
      ],
      place: { file: path },
    },
    cause,
  )
}

/** @throws DevK8sError DK4031, always. */
export function refuseText({ path }: KubeconfigPlace): never {
  return fail(kubeconfigUneditable, {
    detail: `${path} has bytes that are not UTF-8, which would not come back as they are. It was not changed.`,
    next: [renderShellWords(['file', path])],
    place: { file: path },
  })
}
