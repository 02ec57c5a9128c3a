import { isMap, isScalar } from 'yaml'
import { pairOf } from '../kubeconfig/document.ts'
import { editKubeconfig } from '../kubeconfig/edit.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import { emptied } from '../kubeconfig/no-context.ts'
import { quoted } from '../kubeconfig/scalar.ts'
import type { Splice } from '../kubeconfig/splices.ts'
import { applySplices } from '../kubeconfig/splices.ts'
import { currentFindings } from './lint-contexts.ts'
import type { LintFile } from './lint-document.ts'
import { misreadScalars, readForLint } from './lint-document.ts'
import { execVersions } from './lint-users.ts'

/**
 * The text of a file with all mended that needs no choice: quotes around names that kubectl takes for something else,
 * the present version of the exec protocol in our own entries, and no `current-context` that no file has. Every other
 * byte stays. The very text when there is nothing to mend, or when it cannot be read.
 * @param all the other files, in which a context may be.
 * @param boundFile the file that binds this shell, whose `current-context` must not become empty: see `noContext`.
 */
export function fixedText(file: KubeconfigFile, all: readonly KubeconfigFile[], boundFile?: string): string {
  const { text = '' } = file
  const read = readForLint(file)
  if ('problem' in read) return text
  const { bom, body } = read.file.document
  const spliced = bom + applySplices(body, [...quotes(read.file), ...versions(read.file)])
  const now = readForLint({ path: file.path, text: spliced })
  if ('problem' in now) return text
  const others = all.flatMap((each) => {
    const other = each.path === file.path ? now : readForLint(each)
    return 'problem' in other ? [] : [other.file]
  })
  if (currentFindings(now.file, others).length === 0) return spliced
  const files = all.flatMap((each) => others.find(({ path }) => path === each.path) ?? [])
  const currents = files.map(({ path, current }) => ({ path, current: current?.name }))
  const context = emptied(file.path, currents, boundFile)
  return editKubeconfig(spliced, [{ kind: 'current', context }], file.path)
}

function quotes({ document }: LintFile): readonly Splice[] {
  return misreadScalars(document).map(({ source, start, end }) => ({ start, end, text: quoted(source) }))
}

function versions({ entries }: LintFile): readonly Splice[] {
  return entries.users.flatMap(({ marker, node }) => {
    if (marker === undefined || !isMap(node)) return []
    const user = pairOf(node, 'user')?.value
    const exec = isMap(user) ? pairOf(user, 'exec')?.value : undefined
    const version = isMap(exec) ? pairOf(exec, 'apiVersion')?.value : undefined
    if (!isScalar(version) || version.value !== execVersions.gone) return []
    const text = version.type === 'PLAIN' ? execVersions.beta : quoted(execVersions.beta)
    return [{ start: version.range[0], end: version.range[1], text }]
  })
}
