import type { Finding } from '../guard/finding.ts'
import { repositoryHere } from '../guard/git.ts'
import { kinds } from '../guard/kinds.ts'
import { renderFindings, renderSum, type Unit } from './guard-render.ts'
import { type Scan, scanSources } from '../guard/scan.ts'
import { type Source, textOf } from '../guard/sources.ts'
import { stagedSources } from '../guard/staged.ts'
import { fileSources, folderSources } from '../guard/tree.ts'
import { inputUnreadable, scanPathMissing, scopesClash } from '../problems/guard.ts'
import { fail } from '../problems/problem.ts'
import { resolvePath } from '../profile/paths.ts'
import type { Session, Verb } from './session.ts'

const files: Unit = { one: 'file', many: 'files' }
const texts: Unit = { one: 'text of the cluster', many: 'texts of the cluster' }

type ScanSession = Parameters<Verb<'guard.scan'>>[0]

/** Finds keys and tokens that are written down: in files, in what is staged, in what a chart renders, in the cluster. */
export const guardScan: Verb<'guard.scan'> = async (session) => {
  const { request, signal, lint } = session
  refuseClashes(session)
  if (request.cluster) {
    // It loads the profile, and the parser with it; a hook runs in front of each commit.
    const { scanCluster } = await import('./guard-cluster.ts')
    return answer(session, await scanCluster(session, lint), texts)
  }
  return answer(session, await scanSources(await sourcesOf(session), lint, signal), files)
}

/** @throws DevK8sError DK5095 for more than one subject. */
function refuseClashes({ request: { paths, staged, cluster } }: ScanSession): void {
  const clash =
    cluster && staged
      ? '--cluster and --staged'
      : cluster && paths.length > 0
        ? `--cluster and ${paths[0] ?? ''}`
        : paths.includes('-') && (paths.length > 1 || staged)
          ? '- and other subjects'
          : undefined
  if (clash !== undefined)
    fail(scopesClash, { detail: `${clash} were given together.`, next: ['devk8s guard scan --help'] })
}

async function sourcesOf(session: ScanSession): Promise<readonly Source[]> {
  const { request, world } = session
  if (request.staged) {
    const top = await repositoryHere(session, world.cwd)
    return stagedSources(session, { top, cwd: world.cwd, paths: request.paths })
  }
  if (request.paths.includes('-')) return [await inputSource(session)]
  const wanted = request.paths.length === 0 ? ['.'] : request.paths
  const all = await Promise.all(wanted.map(async (path) => pathSources(session, path)))
  const byFile = new Map(all.flat().map((source) => [source.file, source]))
  return [...byFile.values()]
}

async function pathSources(session: ScanSession, wanted: string): Promise<readonly Source[]> {
  const { ports, world } = session
  const path = resolvePath(world.cwd, wanted, world.home)
  const found = await ports.files.stat(path)
  if (found === undefined) {
    fail(scanPathMissing, {
      detail: `${path} is not there.`,
      next: ['devk8s guard scan'],
      place: { file: path },
    })
  }
  const named = (each: string) => shortened(each, world.cwd)
  return found.kind === 'folder' ? folderSources(session, path, named) : fileSources(session, path, named)
}

/** As it would be typed from here. */
function shortened(path: string, cwd: string): string {
  const base = cwd.replace(/[/\\]$/, '')
  return path.startsWith(base) && /^[/\\]/.test(path.slice(base.length)) ? path.slice(base.length + 1) : path
}

/** @throws DevK8sError DK5098 when nobody pipes anything in. */
async function inputSource({ world }: Session): Promise<Source> {
  if (world.stdinIsTTY) {
    fail(inputUnreadable, {
      detail: 'Standard input is a terminal.',
      next: ['helm template . | devk8s guard scan -'],
    })
  }
  const text = textOf(await world.readStdin())
  return {
    file: '(standard input)',
    read: async () => (text === undefined ? { skipped: 'binary' } : { text }),
  }
}

function answer(
  session: ScanSession,
  scan: Scan & { readonly ownKeys?: readonly { readonly holder: string }[] },
  unit: Unit,
): { readonly exit: number; readonly next?: readonly string[] } {
  const { findings, read, skipped, ownKeys } = scan
  session.answer(
    {
      findings: findings.map(jsonOf),
      read,
      skipped: skipped.map(({ file, why }) => ({ file, why })),
      ...(ownKeys === undefined ? {} : { ownKeys: ownKeys.map(({ holder }) => holder) }),
    },
    `${findings.length === 0 ? '' : `${renderFindings(findings)}\n`}${renderSum(scan, unit)}`,
  )
  return { exit: findings.length === 0 ? 0 : 3 }
}

const jsonOf = ({ kind, file, line, column, shown, encoded }: Finding) => ({
  kind,
  what: kinds[kind].what,
  file,
  ...(line === 0 ? {} : { line, column }),
  shown,
  encoded,
  advice: kinds[kind].advice,
})
