import { type Checked, given } from './checked.ts'
import type { AwsRequest } from './request.ts'
import { isOn, valueOf } from './settings.ts'

/** What the settings of a command about AWS ask for; undefined for all other commands. */
export function awsRequest({ command, settings, words }: Checked): AwsRequest | undefined {
  const on = (name: string) => isOn(settings, name)
  const namespace = given('namespace', valueOf(settings, 'namespace'))
  const [first = ''] = words
  switch (command.path.join(' ')) {
    case 'aws login':
      return { command: 'aws.login', ...given('awsProfile', valueOf(settings, 'aws-profile')) }
    case 'aws logout':
      return { command: 'aws.logout' }
    case 'aws status':
      return { command: 'aws.status' }
    case 'aws refresh':
      return { command: 'aws.refresh', restart: on('restart') }
    case 'aws whoami':
      return { command: 'aws.whoami', ...given('pod', words[0]), ...namespace }
    case 'aws why':
      return { command: 'aws.why', role: first }
    case 'aws import':
      return { command: 'aws.import', ...given('eks', valueOf(settings, 'cluster')), remove: on('remove') }
    case 'aws attach':
      return { command: 'aws.attach', workload: first, ...namespace, remove: on('remove') }
    case 'aws broker start':
      return { command: 'aws.broker.start' }
    case 'aws broker stop':
      return { command: 'aws.broker.stop' }
    case 'aws broker status':
      return { command: 'aws.broker.status' }
    case 'guard scan':
      return { command: 'guard.scan', paths: words, staged: on('staged'), cluster: on('cluster') }
    case 'guard install':
      return { command: 'guard.install' }
    case 'guard remove':
      return { command: 'guard.remove' }
    case 'guard policy':
      return { command: 'guard.policy' }
    default:
      return undefined
  }
}
