import { type Checked, given } from './checked.ts'
import { parseDurationMs } from './checks.ts'
import type { ContextRequest } from './request.ts'
import { isOn, valueOf } from './settings.ts'

/** What the settings of a command about contexts ask for. */
export function contextRequest({ command, settings, words, rest }: Checked): ContextRequest {
  const on = (name: string) => isOn(settings, name)
  const value = (name: string) => valueOf(settings, name)
  const [first, second] = words
  const name = first ?? ''
  const namespace = given('namespace', value('namespace'))
  const consented = on('yes-prod')
  const forMs = durationOf(value('for'))
  switch (command.path.join(' ')) {
    case 'switch':
      return {
        command: 'switch',
        ...given('name', first),
        ...namespace,
        ...forMs,
        shell: on('shell'),
        history: on('history'),
        consented,
      }
    case 'env':
      return {
        command: 'env',
        ...given('name', first),
        unset: on('unset'),
        ...namespace,
        consented,
        syntax: syntaxOf(value('syntax')),
      }
    case 'namespaces':
      return { command: 'namespaces', ...given('name', first), force: on('force') }
    case 'exec':
      return {
        command: 'exec',
        contexts: words,
        line: rest,
        ...namespace,
        failFast: on('fail-fast'),
        consented,
      }
    case 'contexts list':
      return {
        command: 'contexts.list',
        ...given('pattern', first),
        managed: on('managed'),
        protected: on('protected'),
      }
    case 'contexts show':
      return { command: 'contexts.show', ...given('name', first) }
    case 'contexts diff':
      return { command: 'contexts.diff', exitCode: on('exit-code') }
    case 'contexts sync':
      return { command: 'contexts.sync', prune: on('prune'), consented }
    case 'contexts adopt':
      return { command: 'contexts.adopt', names: words }
    case 'contexts rename':
      return { command: 'contexts.rename', from: name, to: second ?? '', force: on('force') }
    case 'contexts remove':
      return { command: 'contexts.remove', names: words, consented }
    case 'contexts color':
      return { command: 'contexts.color', name, color: second ?? '' }
    case 'contexts undo':
      return { command: 'contexts.undo', ...given('version', first), list: on('list') }
    case 'contexts lint':
      return { command: 'contexts.lint', fix: on('fix') }
    case 'unlock':
      return { command: 'unlock', name, ...forMs, ...given('reason', value('reason')), consented }
    case 'lock':
      return { command: 'lock', ...given('name', first) }
    case 'token':
      return {
        command: 'token',
        ...given('cluster', value('cluster')),
        ...given('clusterId', value('cluster-id')),
        ...given('region', value('region')),
        ...given('awsProfile', value('aws-profile')),
        ...given('roleArn', value('role-arn')),
        ...given('readOnlyRoleArn', value('read-only-role-arn')),
        ...given('kops', value('kops')),
        ...given('stateStore', value('state-store')),
        ...given('tokenFile', value('token-file')),
        ...given('tokenEnv', value('token-env')),
        ...given('clientCertificate', value('client-certificate')),
        ...given('clientKey', value('client-key')),
        ...given('protect', value('protect')),
        plugin: rest,
      }
    case 'prompt init':
      return { command: 'prompt.init', shell: first === 'zsh' || first === 'fish' ? first : 'bash' }
    case 'alias install':
      return { command: 'alias.install', ...given('name', first), ...given('folder', value('folder')) }
    case 'alias remove':
      return { command: 'alias.remove', ...given('folder', value('folder')) }
    default:
      throw new TypeError(`No request is made for ${command.path.join(' ')}`)
  }
}

function durationOf(text: string | undefined): { readonly forMs?: number } {
  const forMs = text === undefined ? undefined : parseDurationMs(text)
  return forMs === undefined ? {} : { forMs }
}

function syntaxOf(text: string | undefined): 'posix' | 'fish' | 'powershell' {
  return text === 'fish' || text === 'powershell' ? text : 'posix'
}
