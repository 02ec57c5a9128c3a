import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { base64, keysOf } from '../unit/guard/corpus.ts'
import { bin, devk8s, newPerson, type Person } from './program.ts'

const execute = promisify(execFile)
const { id, secret } = keysOf('e2e')

async function repositoryOf(person: Person) {
  const env = {
    ...person.env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Me',
    GIT_AUTHOR_EMAIL: 'me@acme.dev',
    GIT_COMMITTER_NAME: 'Me',
    GIT_COMMITTER_EMAIL: 'me@acme.dev',
  }
  const git = async (...args: readonly string[]) =>
    execute('git', args, { cwd: person.cwd, env }).then(
      ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        output: error.stdout + error.stderr,
      }),
    )
  await git('init', '-q')
  return git
}

test('what a chart renders, through a pipe', async () => {
  const person = await newPerson()
  const chart = `kind: Secret\ndata:\n  AWS_ACCESS_KEY_ID: ${base64(id)}\n  AWS_SECRET_ACCESS_KEY: ${base64(secret)}\n`
  const { code, stdout } = await devk8s(person, ['guard', 'scan', '-'], { input: chart })
  expect(code).toBe(3)
  expect(stdout).toContain('(standard input):3:22: AWS access key id')
  expect(stdout).toContain('(standard input):4:26: AWS secret access key')
  expect(await devk8s(person, ['guard', 'scan', '-'], { input: 'kind: Pod\n' })).toMatchObject({ code: 0 })
  // As a shell pipes it.
  const line = `printf '%s' "$CHART" | "$NODE" "$BIN" guard scan - --json`
  const piped = execute('sh', ['-c', line], {
    env: { ...person.env, CHART: chart, NODE: process.execPath, BIN: bin },
  })
  await expect(piped).rejects.toMatchObject({
    code: 3,
    stdout: expect.stringContaining('aws-secret-access-key'),
  })
})

test('a commit with a key is refused by the hook, and one without goes through', async () => {
  const person = await newPerson()
  const git = await repositoryOf(person)
  expect(await devk8s(person, ['guard', 'install', '--yes'])).toMatchObject({ code: 0 })
  await writeFile(join(person.cwd, 'a.txt'), 'hello\n')
  await git('add', '.')
  expect(await git('commit', '-qm', 'clean')).toMatchObject({ code: 0 })

  await mkdir(join(person.cwd, 'deploy'))
  await writeFile(
    join(person.cwd, 'deploy/.env'),
    `AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}\n`,
  )
  await git('add', '.')
  const refused = await git('commit', '-qm', 'key')
  expect(refused.code).toBe(1)
  expect(refused.output).toContain('deploy/.env:1:19: AWS access key id (AKIA')
  expect(refused.output).not.toContain(secret)
  // `git commit FILE` makes its own index: the key that is staged beside it is none of that commit.
  await writeFile(join(person.cwd, 'a.txt'), 'hello again\n')
  expect(await git('commit', '-qm', 'only a', 'a.txt')).toMatchObject({ code: 0 })
  // `-a` takes what is not staged.
  await git('rm', '-q', '--cached', 'deploy/.env')
  await writeFile(join(person.cwd, 'a.txt'), `secret_key = "${secret}"\n`)
  expect((await git('commit', '-qam', 'all')).code).toBe(1)
  expect(await git('commit', '-qam', 'all', '--no-verify')).toMatchObject({ code: 0 })

  expect(await devk8s(person, ['guard', 'remove', '--yes'])).toMatchObject({ code: 0 })
  await git('add', '.')
  expect(await git('commit', '-qm', 'unguarded')).toMatchObject({ code: 0 })
})
