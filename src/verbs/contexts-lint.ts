import { boundFileOf } from '../contexts/bound.ts'
import type { Finding, Fix } from '../contexts/lint-finding.ts'
import { lintKubeconfigs } from '../contexts/lint.ts'
import { readForLint } from '../contexts/lint-document.ts'
import { fixedText } from '../contexts/lint-fix.ts'
import { contextPlaces } from '../contexts/places.ts'
import { removeLeftLocks } from '../kubeconfig/lock.ts'
import { changeUserFiles, ownerOf, readKubeconfigs } from '../kubeconfig/user-files.ts'
import { wrap } from '../report/text.ts'
import { besideFindings, lookOutside } from './lint-outside.ts'
import { consentTo } from './consent.ts'
import type { Verb } from './session.ts'

type LintSession = Parameters<Verb<'contexts.lint'>>[0]

/** Says what is wrong with the person's kubeconfig files, and mends what needs no choice. */
export const contextsLint: Verb<'contexts.lint'> = async (session) => {
  const found = await findingsOf(session)
  const fixes = fixesOf(found)
  if (!session.request.fix || fixes.length === 0) {
    answer(session, found, [])
    return {
      exit: exitOf(found),
      next: fixes.length === 0 ? [] : ['devk8s contexts lint --fix'],
    }
  }
  await agree(session, fixes)
  await mend(session, fixes)
  const left = await findingsOf(session)
  const isLeft = new Set(fixesOf(left).map(({ does }) => does))
  answer(
    session,
    left,
    fixes.filter(({ does }) => !isLeft.has(does)),
  )
  return { exit: exitOf(left) }
}

const exitOf = (findings: readonly Finding[]) =>
  findings.every(({ severity }) => severity === 'info') ? 0 : 3

async function findingsOf(session: LintSession): Promise<readonly Finding[]> {
  const { ports, layout } = session
  const files = await readKubeconfigs(ports.files, layout.userKubeconfig)
  const read = files.flatMap((file) => {
    const lint = readForLint(file)
    return 'problem' in lint ? [] : [lint.file]
  })
  return [...lintKubeconfigs(files, await lookOutside(session, read)), ...(await besideFindings(session))]
}

/** One for each thing to do. */
function fixesOf(findings: readonly Finding[]): readonly Fix[] {
  const fixes = findings.flatMap(({ fix }) => (fix === undefined ? [] : [fix]))
  return fixes.filter((fix, index) => fixes.findIndex(({ does }) => does === fix.does) === index)
}

async function agree(session: LintSession, fixes: readonly Fix[]): Promise<void> {
  const details = fixes.map(({ path, kind, does }) => (kind === 'text' ? `${path}: ${does}` : does))
  await consentTo(
    session,
    { id: 'contexts.lint', text: 'Mend this? Old versions of the files are kept.', details },
    { detail: 'Nothing was changed.', next: ['devk8s contexts lint'] },
  )
}

async function mend(session: LintSession, fixes: readonly Fix[]): Promise<void> {
  const { ports, layout, signal, world } = session
  const { backups, bound } = contextPlaces(layout, world.platform)
  const boundFile = boundFileOf(layout.userKubeconfig, bound)
  const texts = new Set(fixes.flatMap(({ kind, path }) => (kind === 'text' ? [path] : [])))
  // Locks first: without them the text can be changed.
  const unlocks = fixes.flatMap(({ kind, path }) => (kind === 'unlock' ? [path] : []))
  await removeLeftLocks(ports.files, ports.clock, unlocks, ownerOf(ports.host))
  if (texts.size > 0) {
    await changeUserFiles(
      ports,
      { userKubeconfig: layout.userKubeconfig, backups, ...(boundFile === undefined ? {} : { boundFile }) },
      (file, all) => (texts.has(file.path) ? fixedText(file, all, boundFile) : (file.text ?? '')),
      signal,
    )
  }
  for (const { kind, path } of fixes) {
    if (kind === 'mode') await ports.files.chmod(path, 0o600)
    if (kind === 'remove') await ports.files.remove(path)
  }
}

function answer(session: LintSession, findings: readonly Finding[], fixed: readonly Fix[]): void {
  session.answer(
    {
      findings: findings.map(({ fix, ...finding }) => ({ ...finding, fixable: fix !== undefined })),
      fixed: fixed.map(({ does }) => does),
    },
    textOf(findings, fixed),
  )
}

function textOf(findings: readonly Finding[], fixed: readonly Fix[]): string {
  const mended = fixed.map(({ does }) => `mended: ${does}\n`).join('')
  if (findings.length === 0) return `${mended}Nothing is wrong with your kubeconfig files.\n`
  const lines = findings.flatMap(({ file, line, severity, text, advice, fix }) => [
    `${file}${line === undefined ? '' : `:${line}`}: ${severity}: ${text}`,
    ...wrap(`${advice}${fix === undefined ? '' : ' (--fix does it)'}`, 80, '  ').map(
      (each) => `  ${each.trim()}`,
    ),
  ])
  const counted = (wanted: Finding['severity']) =>
    findings.filter(({ severity }) => severity === wanted).length
  const notes = counted('info')
  const sum = [
    count(counted('error'), 'error'),
    count(counted('warning'), 'warning'),
    ...(notes === 0 ? [] : [count(notes, 'note')]),
  ]
  return `${mended}${lines.join('\n')}\n${sum.join(', ')}\n`
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}
