import { PassThrough } from 'node:stream'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { terminalPrompts } from '../../../src/adapters/prompts.ts'
import { codeAsker } from '../../../src/aws/ask-code.ts'
import type { EventBody } from '../../../src/ports/event.ts'
import type { Question } from '../../../src/ports/prompts.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { problemsOf } from '../profile/load-helper.ts'

const question = {
  kind: 'secret',
  id: 'contexts.token',
  text: 'Token for context onprem:',
  flag: 'devk8s contexts sync',
  fallback: undefined,
} as const
const { signal } = new AbortController()

test('a secret is neither shown while it is typed nor told afterwards', async () => {
  const events: EventBody[] = []
  const keys = new PassThrough()
  const screen = new PassThrough()
  let shown = ''
  screen.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  // With --yes as well: nobody else can know it.
  const prompts = terminalPrompts({
    yes: true,
    input: true,
    isTTY: true,
    emit: (event) => events.push(event),
    streams: { input: keys, output: screen },
  })
  const asked = prompts.ask(question, signal)
  while (!shown.includes('onprem')) await new Promise((resolve) => screen.once('data', resolve))
  keys.write('hunter2\r')
  const answer = await asked
  expect(Secret.reveal(answer)).toBe('hunter2')
  expect(events).toEqual([
    {
      type: 'asked',
      question: 'contexts.token',
      text: 'Token for context onprem:',
      answer: '***',
      by: 'person',
    },
  ])
  expect(shown).not.toContain('hunter2')
  expect(inspect(answer)).toBe('***')
})

test('what has not the form of an answer is asked for again, and told to nobody', async () => {
  const keys = new PassThrough()
  const screen = new PassThrough()
  let shown = ''
  screen.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  const until = async (text: string) => {
    while (!shown.includes(text)) await new Promise((resolve) => screen.once('data', resolve))
  }
  const prompts = terminalPrompts({
    yes: false,
    input: true,
    isTTY: true,
    emit: () => {},
    streams: { input: keys, output: screen },
  })
  let form: Extract<Question, { kind: 'secret' }>['form']
  const asker = codeAsker({
    canAsk: true,
    ask: async (asked, stop) => {
      if (asked.kind === 'secret') form = asked.form
      return prompts.ask(asked, stop)
    },
  })
  const asked = asker?.({ profile: 'acme', serial: 'GAHT1' }, signal)
  await until('GAHT1')
  keys.write('12ab\r')
  await until('A code has six digits')
  keys.write('\u007F\u007F\u007F\u007F123 456\r')
  expect(Secret.reveal((await asked) ?? Secret.of(''))).toBe('123456')
  expect(form?.told).toBe('A code has six digits')
  expect(shown).not.toMatch(/12ab|123/)
})

test('without a terminal the command that asks again is named', async () => {
  const prompts = terminalPrompts({
    yes: false,
    input: true,
    isTTY: false,
    emit: () => {},
    typed: 'devk8s up',
  })
  expect(await problemsOf(prompts.ask(question, signal))).toMatchObject([
    {
      code: 'DK8010',
      detail: expect.stringContaining('A secret is taken from a terminal only.'),
      next: ['devk8s contexts sync'],
    },
  ])
})
