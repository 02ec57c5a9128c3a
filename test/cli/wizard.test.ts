import { describe, expect, test } from 'vitest'
import { parseArgs } from '../../src/cli/parse.ts'
import { type FirstRun, firstRunQuestions, readFirstRunAnswers } from '../../src/cli/wizard.ts'

const everything: FirstRun = {
  profiles: [
    { value: 'default', label: 'default' },
    { value: 'aws', label: 'aws' },
  ],
  defaultProfile: 'default',
  drivers: [
    { value: 'docker', label: 'Docker' },
    { value: 'kvm2', label: 'KVM' },
  ],
  availableMiB: 16_384,
  suggestedMiB: 4096,
  settled: new Set(),
}

function ask(known: Partial<FirstRun>) {
  return firstRunQuestions({ ...everything, ...known })
}

describe('the first run asks only what cannot be found out', () => {
  test('everything is open', () => {
    expect(ask({}).map(({ id, fallback }) => [id, fallback])).toEqual([
      ['first-run.profile', 'default'],
      ['first-run.driver', 'docker'],
      ['first-run.memory', 'auto'],
    ])
  })

  test.each<readonly [string, Partial<FirstRun>, readonly string[]]>([
    ['a profile was found', { profiles: [] }, ['first-run.driver', 'first-run.memory']],
    [
      'one driver fits',
      { drivers: everything.drivers.slice(0, 1) },
      ['first-run.profile', 'first-run.memory'],
    ],
    ['no driver fits', { drivers: [] }, ['first-run.profile', 'first-run.memory']],
    [
      '--driver was given',
      { settled: new Set(['cluster.driver']) },
      ['first-run.profile', 'first-run.memory'],
    ],
    [
      '--memory was given',
      { settled: new Set(['cluster.memory']) },
      ['first-run.profile', 'first-run.driver'],
    ],
    [
      'the machine is small',
      { availableMiB: 6000, suggestedMiB: 3072 },
      ['first-run.profile', 'first-run.driver'],
    ],
  ])('%s', (_case, known, ids) => {
    expect(ask(known).map(({ id }) => id)).toEqual(ids)
  })

  test('memory offers the suggestion and what leaves half of the machine', () => {
    const memory = ask({}).find(({ id }) => id === 'first-run.memory')
    expect(memory?.text).toContain('16 GiB')
    expect(memory?.choices.map(({ value }) => value)).toEqual(['auto', '6144Mi', '8192Mi'])
  })

  test('each question names a flag that the command line takes', async () => {
    for (const { flag, fallback, choices } of ask({})) {
      expect(choices.map(({ value }) => value)).toContain(fallback)
      expect((await parseArgs(['up', ...flag.split(' ')], {})).kind).toBe('request')
    }
  })
})

describe('answers', () => {
  test.each([
    [{}, { overrides: {} }],
    [
      { 'first-run.profile': 'aws', 'first-run.memory': 'auto' },
      { profile: 'aws', overrides: {} },
    ],
    [
      { 'first-run.driver': 'kvm2', 'first-run.memory': '6144Mi' },
      { overrides: { 'cluster.driver': 'kvm2', 'cluster.memory': '6144Mi' } },
    ],
  ])('%j', (answers, wanted) => {
    expect(readFirstRunAnswers(answers)).toEqual(wanted)
  })
})
