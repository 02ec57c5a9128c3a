import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { type TerminalOptions, terminalPrompts } from '../../src/adapters/prompts.ts'
import type { EventBody } from '../../src/ports/event.ts'
import type { Question } from '../../src/ports/prompts.ts'

const confirm: Question = {
  kind: 'confirm',
  id: 'cluster.recreate',
  text: 'Recreate the cluster?',
  flag: '--recreate',
  fallback: undefined,
}
const declining: Question = { ...confirm, fallback: false, destructive: true }
const byPerson: Question = { ...declining, byPerson: true }
const select: Question = {
  kind: 'select',
  id: 'first-run.driver',
  text: 'Which driver?',
  flag: '--driver docker',
  choices: [
    { value: 'docker', label: 'Docker' },
    { value: 'kvm2', label: 'KVM', hint: 'needs libvirt' },
  ],
  fallback: 'docker',
}
const input: Question = {
  kind: 'input',
  id: 'name',
  text: 'Name?',
  flag: '--cluster-name NAME',
  fallback: undefined,
}
const typeName: Question = {
  kind: 'type-name',
  id: 'destroy',
  text: 'Type the name of the cluster:',
  flag: '--yes',
  expected: 'devk8s',
  fallback: undefined,
}

/** A terminal whose other end is this test. */
function terminal(options: Partial<TerminalOptions> = {}) {
  const events: EventBody[] = []
  const keys = new PassThrough()
  const screen = new PassThrough()
  let shown = ''
  screen.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  const prompts = terminalPrompts({
    yes: false,
    input: true,
    isTTY: true,
    emit: (event) => events.push(event),
    typed: 'devk8s up',
    streams: { input: keys, output: screen },
    ...options,
  })
  const press = async (text: string) => {
    while (!shown.includes('?')) await new Promise((resolve) => screen.once('data', resolve))
    keys.write(text)
  }
  return { prompts, events, press, shown: () => shown }
}

const never = new AbortController().signal

describe('answers without asking', () => {
  test.each<readonly [string, Partial<TerminalOptions>, Question, boolean | string, string]>([
    ['--yes confirms', { yes: true }, confirm, true, 'flag'],
    ['--yes confirms what destroys', { yes: true, isTTY: false }, declining, true, 'flag'],
    ['--yes is no consent that only a person gives', { yes: true }, byPerson, false, 'fallback'],
    ['--yes takes the default of a choice', { yes: true }, select, 'docker', 'fallback'],
    ['no terminal takes the fallback', { isTTY: false }, select, 'docker', 'fallback'],
    ['--no-input takes the fallback', { input: false }, declining, false, 'fallback'],
  ])('%s', async (_case, options, question, answer, by) => {
    const { prompts, events, shown } = terminal(options)
    expect(await prompts.ask(question, never)).toBe(answer)
    const text = answer === true ? 'yes' : answer === false ? 'no' : answer
    expect(events).toEqual([{ type: 'asked', question: question.id, text: question.text, answer: text, by }])
    expect(shown()).toBe('')
  })

  test.each<readonly [string, Partial<TerminalOptions>, Question, string]>([
    ['no terminal', { isTTY: false }, confirm, 'there is no terminal'],
    ['--no-input', { input: false }, input, '--no-input'],
    ['--yes does not type a name', { yes: true, isTTY: false }, typeName, 'there is no terminal'],
  ])('%s stops with DK8010, the flag and the command', async (_case, options, question, why) => {
    const { prompts, events } = terminal(options)
    await expect(prompts.ask(question, never)).rejects.toMatchObject({
      problems: [
        {
          code: 'DK8010',
          exit: 4,
          detail: expect.stringContaining(why),
          next: [`devk8s up ${question.flag}`],
        },
      ],
    })
    expect(events).toEqual([])
  })
})

describe('a person at a terminal', () => {
  test.each<readonly [string, Question, string, boolean | string]>([
    ['y', confirm, 'y\r', true],
    ['n', confirm, 'n\r', false],
    ['Enter takes the default of a harmless question', confirm, '\r', true],
    ['Enter never destroys', { ...declining, fallback: undefined }, '\r', false],
    ['a choice by arrow', select, '\u001B[B\r', 'kvm2'],
    ['a choice by Enter', select, '\r', 'docker'],
    ['text', input, 'team-a\r', 'team-a'],
    ['the name typed', typeName, 'devk8s\r', true],
    ['another name', typeName, 'yes\r', false],
  ])('%s', async (_case, question, keys, answer) => {
    const { prompts, events, press, shown } = terminal()
    const asking = prompts.ask({ ...question, details: ['All data in it is lost.'] }, never)
    await press(keys)
    expect(await asking).toBe(answer)
    expect(events).toMatchObject([{ type: 'asked', question: question.id, by: 'person' }])
    expect(shown()).toContain('  All data in it is lost.\n')
  })

  test('Ctrl-C ends the question as SIGINT would', async () => {
    let interrupted = 0
    const { prompts, events, press } = terminal({ onInterrupt: () => (interrupted += 1) })
    const asking = prompts.ask(confirm, never)
    await press('\u0003')
    await expect(asking).rejects.toBe('SIGINT')
    expect({ interrupted, events }).toEqual({ interrupted: 1, events: [] })
  })

  test('a run that is stopped takes the question away', async () => {
    const stop = new AbortController()
    const { prompts, press } = terminal()
    const asking = prompts.ask(confirm, stop.signal)
    await press('')
    stop.abort('SIGTERM')
    await expect(asking).rejects.toBe('SIGTERM')
    await expect(prompts.ask(confirm, stop.signal)).rejects.toBe('SIGTERM')
  })
})
