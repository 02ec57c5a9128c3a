import { apply } from './apply.ts'
import { type Argv, parseArgv } from './argv.ts'
import { createNamespace, mark, patch } from './change.ts'
import { type Call, type Client, clientOver, Failure } from './client.ts'
import { createObjects } from './create.ts'
import type { KubectlEnv, KubectlResult } from './contract.ts'
import { deleteObjects } from './delete.ts'
import { get, getRaw } from './get.ts'
import { rolloutRestart, scale } from './rollout.ts'
import { version } from './version.ts'

export type { Call, Unreachable } from './client.ts'
export type { KubectlEnv, KubectlResult } from './contract.ts'

/**
 * One run of kubectl against whatever `call` reaches. It answers as kubectl 1.33 does (behaviour: ../kubectl.md);
 * every failure is exit 1.
 * @param argv without the program itself.
 * @param stdin what `-f -` reads.
 */
export function kubectl(argv: readonly string[], stdin: string, env: KubectlEnv, call: Call): KubectlResult {
  const parsed = parseArgv(argv)
  if ('fault' in parsed) return { stdout: '', stderr: parsed.fault, exitCode: 1 }
  try {
    return dispatch(parsed, stdin, env, call)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { stdout: error.stdout, stderr: error.message, exitCode: 1 }
  }
}

function dispatch(argv: Argv, stdin: string, env: KubectlEnv, call: Call): KubectlResult {
  const { flags } = argv
  const options = {
    as: flags['as'],
    timeout: flags['request-timeout'],
    version: env.version,
    now: env.now ?? 0,
  }
  const [verb, second] = argv.words
  if (verb === 'version') return version(argv, env, () => connected(argv, env, clientOver(call, options)))
  const client = connected(argv, env, clientOver(call, options))
  const namespace = env.namespace ?? 'default'
  switch (verb ?? '') {
    case 'get':
      return flags['raw'] === undefined ? get(argv, client, namespace) : getRaw(flags['raw'], client)
    case 'apply':
      return apply(argv, stdin, client, namespace)
    case 'delete':
      return deleteObjects(argv, stdin, client, namespace)
    case 'patch':
      return patch(argv, stdin, client, namespace)
    case 'label':
      return mark('labels', argv, client, namespace)
    case 'annotate':
      return mark('annotations', argv, client, namespace)
    case 'create':
      if (second === 'ns' || second === 'namespace') return createNamespace(argv, client)
      if (flags['filename'] !== undefined) return createObjects(argv, stdin, client, namespace)
      break
    case 'scale':
      return scale(argv, client, namespace)
    case 'rollout':
      if (second === 'restart') return rolloutRestart(argv, client, namespace, env.now ?? 0)
      break
  }
  throw new Failure(`error: unknown command "${verb ?? ''}" for "kubectl"\n`)
}

/** @throws Failure for a kubeconfig without the context asked for (recorded 1.33/235), or that is not there (236). */
function connected(argv: Argv, env: KubectlEnv, client: Client): Client {
  if (env.missingKubeconfig !== undefined) {
    throw new Failure(`error: stat ${env.missingKubeconfig}: no such file or directory\n`)
  }
  const context = argv.flags['context']
  if (context !== undefined && env.contexts !== undefined && !env.contexts.includes(context)) {
    throw new Failure(`Error in configuration: context was not found for specified context: ${context}\n`)
  }
  return client
}
