import { parseExecInfo, renderExecCredential } from '../contexts/exec-credential.ts'
import { contextPlaces } from '../contexts/places.ts'
import { nameOfKey } from '../contexts/protect-key.ts'
import { asContext } from '../contexts/sign-in-advice.ts'
import { eksCredential } from '../contexts/token-aws.ts'
import type { Access, HandedOut, TokenDesk } from '../contexts/token-desk.ts'
import { type TokenMode, tokenMode } from '../contexts/token-mode.ts'
import { readUnlock } from '../contexts/unlocks.ts'
import { contextLocked } from '../problems/credentials.ts'
import { DevK8sError, fail, isDevK8sError } from '../problems/problem.ts'
import type { Session, Verb } from './session.ts'

type TokenSession = Parameters<Verb<'token'>>[0]

/**
 * Hands out credentials to kubectl and its relatives: one ExecCredential on stdout. What is not needed each time is
 * loaded when it is: every kubectl starts this anew, most often for EKS.
 */
export const token: Verb<'token'> = async (session) => {
  const { request, env, world } = session
  const info = parseExecInfo(env['KUBERNETES_EXEC_INFO'])
  if (info.warning !== undefined) session.emit({ type: 'note', level: 'warning', text: info.warning })
  const read = tokenMode(request, env, world.cwd)
  if ('problem' in read) throw new DevK8sError(read.problem)
  const nowMs = session.ports.clock.now()
  const access = await accessNow(session, read.mode, nowMs)
  const { credential, expiresAtMs } = await handOut(
    deskOf(session, access, nowMs),
    read.mode,
    info.apiVersion,
  )
  const ends = [expiresAtMs, access.kind === 'unlocked' ? access.until : undefined].filter(
    (end) => end !== undefined,
  )
  const answer = renderExecCredential(
    info.apiVersion,
    credential,
    ends.length === 0 ? undefined : Math.min(...ends),
  )
  session.handOver(answer)
  return { exit: 0 }
}

/**
 * What protection allows now. While it is locked only EKS has something to give, the role that reads: with a kOps
 * state store whoever may read the key is an administrator, whatever the role is called, and a file, a variable or a
 * plugin holds one credential.
 */
async function accessNow(session: TokenSession, mode: TokenMode, nowMs: number): Promise<Access> {
  const { protect: context, readOnlyRoleArn: roleArn } = session.request
  if (context === undefined) return { kind: 'open' }
  const { unlocks } = contextPlaces(session.layout, session.world.platform)
  const unlock = await readUnlock(session.ports.files, unlocks, context, nowMs)
  if (unlock !== undefined) return { kind: 'unlocked', context, until: unlock.until }
  if (mode.kind === 'eks' && roleArn !== undefined) return { kind: 'read-only', context, roleArn }
  const { renderShellWords } = await import('../cli/shell-words.ts')
  const name = nameOfKey(context)
  fail(contextLocked, {
    detail: `${name} is protected, and there is no read-only way into it.`,
    next: [`devk8s unlock ${renderShellWords([context])} --for 15m --reason 'why'`],
  })
}

async function handOut(
  desk: TokenDesk,
  mode: TokenMode,
  apiVersion: Parameters<typeof renderExecCredential>[0],
): Promise<HandedOut> {
  switch (mode.kind) {
    case 'eks':
      return asContext(desk.wants.awsProfile, async () => eksCredential(desk, mode))
    case 'kops': {
      const { kopsCredential } = await import('../contexts/token-other.ts')
      return asContext(desk.wants.awsProfile, async () => kopsCredential(desk, mode))
    }
    case 'token-file':
      return (await import('../contexts/token-other.ts')).tokenFileCredential(desk, mode)
    case 'token-env':
      return (await import('../contexts/token-other.ts')).tokenEnvCredential(desk, mode)
    case 'certificate':
      return (await import('../contexts/token-other.ts')).certificateCredential(desk, mode)
    case 'plugin':
      return (await import('../contexts/token-plugin.ts')).pluginCredential(desk, mode, apiVersion)
  }
}

function deskOf(session: TokenSession, access: Access, nowMs: number): TokenDesk {
  const { request, env, world, ports, layout, signal } = session
  const { sessions: folder } = contextPlaces(layout, world.platform)
  return {
    wants: request,
    env,
    home: world.home,
    ports,
    store: { files: ports.files, hashing: ports.hashing, folder, platform: world.platform, nowMs },
    access,
    nowMs,
    signal,
    keep: async (write) => tellOfFailure(session, write),
    tell: (line) => world.stderr.write(`${line}\n`),
  }
}

async function tellOfFailure({ emit }: Session, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    const text = `The session cannot be kept for the next time: ${error.problems[0].detail}`
    emit({ type: 'note', level: 'warning', text })
  }
}
