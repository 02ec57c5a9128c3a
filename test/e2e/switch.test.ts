import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { kubeconfig } from '../verbs/switch-lab.ts'
import { bin, devk8s, newPerson, type Person } from './program.ts'
import { openTerminal, screenAfter } from './support/terminal.ts'

const enter = '\r'
const interrupt = '\u0003'

const contexts = kubeconfig(
  [
    { name: 'dev' },
    { name: 'staging', namespace: 'payments', aliases: ['s'] },
    { name: 'prod', protected: true },
  ],
  'dev',
)

async function someone(): Promise<Person & { readonly config: string }> {
  const person = await newPerson()
  const config = join(person.home, '.kube', 'config')
  await mkdir(join(person.home, '.kube'))
  await writeFile(config, contexts, { mode: 0o600 })
  return { ...person, config }
}

const current = async ({ config }: { readonly config: string }) =>
  /^current-context: (.*)$/m.exec(await readFile(config, 'utf8'))?.[1]

describe('at a terminal', { timeout: 60_000 }, () => {
  test('a list to pick from: type to filter by anything in a line, Enter', async () => {
    const person = await someone()
    const terminal = openTerminal(person, ['switch'])
    await terminal.until(/Which context\?/)
    await terminal.until(/prod +PROTECTED +123456789012 +eu-west-1 +c-prod/)
    await terminal.until(/staging +s +123456789012 +eu-west-1 +c-staging +payments/)
    terminal.type('payments')
    await terminal.until(/payments[\s\S]*❯ staging/)
    terminal.type(enter)
    const { code, output } = await terminal.end
    expect(code).toBe(0)
    expect(screenAfter(output).join('\n')).toContain('Switched to context "staging" (was dev).')
    expect(await current(person)).toBe('staging')
  })

  test('Ctrl-C in the list: 130, nothing changed, nothing said', async () => {
    const person = await someone()
    const terminal = openTerminal(person, ['switch'])
    await terminal.until(/Which context\?/)
    terminal.type(interrupt)
    const { code, output } = await terminal.end
    expect(code).toBe(130)
    expect(output).not.toMatch(/DK\d{4}|\bat .*:\d+:\d+/)
    expect(await readFile(person.config, 'utf8')).toBe(contexts)
  })

  test('a protected context: another word is a no, its name is a yes', async () => {
    const person = await someone()
    const wrong = openTerminal(person, ['switch', 'prod'])
    await wrong.until(/PROTECTED {2}prod[\s\S]*access +at any time[\s\S]*Type prod to switch to it/)
    wrong.type(`prd${enter}`)
    expect((await wrong.end).code).toBe(5)
    expect(await current(person)).toBe('dev')
    const right = openTerminal(person, ['switch', 'prod', '--yes'])
    await right.until(/Type prod to switch to it/)
    right.type(`prod${enter}`)
    expect((await right.end).code).toBe(0)
    expect(await current(person)).toBe('prod')
  })

  test.skipIf(process.platform === 'win32')(
    'a shell of its own has the terminal, and its exit code comes back',
    async () => {
      const person = await someone()
      const env = {
        ...person.env,
        SHELL: '/bin/sh',
        PS1: 'inside> ',
        XDG_RUNTIME_DIR: join(person.home, 'run'),
      }
      const terminal = openTerminal({ ...person, env }, ['switch', 'staging', '--shell'])
      await terminal.until(/inside> |\$ |# /)
      terminal.type(`echo "in $DEVK8S_BOUND_CONTEXT"; exit 9${enter}`)
      await terminal.until(/in staging/)
      expect((await terminal.end).code).toBe(9)
      expect(await readFile(person.config, 'utf8')).toBe(contexts)
      expect(await readdir(join(person.home, 'run/devk8s/shells'))).toEqual([])
    },
  )
})

describe('as a process', { timeout: 60_000 }, () => {
  test('stdout stays empty, and a reader that is gone is no fault', async () => {
    const person = await someone()
    const { code, stdout, stderr } = await devk8s(person, ['switch', 's'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toContain('Switched to context "staging" (was dev).')
  })

  test('comes back by itself when the time is over', async () => {
    const person = await someone()
    expect((await devk8s(person, ['switch', 'staging', '--for', '2s'])).stderr).toContain(
      'For 2 seconds, then back to "dev".',
    )
    expect(await current(person)).toBe('staging')
    for (let tries = 0; tries < 100 && (await current(person)) !== 'dev'; tries += 1) await wait(100)
    expect(await current(person)).toBe('dev')
  })

  test.skipIf(process.platform === 'win32')('through a symlink it is kubectx', async () => {
    const person = await someone()
    const link = join(person.home, 'kubectx')
    await symlink(bin, link)
    await chmod(bin, 0o755)
    const kubectx = { ...person, bin: link }
    expect(await devk8s(kubectx, [])).toMatchObject({ code: 0, stdout: 'dev\nprod\nstaging\n', stderr: '' })
    expect(await devk8s(kubectx, ['staging'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '✔ Switched to context "staging".\n',
    })
    expect(await devk8s(kubectx, ['-V'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    })
  })

  test.skipIf(process.platform === 'win32')(
    'kubectx asks fzf where it is and stdout is a terminal',
    async () => {
      const person = await someone()
      const link = join(person.home, 'kubectx')
      await symlink(bin, link)
      const folder = join(person.home, 'bin')
      await mkdir(folder)
      await writeFile(join(folder, 'fzf'), '#!/bin/sh\ngrep staging\n')
      await chmod(join(folder, 'fzf'), 0o755)
      const env = { ...person.env, PATH: `${folder}:${person.env['PATH'] ?? ''}` }
      expect((await openTerminal({ ...person, env, bin: link }, []).end).code).toBe(0)
      expect(await current(person)).toBe('staging')
      const ignoring = { ...env, KUBECTX_IGNORE_FZF: '1' }
      expect((await openTerminal({ ...person, env: ignoring, bin: link }, []).end).output).toContain('dev')
    },
  )
})
