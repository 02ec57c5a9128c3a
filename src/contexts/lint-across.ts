import { sections } from '../kubeconfig/changes.ts'
import type { Finding, LintOutside } from './lint-finding.ts'
import { wordOf } from './lint-contexts.ts'
import type { LintEntry, LintFile } from './lint-document.ts'

type Kind = 'context' | 'cluster' | 'user'

/** What shows only when all files are looked at together. */
export function acrossFindings(
  files: readonly LintFile[],
  { boundFile }: Pick<LintOutside, 'boundFile'>,
): readonly Finding[] {
  // The file that binds a shell repeats an entry on purpose; what it names is used all the same.
  const own = files.filter(({ path }) => path !== boundFile)
  return [...shadowed(own), ...unused(own, files)]
}

/** The first file that has an entry wins (facts sheet, 2.1), without a word. */
function shadowed(files: readonly LintFile[]): readonly Finding[] {
  return sections.flatMap((section) =>
    files.flatMap(({ path, entries }, index) =>
      entries[section].flatMap((entry): readonly Finding[] => {
        const before = files.slice(0, index)
        const earlier = before.find((file) => file.entries[section].some(({ name }) => name === entry.name))
        const winner = earlier?.entries[section].find(({ name }) => name === entry.name)
        if (earlier === undefined || winner === undefined) return []
        const isSame = JSON.stringify(winner.fields) === JSON.stringify(entry.fields)
        const kind = section.slice(0, -1) as Kind
        return [
          {
            rule: `shadowed-${kind}`,
            severity: isSame ? 'info' : 'warning',
            file: path,
            line: entry.line,
            text: `${kind} "${entry.name}" is in ${earlier.path} too, and only that one counts`,
            advice: isSame
              ? 'Both say the same. One of them can go.'
              : 'They differ. Rename or remove the one that is not meant.',
          },
        ]
      }),
    ),
  )
}

function unused(own: readonly LintFile[], all: readonly LintFile[]): readonly Finding[] {
  const contexts = all.flatMap(({ entries }) => entries.contexts)
  return own.flatMap(({ path, entries }) =>
    (['cluster', 'user'] as const).flatMap((kind) => {
      const named = new Set(contexts.map(({ fields }) => wordOf(fields[kind])))
      return entries[`${kind}s`]
        .filter(({ name }) => !named.has(name))
        .map((entry) => unusedFinding(path, kind, entry))
    }),
  )
}

function unusedFinding(file: string, kind: 'cluster' | 'user', { name, line }: LintEntry): Finding {
  const word = /^[\w@%+=:,./~][\w@%+=:,./~-]*$/.test(name) ? name : 'NAME'
  return {
    rule: `unused-${kind}`,
    severity: 'info',
    file,
    line,
    text: `no context names ${kind} "${name}"`,
    advice: `Nothing is wrong with it. If it is not needed: kubectl config delete-${kind} ${word}`,
  }
}
