import { at, listOf, textOf } from '../kube-api/object.ts'
import type { Argv } from './argv.ts'
import { type Client, expectOk, Failure, unreachableText } from './client.ts'
import type { KubectlResult } from './contract.ts'
import { discover, displayName, pathOf, type Resource, resourceFor, typeName } from './discover.ts'
import { type Fault, renderFaults, unmatched } from './faults.ts'
import { type Manifest, parseManifests } from './manifests.ts'
import { type Named, targetsIn } from './targets.ts'

const noName = 'error: resource(s) were provided, but no name was specified\n'

const ok = (stdout: string): KubectlResult => ({ stdout, stderr: '', exitCode: 0 })

interface DeleteTarget {
  readonly resource: Resource
  readonly name: string
  readonly namespace: string
}

/** `kubectl delete`: by name, by selector or from standard input. It does not wait: the simulator has no time of its own. */
export function deleteObjects(
  argv: Argv,
  stdin: string,
  client: Client,
  contextNamespace: string,
): KubectlResult {
  const isFromFile = argv.flags['filename'] !== undefined
  const read = isFromFile ? parseManifests(stdin, false) : { manifests: [] }
  const unread: readonly Fault[] =
    read.fault === undefined ? [] : [{ type: 'unrecognised', text: read.fault, isListed: false }]
  if (isFromFile && read.manifests.length === 0) {
    return unread.length > 0
      ? { stdout: '', stderr: renderFaults(unread), exitCode: 1 }
      : ok('No resources found\n')
  }
  const resources = discover(client)
  const namespace = argv.flags['namespace'] ?? contextNamespace
  const targets = isFromFile
    ? read.manifests.map((manifest) => targetOf(manifest, resources, namespace))
    : targetsIn(argv.words.slice(1), resources).flatMap((target) => selected(target, argv, client, namespace))
  if (targets.length === 0) return ok('No resources found\n')
  const outcomes = targets.map((target) => ('type' in target ? target : deleteOne(target, argv, client)))
  const faults = [...outcomes.filter((outcome) => typeof outcome !== 'string'), ...unread]
  const stderr = isFromFile ? whenDeleting(renderFaults(faults)) : renderFaults(faults)
  const stdout = outcomes.filter((outcome) => typeof outcome === 'string').join('')
  return { stdout, stderr, exitCode: faults.length === 0 ? 0 : 1 }
}

/** What is named, or all that a selector finds: listed, then deleted one by one (recorded 1.33/416, 419, 420). */
function selected(
  { resource, name }: Named,
  { flags }: Argv,
  client: Client,
  namespace: string,
): readonly DeleteTarget[] {
  const isEverywhere = flags['all-namespaces'] === 'true'
  if (name !== undefined && isEverywhere) {
    throw new Failure('error: a resource cannot be retrieved by name across all namespaces\n')
  }
  if (name !== undefined) return [{ resource, name, namespace }]
  if (flags['selector'] === undefined) throw new Failure(noName)
  const query = new URLSearchParams({ labelSelector: flags['selector'] }).toString()
  const address = `${pathOf(resource, isEverywhere ? undefined : namespace)}?${query}`
  return listOf(at(expectOk(client.send('GET', address)), 'items')).map((item) => ({
    resource,
    name: textOf(at(item, 'metadata', 'name')) ?? '',
    namespace: textOf(at(item, 'metadata', 'namespace')) ?? namespace,
  }))
}

function targetOf(
  { object, isListed }: Manifest,
  resources: readonly Resource[],
  fallback: string,
): DeleteTarget | Fault {
  const resource = resourceFor(resources, object.apiVersion, object.kind)
  if (resource === undefined) return unmatched(object, isListed)
  return { resource, name: object.metadata.name, namespace: object.metadata.namespace ?? fallback }
}

function deleteOne(target: DeleteTarget, argv: Argv, client: Client): string | Fault {
  const reply = client.send('DELETE', pathOf(target.resource, target.namespace, target.name), {
    contentType: 'application/json',
    body: '{"propagationPolicy":"Background"}\n',
  })
  if ('unreachable' in reply) throw new Failure(unreachableText(reply))
  if (reply.status === 404 && argv.flags['ignore-not-found'] === 'true') return ''
  return reply.status < 400 ? deletedLine(argv, target) : { type: 'refused', reply }
}

function deletedLine(argv: Argv, { resource, name }: DeleteTarget): string {
  return argv.flags['output'] === 'name'
    ? `${displayName(resource, name)}\n`
    : `${typeName(resource)} "${name}" deleted\n`
}

// recorded 1.33/109
function whenDeleting(text: string): string {
  return text.replace(/^(Error from server \(\w+\): )/gm, '$1error when deleting "STDIN": ')
}
