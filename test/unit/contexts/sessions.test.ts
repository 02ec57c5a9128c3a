import { chmod, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { realHashing } from '../../../src/adapters/hash.ts'
import {
  dropFullSessions,
  keepSession,
  keptSession,
  type SessionStore,
} from '../../../src/contexts/sessions.ts'
import { Secret } from '../../../src/ports/secret.ts'

const nowMs = Date.now()

async function newStore(platform: SessionStore['platform'] = 'linux'): Promise<SessionStore> {
  const folder = join(await mkdtemp(join(tmpdir(), 'devk8s-sessions-')), 'sessions')
  return { files: realFiles(), hashing: realHashing(), folder, platform, nowMs }
}

const session = (endMs: number, of = 'x') => ({
  accessKeyId: `ASIA${of}`,
  secretAccessKey: Secret.of(`secret of ${of}`),
  sessionToken: Secret.of(`token of ${of}`),
  expiresAtMs: endMs,
})

test('what is kept comes back whole, and is a secret again', async () => {
  const store = await newStore()
  const name = { parts: ['acme', undefined, '../../etc/passwd'] }
  await keepSession(store, name, session(nowMs + 120_000))
  const kept = await keptSession(store, name)
  expect(kept).toMatchObject({ accessKeyId: 'ASIAx', expiresAtMs: nowMs + 120_000 })
  expect(String(kept?.secretAccessKey)).toBe('***')
  expect(kept === undefined ? '' : Secret.reveal(kept.secretAccessKey)).toBe('secret of x')
  expect(kept?.sessionToken === undefined ? '' : Secret.reveal(kept.sessionToken)).toBe('token of x')
  // The name of the file says nothing of what is in it.
  expect(await readdir(store.folder)).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.json$/)])
})

test.for([
  [60_000, false],
  [60_001, true],
  [-1, false],
] as const)('with %d ms left it is used: %s', async ([leftMs, isUsed]) => {
  const store = await newStore()
  await keepSession(store, { parts: ['a'] }, session(nowMs + leftMs))
  expect((await keptSession(store, { parts: ['a'] })) !== undefined).toBe(isUsed)
})

test.for([
  ['an end', { accessKeyId: 'A', secretAccessKey: Secret.of('s'), sessionToken: Secret.of('t') }],
  ['a session token', { accessKeyId: 'A', secretAccessKey: Secret.of('s'), expiresAtMs: nowMs + 1e6 }],
] as const)('what has no %s is not a session and never written', async ([, credentials]) => {
  const store = await newStore()
  await keepSession(store, { parts: ['a'] }, credentials)
  expect(await store.files.list(store.folder)).toEqual([])
})

test('the parts of a name cannot run into each other', async () => {
  const store = await newStore()
  for (const parts of [['a', 'b'], ['ab'], ['a', undefined, 'b'], ['a,b'], ['a","b']]) {
    await keepSession(store, { parts }, session(nowMs + 120_000))
  }
  expect(await readdir(store.folder)).toHaveLength(5)
})

test('lock drops the full sessions of its context, and no others', async () => {
  const store = await newStore()
  const names = [
    { parts: ['a'] },
    { fullFor: 'prod', parts: ['a'] },
    { fullFor: 'prod', parts: ['b'] },
    { fullFor: 'prod-2', parts: ['a'] },
  ]
  for (const name of names) await keepSession(store, name, session(nowMs + 120_000))
  await dropFullSessions(store, 'prod')
  const left = await Promise.all(names.map((name) => keptSession(store, name)))
  expect(left.map((each) => each !== undefined)).toEqual([true, false, false, true])
  await dropFullSessions(store)
  expect(await readdir(store.folder)).toHaveLength(1)
})

test('on Windows, where files have no such modes, one is used all the same', async () => {
  const store = await newStore('win32')
  await keepSession(store, { parts: ['a'] }, session(nowMs + 120_000))
  const [file = ''] = await readdir(store.folder)
  await chmod(join(store.folder, file), 0o666)
  expect(await keptSession(store, { parts: ['a'] })).toBeDefined()
  expect(await keptSession({ ...store, platform: 'linux' }, { parts: ['a'] })).toBeUndefined()
})

test('of two writers at once one is whole in the file', async () => {
  const store = await newStore()
  const writers = Array.from({ length: 12 }, (_, at) =>
    keepSession(store, { parts: ['a'] }, session(nowMs + 120_000, `${at}`.repeat(500))),
  )
  await Promise.all(writers)
  const kept = await keptSession(store, { parts: ['a'] })
  const who = kept?.accessKeyId.replace('ASIA', '')
  expect(kept === undefined ? '' : Secret.reveal(kept.secretAccessKey)).toBe(`secret of ${who}`)
  expect(await readdir(store.folder)).toHaveLength(1)
})

test('a list is no session', async () => {
  const store = await newStore()
  await keepSession(store, { parts: ['a'] }, session(nowMs + 120_000))
  const [file = ''] = await readdir(store.folder)
  await writeFile(join(store.folder, file), '[]')
  expect(await keptSession(store, { parts: ['a'] })).toBeUndefined()
  expect(await readFile(join(store.folder, file), 'utf8')).toBe('[]')
})
