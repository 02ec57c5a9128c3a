import { mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { realExec } from '../../../src/adapters/exec.ts'
import { realHashing } from '../../../src/adapters/hash.ts'
import { terminalPrompts } from '../../../src/adapters/prompts.ts'
import { contextEntries } from '../../../src/contexts/list-entries.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'

describe('certificateEnd', () => {
  const { certificateEnd } = realHashing()
  test('is the end of the first certificate', async () => {
    const pem = await readFile(new URL('../../e2e/support/mirror-certificate.pem', import.meta.url), 'utf8')
    expect(certificateEnd(`# mine\n${pem}${pem}`)).toBe(Date.UTC(2126, 9, 31, 17, 34, 59))
  })
  test.each(['', 'x', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'is undefined for %j',
    (pem) => {
      expect(certificateEnd(pem)).toBeUndefined()
    },
  )
})

test('a symlink is made where nothing is, and read back as it is written', async () => {
  const files = realFiles()
  const folder = await mkdtemp(join(tmpdir(), 'devk8s-link-'))
  const path = join(folder, 'link')
  expect(await files.readLink(path)).toBeUndefined()
  expect(await files.link(path, '/nowhere/at all')).toBe(true)
  expect(await files.readLink(path)).toBe('/nowhere/at all')
  expect(await files.link(path, '/elsewhere')).toBe(false)
  await writeFile(join(folder, 'file'), '')
  expect(await files.link(join(folder, 'file'), '/elsewhere')).toBe(false)
  expect(await files.readLink(join(folder, 'file'))).toBeUndefined()
  await symlink(folder, join(folder, 'loop'))
  expect(await files.readLink(join(folder, 'loop'))).toBe(folder)
})

test('output that is only listened to is not kept', async () => {
  const lines: string[] = []
  const ran = await realExec({ env: { PATH: process.env['PATH'] } }).run(
    { tool: 'own', program: 'sh', args: ['-c', 'echo a; echo b >&2'], changes: true },
    {
      timeoutMs: 10_000,
      signal: new AbortController().signal,
      onLine: (fd, line) => lines.push(`${fd}${line}`),
      keepsOutput: false,
    },
  )
  expect(lines.toSorted()).toEqual(['1a', '2b'])
  expect(ran).toMatchObject({ outcome: 'exited', exitCode: 0, stdout: '', stderr: '' })
})

test('the flag that answers a question stands before the other program’s words', async () => {
  const prompts = terminalPrompts({
    yes: false,
    input: true,
    isTTY: false,
    emit: () => {},
    typed: 'devk8s exec prod -- kubectl get pods',
  })
  const question = {
    id: 'x',
    kind: 'type-name',
    text: 'Sure',
    expected: 'prod',
    flag: '--yes-prod',
    fallback: undefined,
  } as const
  const asked = await prompts.ask(question, new AbortController().signal).catch((error: unknown) => error)
  expect(isDevK8sError(asked) ? asked.problems[0].next : []).toEqual([
    'devk8s exec prod --yes-prod -- kubectl get pods',
  ])
})

describe('entries over several files', () => {
  const file = (path: string, text: string) => ({ path, text })
  test('each of the three comes from the first file that has it', () => {
    const read = contextEntries([
      file(
        '/a',
        'contexts: [{name: x, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {token: a}}]\n',
      ),
      file(
        '/b',
        'current-context: x\nclusters: [{name: c, cluster: {server: b}}]\nusers: [{name: u, user: {token: b}}]\n',
      ),
      file('/c', 'contexts: [{name: x, context: {cluster: other}}]\n'),
    ])
    expect(read).toMatchObject({
      contexts: [
        {
          name: 'x',
          file: '/a',
          isCurrent: true,
          clusterEntry: { file: '/b', fields: { server: 'b' } },
          userEntry: { file: '/a', fields: { token: 'a' } },
        },
      ],
    })
  })

  test('a file that cannot be read is the problem', () => {
    expect(contextEntries([file('/a', 'contexts: [')])).toMatchObject({ problem: { code: 'DK4030' } })
  })
})
