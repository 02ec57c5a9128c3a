import type { Files } from '../ports/files.ts'
import { fileNameOf } from './file-name.ts'
import { jsonOf } from './json.ts'

/** A protection that is lifted. */
export interface Unlock {
  /** The key of its protection: `acme/prod` (`protectKey`). */
  readonly context: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly until: number
  readonly reason: string
}

/** The longest time a protection is lifted; `--for` takes no more. */
export const longestUnlockMs = 12 * 3_600_000

/** Where the record of a context lies. Long names may share a file: the record itself says whose it is. */
export function unlockFile(folder: string, context: string): string {
  return `${folder}/${fileNameOf(context)}.json`
}

/**
 * The record in a file's text, if it lifts the protection of this context now. Whatever is doubtful is locked: garbage,
 * another context's record, one that begins in the future (the clock was set back), one for longer than any is given.
 */
export function unlockIn(text: string | undefined, context: string, nowMs: number): Unlock | undefined {
  const found = text === undefined ? undefined : jsonOf(text)
  if (typeof found !== 'object' || found === null) return undefined
  const { at, until, reason, context: whose } = found as Readonly<Record<string, unknown>>
  if (whose !== context || typeof at !== 'number' || typeof until !== 'number') return undefined
  const holds = at <= nowMs && nowMs < until && until - at <= longestUnlockMs
  return holds ? { context, at, until, reason: typeof reason === 'string' ? reason : '' } : undefined
}

/** The protection of a context as it is now: lifted, or undefined for locked. A file that cannot be read lifts nothing. */
export async function readUnlock(
  files: Files,
  folder: string,
  context: string,
  nowMs: number,
): Promise<Unlock | undefined> {
  const text = await files.readText(unlockFile(folder, context)).catch(() => undefined)
  return unlockIn(text, context, nowMs)
}

/** Lifts the protection. @throws DevK8sError DK6001-DK6003 when the file cannot be written. */
export async function writeUnlock(files: Files, folder: string, unlock: Unlock): Promise<void> {
  await files.makeFolder(folder, 0o700)
  await files.write(unlockFile(folder, unlock.context), `${JSON.stringify(unlock)}\n`, { mode: 0o600 })
}

/** Every protection that is lifted now. */
export async function allUnlocks(files: Files, folder: string, nowMs: number): Promise<readonly Unlock[]> {
  const texts = await Promise.all(
    (await files.list(folder)).map((name) => files.readText(`${folder}/${name}`).catch(() => undefined)),
  )
  return texts.flatMap((text) => unlockIn(text, contextIn(text), nowMs) ?? [])
}

function contextIn(text: string | undefined): string {
  const found =
    text === undefined ? undefined : (jsonOf(text) as { readonly context?: unknown } | null | undefined)
  return typeof found?.context === 'string' ? found.context : ''
}

/** Locks a context again, or all of them; whatever is in the files. */
export async function removeUnlocks(files: Files, folder: string, context?: string): Promise<void> {
  await files.remove(context === undefined ? folder : unlockFile(folder, context))
}

/** A line of the log: who lifted or put back what, when and why. Always one line, whatever the reason holds. */
export function logLine(
  nowMs: number,
  user: string | undefined,
  did:
    | { readonly verb: 'unlock'; readonly unlock: Unlock }
    | { readonly verb: 'lock'; readonly context: string },
): string {
  const context = did.verb === 'unlock' ? did.unlock.context : did.context
  const words = [
    new Date(nowMs).toISOString(),
    `user=${quoted(user ?? 'unknown')}`,
    did.verb,
    `context=${quoted(context)}`,
    ...(did.verb === 'unlock'
      ? [`until=${new Date(did.unlock.until).toISOString()}`, `reason=${quoted(did.unlock.reason)}`]
      : []),
  ]
  return `${words.join(' ')}\n`
}

/** As JSON, with what else a terminal or a pager could take for a command or a line's end written out. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007F-\u009F\u2028-\u202E\u2066-\u2069\uFEFF]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The person's name as the environment has it. */
export function userIn(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return env['USER'] || env['LOGNAME'] || env['USERNAME'] || undefined
}
