import type { AwsCredentials, ClientCertificate } from '../ports/aws.ts'
import type { Files } from '../ports/files.ts'
import type { Hashing } from '../ports/hash.ts'
import { Secret } from '../ports/secret.ts'

/** Where sessions are kept, and what is needed to reach them. */
export interface SessionStore {
  readonly files: Files
  readonly hashing: Hashing
  readonly folder: string
  readonly platform: 'darwin' | 'linux' | 'win32'
  readonly nowMs: number
}

/** What a session was asked for with. */
export interface SessionName {
  /** Set for the full credentials of a protected context: `devk8s lock` removes those. */
  readonly fullFor?: string
  /** Everything that would make it another session: profile, role, region, files. */
  readonly parts: readonly (string | undefined)[]
}

/** A session that ends sooner is not begun with: kubectl may take a while until it uses what it is given. */
const leastLeftMs = 60_000
/** Files older than any session can be are removed when a new one is written. */
const oldestMs = 13 * 3_600_000

/** A kept AWS session that is still good; undefined when there is none, whatever is in the file. */
export async function keptSession(
  store: SessionStore,
  name: SessionName,
): Promise<AwsCredentials | undefined> {
  const found = await readKept(store, name)
  if (found === undefined) return undefined
  const { accessKeyId, secretAccessKey, sessionToken, expiresAtMs } = found
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') return undefined
  if (typeof sessionToken !== 'string' || !isLeft(expiresAtMs, store.nowMs, leastLeftMs)) return undefined
  return {
    accessKeyId,
    secretAccessKey: Secret.of(secretAccessKey),
    sessionToken: Secret.of(sessionToken),
    expiresAtMs,
  }
}

/** Keeps a session for the next run. Keys that do not end are never written (docs/decisions/0005). */
export async function keepSession(
  store: SessionStore,
  name: SessionName,
  { accessKeyId, secretAccessKey, sessionToken, expiresAtMs }: AwsCredentials,
): Promise<void> {
  if (sessionToken === undefined || expiresAtMs === undefined) return
  const content = secretAccessKey.with(sessionToken, (secretAccessKey, sessionToken) =>
    JSON.stringify({ version: 1, accessKeyId, secretAccessKey, sessionToken, expiresAtMs }),
  )
  await writeKept(store, name, content)
}

/** A client certificate, and until when it is used: somewhat shorter than it is good, where another one would be longer. */
export interface UsedCertificate extends ClientCertificate {
  readonly useUntilMs: number
}

/** A kept client certificate that is still to be used. */
export async function keptCertificate(
  store: SessionStore,
  name: SessionName,
): Promise<UsedCertificate | undefined> {
  const found = await readKept(store, name)
  if (found === undefined) return undefined
  const { certificatePem, keyPem, expiresAtMs, useUntilMs } = found
  if (typeof certificatePem !== 'string' || typeof keyPem !== 'string') return undefined
  if (typeof expiresAtMs !== 'number' || !isLeft(useUntilMs, store.nowMs, 0)) return undefined
  return { certificatePem, keyPem: Secret.of(keyPem), expiresAtMs, useUntilMs }
}

/** Keeps a client certificate with its key for the next run, mode 0600; it ends by itself within the hour (docs/decisions/0005). */
export async function keepCertificate(
  store: SessionStore,
  name: SessionName,
  { certificatePem, keyPem, expiresAtMs, useUntilMs }: UsedCertificate,
): Promise<void> {
  const content = keyPem.map((keyPem) =>
    JSON.stringify({ version: 1, certificatePem, keyPem, expiresAtMs, useUntilMs }),
  )
  await writeKept(store, name, content)
}

/** Removes the sessions of the full role of a protected context, or of all of them. */
export async function dropFullSessions(
  store: Pick<SessionStore, 'files' | 'hashing' | 'folder'>,
  context?: string,
): Promise<void> {
  const start = context === undefined ? 'full-' : `full-${digest(store.hashing, context)}-`
  for (const file of await store.files.list(store.folder)) {
    if (file.startsWith(start)) await store.files.remove(`${store.folder}/${file}`)
  }
}

/** Names say nothing of profiles and roles: they are hashes, safe as file names whatever a profile is called. */
function fileOf({ folder, hashing }: SessionStore, { fullFor, parts }: SessionName): string {
  const whose = fullFor === undefined ? '' : `full-${digest(hashing, fullFor)}-`
  return `${folder}/${whose}${digest(hashing, JSON.stringify(parts))}.json`
}

function digest(hashing: Hashing, text: string): string {
  const hasher = hashing.sha256()
  hasher.update(text)
  return hasher.hex().slice(0, 32)
}

type Kept = Readonly<Record<string, unknown>>

async function readKept(store: SessionStore, name: SessionName): Promise<Kept | undefined> {
  const path = fileOf(store, name)
  const stat = await store.files.stat(path).catch(() => undefined)
  if (stat === undefined || stat.kind !== 'file' || !isPrivate(stat.mode, store)) return undefined
  try {
    const found: unknown = JSON.parse((await store.files.readText(path)) ?? '')
    return typeof found === 'object' && found !== null && (found as Kept)['version'] === 1
      ? (found as Kept)
      : undefined
  } catch {
    return undefined
  }
}

async function writeKept(store: SessionStore, name: SessionName, content: Secret): Promise<void> {
  const { files, folder } = store
  const path = fileOf(store, name)
  await files.makeFolder(folder, 0o700)
  const [folderStat, fileStat] = await Promise.all([files.stat(folder), files.stat(path)])
  if (folderStat !== undefined && !isPrivate(folderStat.mode, store)) await files.chmod(folder, 0o700)
  // A write keeps the mode of what is there, so what others could read goes first.
  if (fileStat !== undefined && !isPrivate(fileStat.mode, store)) await files.remove(path)
  await files.write(path, content, { mode: 0o600 })
  await sweep(store)
}

async function sweep({ files, folder, nowMs }: SessionStore): Promise<void> {
  for (const file of await files.list(folder)) {
    const stat = await files.stat(`${folder}/${file}`)
    if (stat !== undefined && nowMs - stat.mtimeMs > oldestMs) await files.remove(`${folder}/${file}`)
  }
}

/** Windows has no such bits; there the folder of a person's own profile is closed to others. */
function isPrivate(mode: number, { platform }: SessionStore): boolean {
  return platform === 'win32' || (mode & 0o077) === 0
}

function isLeft(expiresAtMs: unknown, nowMs: number, leastMs: number): expiresAtMs is number {
  return typeof expiresAtMs === 'number' && expiresAtMs - nowMs > leastMs
}
