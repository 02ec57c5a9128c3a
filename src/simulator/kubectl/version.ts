import { fieldsOf, textOf } from '../kube-api/object.ts'
import type { Argv } from './argv.ts'
import { type Client, errorText, Failure, unreachableText } from './client.ts'
import type { KubectlEnv, KubectlResult } from './contract.ts'
import { goJson } from './print.ts'

interface Build {
  readonly kustomize: string
  readonly gitCommit: string
  readonly buildDate: string
  readonly goVersion: string
}

// recorded 1.33/002 and 1.27/002; the rest of the versions are built by the same people in the same way.
const builds: Readonly<Record<string, Build>> = {
  'v1.33.1': {
    kustomize: 'v5.6.0',
    gitCommit: '8adc0f041b8e7ad1d30e29cc59c6ae7a15e19828',
    buildDate: '2025-05-15T08:27:33Z',
    goVersion: 'go1.24.2',
  },
}
const otherBuild: Build = {
  kustomize: 'v5.7.1',
  gitCommit: '0000000000000000000000000000000000000000',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.25.5',
}

/**
 * `kubectl version`, with `--client` without any request (recorded 1.33/002). Without a server it prints its own
 * part and fails (recorded 1.33/202, 222).
 * @param connect gives the client, when one is needed.
 */
export function version(argv: Argv, env: KubectlEnv, connect: () => Client): KubectlResult {
  const build = builds[env.version] ?? otherBuild
  const own = clientDocument(env, build)
  if (argv.flags['client'] === 'true') return { stdout: render(argv, own), stderr: '', exitCode: 0 }
  const client = connect()
  const reply = client.send('GET', `/version?timeout=${client.timeout}`, { accept: 'application/json, */*' })
  if ('unreachable' in reply) throw new Failure(unreachableText(reply), render(argv, own))
  if (reply.status >= 400) throw new Failure(errorText(reply, true), render(argv, own))
  if (reply.body === undefined) {
    // recorded 1.33/281
    const text = `error: unable to parse the server version: invalid character '${reply.text.slice(0, 1)}' looking for beginning of value\n`
    throw new Failure(text, render(argv, own))
  }
  const server = fieldsOf(reply.body)
  return {
    stdout: render(argv, { ...own, serverVersion: server }),
    stderr: skewWarning(env, server),
    exitCode: 0,
  }
}

function clientDocument(env: KubectlEnv, build: Build): Readonly<Record<string, unknown>> {
  const [major = '1', minor = '0'] = env.version.replace(/^v/, '').split('.')
  return {
    clientVersion: {
      major,
      minor,
      gitVersion: env.version,
      gitCommit: build.gitCommit,
      gitTreeState: 'clean',
      buildDate: build.buildDate,
      goVersion: build.goVersion,
      compiler: 'gc',
      platform: env.platform,
    },
    kustomizeVersion: build.kustomize,
  }
}

function render(argv: Argv, document: Readonly<Record<string, unknown>>): string {
  if (argv.flags['output'] === 'json') return `${goJson(document, 2)}\n`
  const gitVersion = (part: unknown): string => textOf(fieldsOf(part)['gitVersion']) ?? ''
  const server = document['serverVersion']
  const serverLine = server === undefined ? '' : `Server Version: ${gitVersion(server)}\n`
  const kustomize = textOf(document['kustomizeVersion']) ?? ''
  return `Client Version: ${gitVersion(document['clientVersion'])}\nKustomize Version: ${kustomize}\n${serverLine}`
}

/** recorded 1.33/005 */
function skewWarning(env: KubectlEnv, server: Readonly<Record<string, unknown>>): string {
  const minorOf = (text: string): number => Number(text.replace(/^v/, '').split('.')[1] ?? 0)
  const [client, remote] = [minorOf(env.version), minorOf(textOf(server['gitVersion']) ?? '')]
  if (Math.abs(client - remote) <= 1) return ''
  return `WARNING: version difference between client (1.${client}) and server (1.${remote}) exceeds the supported minor version skew of +/-1\n`
}
