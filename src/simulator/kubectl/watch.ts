import { at, listOf, textOf } from '../kube-api/object.ts'
import type { Argv } from './argv.ts'
import { type Call, type Client, expectOk, Failure } from './client.ts'
import type { KubectlResult, WatchFrom } from './contract.ts'
import { displayName, pathOf } from './discover.ts'
import { renderJsonPath } from './json-path.ts'
import type { Named } from './targets.ts'

/** Whether it stays and tells what changes: `--watch`, `--watch-only`. */
export function isWatching({ flags }: Argv): boolean {
  return flags['watch'] === 'true' || flags['watch-only'] === 'true'
}

/**
 * What is there when the watch begins, and from where to watch on (recorded 1.33/424-426, 434).
 * @throws Failure for more than one type, and for an output that is not simulated.
 */
export function startWatch(
  argv: Argv,
  client: Client,
  namespace: string | undefined,
  targets: readonly Named[],
): KubectlResult {
  const [only] = targets
  if (only === undefined || targets.length > 1) {
    throw new Failure('error: you may only specify a single resource type\n')
  }
  const { resource, name } = only
  const output = argv.flags['output'] ?? ''
  if (output !== 'name' && !output.startsWith('jsonpath=')) {
    throw new Failure('error: the simulated kubectl watches with -o name or -o jsonpath= only\n')
  }
  const named: Readonly<Record<string, string>> =
    name === undefined ? {} : { fieldSelector: `metadata.name=${name}` }
  const query = new URLSearchParams({ ...selectorsOf(argv), ...named }).toString()
  const more = query === '' ? '' : `&${query}`
  const path = pathOf(resource, namespace)
  const body = expectOk(client.send('GET', `${path}?limit=500${more}`))
  const watch: WatchFrom = {
    address: `${path}?watch=true${more}`,
    since: textOf(at(body, 'metadata', 'resourceVersion')) ?? '0',
    output,
    prefix: displayName(resource, ''),
  }
  const items = argv.flags['watch-only'] === 'true' ? [] : listOf(at(body, 'items'))
  return { stdout: items.map((item) => lineOf(item, watch)).join(''), stderr: '', exitCode: 0, watch }
}

/** The selectors of a list or a watch, as query parameters. */
export function selectorsOf({ flags }: Argv): Readonly<Record<string, string>> {
  return {
    ...(flags['field-selector'] === undefined ? {} : { fieldSelector: flags['field-selector'] }),
    ...(flags['selector'] === undefined ? {} : { labelSelector: flags['selector'] }),
  }
}

/** What a watch tells of the time since it was last asked; undefined when there is no server any more. */
export function watchOnce(
  watch: WatchFrom,
  call: Call,
): { readonly stdout: string; readonly watch: WatchFrom } | undefined {
  const [path = '', search = ''] = watch.address.split('?')
  const query = { ...Object.fromEntries(new URLSearchParams(search)), resourceVersion: watch.since }
  const answer = call({ method: 'GET', path, query, headers: { accept: 'application/json' }, body: '' })
  if ('unreachable' in answer || answer.status !== 200) return undefined
  const objects = answer.body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => at(JSON.parse(line), 'object'))
  const versions = objects.map((object) => Number(textOf(at(object, 'metadata', 'resourceVersion')) ?? 0))
  return {
    stdout: objects.map((object) => lineOf(object, watch)).join(''),
    watch: { ...watch, since: String(Math.max(Number(watch.since), ...versions)) },
  }
}

function lineOf(object: unknown, { output, prefix }: WatchFrom): string {
  if (output === 'name') return `${prefix}${textOf(at(object, 'metadata', 'name')) ?? ''}\n`
  return renderJsonPath(output.slice('jsonpath='.length), object)
}
