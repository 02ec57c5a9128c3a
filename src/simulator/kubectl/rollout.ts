import { timestamp } from '../kube-api/object.ts'
import type { Argv } from './argv.ts'
import { type Client, errorText, expectOk, Failure, unreachableText } from './client.ts'
import type { KubectlResult } from './contract.ts'
import { discover, displayName, pathOf, type Resource } from './discover.ts'
import { targetsIn } from './targets.ts'

interface OfWorkload {
  readonly resource: Resource
  readonly name: string
  readonly path: string
}

function workloads(argv: Argv, words: readonly string[], client: Client, fallback: string) {
  const namespace = argv.flags['namespace'] ?? fallback
  return targetsIn(words, discover(client)).map(({ resource, name }): OfWorkload => {
    if (name === undefined) throw new Failure('error: resource(s) were provided, but no name was specified\n')
    return { resource, name, path: pathOf(resource, namespace, name) }
  })
}

/**
 * `kubectl rollout restart`: a new annotation on each pod template; what is not there is said at the end (recorded
 * 1.33/421, 422; kubernetes: kubectl/pkg/polymorphichelpers/objectrestarter.go).
 */
export function rolloutRestart(
  argv: Argv,
  client: Client,
  contextNamespace: string,
  now: number,
): KubectlResult {
  const outcomes = workloads(argv, argv.words.slice(2), client, contextNamespace).map((each) =>
    restartOne(each, client, now),
  )
  const text = (part: 'stdout' | 'stderr') => outcomes.map((outcome) => outcome[part] ?? '').join('')
  return { stdout: text('stdout'), stderr: text('stderr'), exitCode: text('stderr') === '' ? 0 : 1 }
}

function restartOne(
  { resource, name, path }: OfWorkload,
  client: Client,
  now: number,
): { readonly stdout?: string; readonly stderr?: string } {
  const found = client.send('GET', path)
  if ('unreachable' in found) throw new Failure(unreachableText(found))
  if (found.status >= 400) return { stderr: errorText(found) }
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(resource.kind)) {
    return { stderr: `error: ${resource.plural} "${name}" restarting is not supported\n` }
  }
  const annotations = { 'kubectl.kubernetes.io/restartedAt': timestamp(now) }
  const body = JSON.stringify({ spec: { template: { metadata: { annotations } } } })
  const contentType = 'application/strategic-merge-patch+json'
  expectOk(client.send('PATCH', `${path}?fieldManager=kubectl-rollout`, { contentType, body }))
  return { stdout: `${displayName(resource, name)} restarted\n` }
}

/** `kubectl scale`: GET, then a merge patch of the subresource `scale` (recorded 1.33/401-405). */
export function scale(argv: Argv, client: Client, contextNamespace: string): KubectlResult {
  const { replicas, output } = argv.flags
  if (replicas === undefined) throw new Failure('error: required flag(s) "replicas" not set\n')
  const lines = workloads(argv, argv.words.slice(1), client, contextNamespace).map(
    ({ resource, name, path }) => {
      const found = client.send('GET', path)
      if ('unreachable' in found) throw new Failure(unreachableText(found))
      if (found.status === 404) {
        const text = errorText(found).replace(/^Error from server \(\w+\): /, '')
        throw new Failure(`error: no objects passed to scale ${text}`)
      }
      expectOk(found)
      const body = JSON.stringify({ spec: { replicas: Number(replicas) } })
      expectOk(client.send('PATCH', `${path}/scale`, { contentType: 'application/merge-patch+json', body }))
      return `${displayName(resource, name)}${output === 'name' ? '' : ' scaled'}\n`
    },
  )
  return { stdout: lines.join(''), stderr: '', exitCode: 0 }
}
