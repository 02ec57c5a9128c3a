import { describe, expect, test } from 'vitest'
import { parseArgs } from '../../../src/cli/parse.ts'
import { isLean } from '../../../src/quick/lean.ts'
import { quickRequest } from '../../../src/quick/recognise.ts'

const parsed = async (words: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const result = await parseArgs(words, env)
  return result.kind === 'request' ? result.request : undefined
}

describe('read without the parser, and as the parser reads it', () => {
  test.for([
    ['switch', 'staging'],
    ['switch', '-'],
    ['switch', '.'],
    ['switch', 'prod', '-n', 'payments'],
    ['switch', 'prod', '--namespace', 'payments'],
    ['switch', '-', '-n', 'a'],
    ['switch', 'arn:aws:eks:eu-west-1:1:cluster/x'],
    ['switch', 'with space'],
    ['switch', "it's"],
    ['switch', 'a=b'],
    ['switch', 'help'],
    ['switch', 'switch'],
    ['token'],
    ['token', '--cluster', 'acme', '--region', 'eu-west-1', '--aws-profile', 'acme dev'],
    [
      'token',
      '--cluster',
      'a',
      '--cluster-id',
      'b',
      '--role-arn',
      'c',
      '--read-only-role-arn',
      'd',
      '--protect',
      'e',
    ],
    ['token', '--kops', 'a', '--state-store', 's3://b', '--region', 'c'],
    ['token', '--token-file', '/a', '--protect', 'prod'],
    ['token', '--token-env', 'A'],
    ['token', '--client-certificate', '/a', '--client-key', '/b'],
    ['token', '--protect', 'prod', '--', 'aws', 'eks', 'get-token', '--cluster', 'x'],
    ['token', '--protect', 'prod', '--', 'plugin', '--', '-x'],
    ['token', '--'],
    ['__complete', '--', 'switch', 'st'],
    ['__complete', 'exec', ' '],
    ['__return', '/a/b.json'],
    ['__return'],
  ])('%s %s', async (words) => {
    const quick = quickRequest(words, {}, 'devk8s')
    expect(quick).toBeDefined()
    expect(quick).toEqual(await parsed(words))
    for (const env of [
      { NO_COLOR: '1' },
      { NO_COLOR: '' },
      { FORCE_COLOR: '0' },
      { FORCE_COLOR: '' },
      { FORCE_COLOR: '1', NO_COLOR: '1' },
    ]) {
      expect(quickRequest(words, env, 'devk8s')).toEqual(await parsed(words, env))
    }
  })

  test('variables that no flag has change nothing; empty ones count as unset', async () => {
    const env = {
      DEVK8S_BOUND_CONTEXT: 'dev',
      DEVK8S_BOUND_DEPTH: '1',
      DEVK8S_PROMPT: 'dev:shop',
      DEVK8S_PROMPT_COLOR: 'red',
      DEVK8S_PROMPT_PROTECTED: '1',
      DEVK8S_PROMPT_OFF: '1',
      DEVK8S_JSON: '',
    }
    expect(quickRequest(['switch', 'a'], env, 'devk8s')).toBeDefined()
    expect(quickRequest(['switch', 'a'], env, 'devk8s')).toEqual(await parsed(['switch', 'a'], env))
  })
})

describe('left to the parser', () => {
  test.for([
    [],
    ['switch'],
    ['switch', ''],
    ['switch', '--json'],
    ['switch', 'a', '--json'],
    ['switch', 'a', 'b'],
    ['switch', 'a', '-n'],
    ['switch', 'a', '-n', 'Not_One'],
    ['switch', 'a', '-n', 'x', '--for'],
    ['switch', 'a', '-n=x'],
    ['switch', '-n', 'x', 'a'],
    ['switch', 'a', '--shell'],
    ['switch', '--history'],
    ['switch', '-2'],
    ['switch', '--help'],
    ['token', '--cluster'],
    ['token', '--cluster', ''],
    ['token', '--cluster', 'a', '--cluster', 'b'],
    ['token', '--cluster=a'],
    ['token', '--json'],
    ['token', 'word'],
    ['token', '--region', '--cluster'],
    ['token', '--protect', 'a b'],
    ['token', '--help'],
    ['up'],
    ['--version'],
    ['--json', 'switch', 'a'],
  ])('%s %s %s', (words) => {
    expect(quickRequest(words, {}, 'devk8s')).toBeUndefined()
  })

  test('whenever a variable may fill a flag of switch; token takes none', async () => {
    const env = { DEVK8S_OUTPUT: 'json' }
    expect(quickRequest(['switch', 'a'], env, 'devk8s')).toBeUndefined()
    expect(await parsed(['switch', 'a'], env)).toMatchObject({ common: { output: 'json' } })
    expect(quickRequest(['token'], env, 'devk8s')).toEqual(await parsed(['token'], env))
  })
})

describe('by the name of another program', () => {
  test.for([
    ['kubectx', 'kubectx'],
    ['kubectl-ctx', 'kubectx'],
    ['kubens', 'kubens'],
    ['kubectl-ns', 'kubens'],
  ] as const)('%s is %s, whatever the words', ([invokedAs, as]) => {
    expect(quickRequest(['up', '--json'], { DEVK8S_JSON: '1' }, invokedAs)).toMatchObject({
      command: 'kubectx',
      as,
      words: ['up', '--json'],
    })
  })
})

test('lean is what is over at once and told to a person', async () => {
  const lean = async (...words: readonly string[]) => {
    const request = await parsed(words)
    return request !== undefined && isLean(request)
  }
  expect(await lean('switch', 'a', '--for', '1m')).toBe(true)
  expect(await lean('namespaces')).toBe(true)
  expect(await lean('switch', 'a', '--json')).toBe(false)
  expect(await lean('switch', 'a', '--verbose')).toBe(false)
  expect(await lean('switch', 'a', '--rehearse')).toBe(false)
  expect(await lean('up')).toBe(false)
})
