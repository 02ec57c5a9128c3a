import type { CommonRequest, Request, TokenWants } from '../cli/request.ts'
import { completedWords } from '../cli/completed-words.ts'
import { renderShellWords } from '../cli/shell-words.ts'

// The everyday command lines, read without the parser, whose tables cost more time than the commands themselves.
// Each gives the very request that the parser makes of it; whatever is not as plain as that is left to the parser.
// A test holds both against each other.

type Env = Readonly<Record<string, string | undefined>>

/** The names by which the program behaves as kubectx or kubens, and which of the two each means. */
const kubectxNames: Readonly<Record<string, 'kubectx' | 'kubens'>> = {
  kubectx: 'kubectx',
  'kubectl-ctx': 'kubectx',
  kubens: 'kubens',
  'kubectl-ns': 'kubens',
}

/**
 * The request of a command line that is plain enough; undefined for all others.
 * @param invokedAs the name this program was called by.
 */
export function quickRequest(argv: readonly string[], env: Env, invokedAs: string): Request | undefined {
  const as = Object.hasOwn(kubectxNames, invokedAs) ? kubectxNames[invokedAs] : undefined
  if (as !== undefined) {
    return { common: commonOf(env, [invokedAs, ...argv]), command: 'kubectx', as, words: argv }
  }
  switch (argv[0]) {
    case 'switch':
      return hasVariables(env) ? undefined : switchRequest(argv, env)
    case 'token':
      return tokenRequest(argv, env)
    case '__complete':
      return {
        common: commonOf({}, ['devk8s', '__complete']),
        command: 'complete',
        words: completedWords(argv.slice(1)),
      }
    case '__broker':
      return { common: commonOf({}, ['devk8s', '__broker']), command: 'broker' }
    case '__return':
      return { common: commonOf({}, ['devk8s', '__return']), command: 'return', file: argv[1] ?? '' }
    default:
      return undefined
  }
}

/** Set by devk8s itself in bound shells and by its prompts, or for these; no flag has these variables. */
const ownVariables: ReadonlySet<string> = new Set([
  'DEVK8S_BOUND_CONTEXT',
  'DEVK8S_BOUND_DEPTH',
  'DEVK8S_PROMPT',
  'DEVK8S_PROMPT_COLOR',
  'DEVK8S_PROMPT_PROTECTED',
  'DEVK8S_PROMPT_OFF',
])

/** Variables that may fill flags, rightly or wrongly, are the parser's affair. */
function hasVariables(env: Env): boolean {
  return Object.keys(env).some(
    (name) => name.startsWith('DEVK8S_') && env[name] !== '' && !ownVariables.has(name),
  )
}

// As cli/checks.ts has them; from there they would bring the profile's tables along.
const namespace = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const contextName = /^[^\s\p{Cc}]+$/u

function switchRequest(argv: readonly string[], env: Env): Request | undefined {
  const [, name = '', flag, value = ''] = argv
  const isName = name === '-' || (name !== '' && !name.startsWith('-'))
  if (!isName || argv.length === 3 || argv.length > 4) return undefined
  if (flag !== undefined && !((flag === '-n' || flag === '--namespace') && namespace.test(value)))
    return undefined
  return {
    common: commonOf(env, ['devk8s', ...argv]),
    command: 'switch',
    name,
    ...(flag === undefined ? {} : { namespace: value }),
    shell: false,
    history: false,
    consented: false,
  }
}

const tokenFlags: Readonly<Record<string, Exclude<keyof TokenWants, 'plugin'>>> = {
  '--cluster': 'cluster',
  '--cluster-id': 'clusterId',
  '--region': 'region',
  '--aws-profile': 'awsProfile',
  '--role-arn': 'roleArn',
  '--read-only-role-arn': 'readOnlyRoleArn',
  '--kops': 'kops',
  '--state-store': 'stateStore',
  '--token-file': 'tokenFile',
  '--token-env': 'tokenEnv',
  '--client-certificate': 'clientCertificate',
  '--client-key': 'clientKey',
  '--protect': 'protect',
}

function tokenRequest(argv: readonly string[], env: Env): Request | undefined {
  const end = argv.indexOf('--')
  const line = argv.slice(1, end === -1 ? argv.length : end)
  const wants: { -readonly [K in keyof TokenWants]?: TokenWants[K] } = {}
  for (let at = 0; at < line.length; at += 2) {
    const flag = line[at] ?? ''
    const value = line[at + 1] ?? ''
    const key = Object.hasOwn(tokenFlags, flag) ? tokenFlags[flag] : undefined
    const isFine =
      value.trim() !== '' && !value.startsWith('-') && (key !== 'protect' || contextName.test(value))
    if (key === undefined || wants[key] !== undefined || !isFine) return undefined
    wants[key] = value
  }
  return {
    common: commonOf(env, ['devk8s', ...argv]),
    command: 'token',
    ...wants,
    plugin: end === -1 ? [] : argv.slice(end + 1),
  }
}

function commonOf(env: Env, words: readonly string[]): CommonRequest {
  return {
    typed: renderShellWords(words),
    output: 'human',
    yes: false,
    input: true,
    verbose: false,
    quiet: false,
    color: colorOf(env),
    showCommands: false,
    rehearse: false,
    rehearseFaults: [],
    overrides: {},
  }
}

/** What the two variables that all tools share ask for, as cli/to-request.ts reads them. */
function colorOf(env: Env): CommonRequest['color'] {
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced === '0' || forced === 'false' ? 'never' : 'always'
  return env['NO_COLOR'] ? 'never' : 'auto'
}
