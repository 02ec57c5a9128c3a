import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { devk8s, newPerson } from './program.ts'

/** The command line of a process; empty once it has ended, also while nobody has noticed yet. */
const commandLine = async (pid: number) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')

// Elsewhere the service manager of whoever runs the tests would be asked; without XDG_RUNTIME_DIR systemd's is not there.
describe.skipIf(process.platform !== 'linux')('the broker as a process', () => {
  test(
    'outlives the command that started it, is one, and ends when it is told to',
    { timeout: 60_000 },
    async () => {
      const canary = 'AKIAQCANARYCANARY123'
      const person = await newPerson({ AWS_PROFILE: 'acme', AWS_ACCESS_KEY_ID: canary })
      const folder = join(person.home, '.local/state/devk8s/aws')
      expect((await devk8s(person, ['aws', 'broker', 'status'])).code).toBe(3)
      const started = await devk8s(person, ['aws', 'broker', 'start', '--yes', '--json'])
      expect(started.code).toBe(0)
      const { pid } = JSON.parse(await readFile(join(folder, 'broker.lock'), 'utf8')) as { pid: number }
      try {
        expect(JSON.parse(started.stdout)).toMatchObject({ result: { running: true, pid, by: 'process' } })
        expect(await commandLine(pid)).toContain('__broker')
        // No key is handed to it, and it reads none from anywhere.
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8')
        expect(environment).toContain('AWS_PROFILE=acme')
        expect(environment).not.toContain(canary)
        const second = await devk8s(person, ['__broker'])
        expect(second).toMatchObject({ code: 0, stdout: '', stderr: '' })
        expect((await devk8s(person, ['aws', 'broker', 'status'])).stdout).toContain(`process ${pid}`)
        expect((await devk8s(person, ['aws', 'broker', 'start', '--yes'])).stdout).toContain(
          `already, as process ${pid}`,
        )
      } finally {
        expect((await devk8s(person, ['aws', 'broker', 'stop'])).code).toBe(0)
      }
      await expect.poll(async () => commandLine(pid)).toBe('')
      for (const gone of ['broker.lock', 'broker.json', 'broker-state.json']) {
        await expect(stat(join(folder, gone))).rejects.toThrow('ENOENT')
      }
      expect(await readFile(join(folder, 'broker.log'), 'utf8')).toMatch(
        /started as process .*\n.*stopped by SIGTERM\n$/,
      )
    },
  )
})
