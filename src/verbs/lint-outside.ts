import { boundFileOf } from '../contexts/bound.ts'
import { datedCredentials, tokenExpiry } from '../contexts/expiry.ts'
import type { Finding, LintOutside } from '../contexts/lint-finding.ts'
import { endKey } from '../contexts/lint-finding.ts'
import type { LintEntry, LintFile } from '../contexts/lint-document.ts'
import { besides, filled } from '../contexts/lint-paths.ts'
import { commandPath, namedFiles } from '../contexts/lint-users.ts'
import { contextPlaces } from '../contexts/places.ts'
import { ageText } from '../kubeconfig/age.ts'
import { isRecord } from '../kubeconfig/entries.ts'
import { leftTemps } from '../kubeconfig/leftovers.ts'
import { leftLocks, lockPaths } from '../kubeconfig/lock.ts'
import { ownerOf } from '../kubeconfig/user-files.ts'
import type { Session } from './session.ts'

type LintSession = Pick<Session, 'ports' | 'layout' | 'env' | 'world' | 'rehearsal'>

/** Looks up what the rules need to know beside the text of the files. */
export async function lookOutside(session: LintSession, files: readonly LintFile[]): Promise<LintOutside> {
  const { ports } = session
  const users = files.flatMap(({ path, entries }) => entries.users.map((user) => ({ path, user })))
  const named = [
    ...files.flatMap(({ path, entries }) =>
      entries.clusters.flatMap(({ fields }) => {
        const authority = filled(fields['certificate-authority'])
        return authority === undefined ? [] : [besides(path, authority)]
      }),
    ),
    ...users.flatMap(({ path, user }) => namedFiles(user.fields).map((each) => besides(path, each.path))),
  ]
  const commands = users.flatMap(({ path, user: { fields } }) => {
    const command = isRecord(fields['exec']) ? filled(fields['exec']['command']) : undefined
    return command === undefined ? [] : [commandPath(path, command)]
  })
  const isThere = async (path: string) => (await ports.files.stat(path)) !== undefined
  // The PATH of a simulated laptop says nothing about plugins of other makers.
  const isFound = async (command: string) =>
    /[/\\]/.test(command)
      ? isThere(command)
      : session.rehearsal !== undefined || (await ports.exec.find(command)) !== undefined
  const [missingFiles, missingCommands, kuberc] = await Promise.all([
    missingOf(named, isThere),
    missingOf(commands, isFound),
    readKuberc(session),
  ])
  const { launcher, bound } = contextPlaces(session.layout, session.world.platform)
  const boundFile = boundFileOf(session.layout.userKubeconfig, bound)
  return {
    launcher,
    ...(boundFile === undefined ? {} : { boundFile }),
    missingFiles,
    missingCommands,
    ends: await endsOf(session, users),
    now: ports.clock.now(),
    ...(kuberc === undefined ? {} : { kuberc }),
  }
}

async function missingOf(
  names: readonly string[],
  isThere: (name: string) => Promise<boolean>,
): Promise<ReadonlySet<string>> {
  const distinct = [...new Set(names)]
  const there = await Promise.all(distinct.map(isThere))
  return new Set(distinct.filter((_, index) => there[index] !== true))
}

async function endsOf(
  { ports: { files, hashing } }: LintSession,
  users: readonly { readonly path: string; readonly user: LintEntry }[],
): Promise<ReadonlyMap<string, number>> {
  const ends = new Map<string, number>()
  for (const { path, user } of users) {
    for (const dated of datedCredentials(user.fields, path)) {
      const text = 'text' in dated ? dated.text : ((await files.readText(dated.path)) ?? '')
      const isToken = dated.kind === 'token' || dated.kind === 'token-file'
      const end = isToken ? tokenExpiry(text) : hashing.certificateEnd(text)
      const key = endKey(path, user.name)
      if (end !== undefined) ends.set(key, Math.min(end, ends.get(key) ?? end))
    }
  }
  return ends
}

/** kubectl's preferences: KUBERC, else beside the default kubeconfig; off with KUBECTL_KUBERC=false (facts sheet, 12). */
async function readKuberc({ ports, env, world }: LintSession): Promise<LintOutside['kuberc']> {
  if (env['KUBECTL_KUBERC'] === 'false' || env['KUBERC'] === 'off') return undefined
  const slash = world.platform === 'win32' ? '\\' : '/'
  const home = filled(env['HOME']) ?? world.home
  const path = filled(env['KUBERC']) ?? [home, '.kube', 'kuberc'].join(slash)
  const text = await ports.files.readText(path)
  return text === undefined ? undefined : { path, text }
}

/** What is wrong with the files themselves and with what lies beside them: modes, locks, temp files. */
export async function besideFindings(session: LintSession): Promise<readonly Finding[]> {
  const { ports, layout, world } = session
  const findings: Finding[] = []
  const owner = ownerOf(ports.host)
  for (const file of new Set(layout.userKubeconfig)) {
    const found = await ports.files.stat(file)
    if (found !== undefined && world.platform !== 'win32' && (found.mode & 0o077) !== 0) {
      findings.push({
        rule: 'mode',
        severity: 'warning',
        file,
        text: `its permissions are ${(found.mode & 0o777).toString(8).padStart(4, '0')}`,
        advice: 'It holds credentials: only its owner should read it.',
        fix: { kind: 'mode', path: file, does: `chmod 600 ${file}` },
      })
    }
    findings.push(...(await lockFindings(session, file)))
    const target = (await ports.files.realPath(file)) ?? file
    const temps = await Promise.all(
      [...new Set([file, target])].map((path) => leftTemps(ports.files, ports.clock, path, owner)),
    )
    for (const temp of new Set(temps.flat())) {
      findings.push({
        rule: 'left-temp',
        severity: 'warning',
        file: temp,
        text: 'a devk8s that was killed left it behind; it may hold credentials',
        advice: 'Remove it.',
        fix: { kind: 'remove', path: temp, does: `remove ${temp}` },
      })
    }
  }
  return findings
}

/** A healthy kubectl holds its lock for seconds, also at 10,000 contexts (facts sheet, 13). */
const staleMs = 60_000

async function lockFindings({ ports }: LintSession, file: string): Promise<readonly Finding[]> {
  const { files, clock, host } = ports
  const dead = await leftLocks(files, [file], ownerOf(host))
  const findings: Finding[] = []
  for (const lock of await lockPaths(files, [file])) {
    const found = await files.stat(lock)
    if (found === undefined) continue
    const ageMs = clock.now() - found.mtimeMs
    const text = `it has been there for ${ageText(ageMs)}`
    const base = { rule: 'stale-lock', severity: 'error', file: lock } as const
    if (dead.includes(lock)) {
      findings.push({
        ...base,
        text: `${text}, left by a devk8s that was killed`,
        advice: 'kubectl changes nothing as long as it is there. Remove it.',
        fix: { kind: 'unlock', path: file, does: `remove ${lock}` },
      })
    } else if (ageMs > staleMs) {
      findings.push({
        ...base,
        text: `${text}, left by a program that was killed, most likely`,
        advice: `No tool changes the kubeconfig as long as it is there. When none is at work: rm -f ${lock}`,
      })
    }
  }
  return findings
}
