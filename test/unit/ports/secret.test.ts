import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { execThatTells, filesThatTell } from '../../../src/adapters/revealing.ts'
import type { Command } from '../../../src/ports/exec.ts'
import type { Files } from '../../../src/ports/files.ts'
import { Secret } from '../../../src/ports/secret.ts'

const canary = 'AKIA-canary-0123456789'

test.for([
  ['text', (secret: Secret) => String(secret)],
  ['joined text', (secret: Secret) => ['a', secret].join(' ')],
  ['JSON', (secret: Secret) => JSON.stringify({ secret })],
  ['inspect', (secret: Secret) => inspect({ secret }, { showHidden: true, depth: 9 })],
  ['keys', (secret: Secret) => JSON.stringify(Object.entries(secret))],
] as const)('a secret does not show as %s', ([, show]) => {
  const shown = show(Secret.of(canary).map((text) => `token: ${text}`))
  expect(shown).not.toContain('canary')
})

test('what is wrapped around a secret is secret, and its origin is told when it leaves', async () => {
  const told: string[] = []
  const manifest = Secret.of(canary).map((text) => `data: ${text}`)
  expect(Secret.reveal(manifest)).toBe(`data: ${canary}`)
  const ran: Command[] = []
  const exec = execThatTells(
    {
      find: async () => undefined,
      run: async (command) => (
        ran.push(command),
        { outcome: 'exited', exitCode: 0, signal: null, stdout: '', stderr: '', durationMs: 0 }
      ),
    },
    (plain) => told.push(plain),
  )
  const command: Command = {
    tool: 'kubectl',
    program: 'kubectl',
    args: ['apply'],
    stdin: manifest,
    env: { A: 'plain', B: Secret.of('b-secret') },
    changes: true,
  }
  await exec.run(command, { timeoutMs: 1, signal: new AbortController().signal })
  const files = filesThatTell({ write: async () => {} } as unknown as Files, (plain) => told.push(plain))
  await files.write('/x', manifest)
  await files.write('/x', 'not secret')
  expect(ran).toEqual([command])
  expect(told).toEqual([canary, 'b-secret', canary])
})

test('all secrets that went into one are told', () => {
  const both = Secret.of('key-one').with(Secret.of('token-two'), (key, token) => `${key} ${token}`)
  expect(Secret.revealOrigins(both.map((text) => `${text}!`))).toEqual(['key-one', 'token-two'])
  expect(Secret.revealOrigins(both.with(Secret.of('key-one'), (text) => text))).toHaveLength(2)
})
