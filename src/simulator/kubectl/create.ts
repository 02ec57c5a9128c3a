import { at, textOf } from '../kube-api/object.ts'
import { checkOpenApi, placed } from './apply.ts'
import type { Argv } from './argv.ts'
import { type Client, errorText, Failure, unreachableText } from './client.ts'
import type { KubectlResult } from './contract.ts'
import { discover, displayName, pathOf, type Resource, resourceFor } from './discover.ts'
import { renderFaults, unmatched } from './faults.ts'
import { type Manifest, parseManifests } from './manifests.ts'
import { renderObject } from './print.ts'

interface Created {
  readonly line: string
  readonly object: unknown
}

/** `kubectl create -f -`: one POST for each object (recorded 1.33/406-412). */
export function createObjects(
  argv: Argv,
  stdin: string,
  client: Client,
  contextNamespace: string,
): KubectlResult {
  const isChecked = argv.flags['validate'] !== 'false'
  const { manifests, fault } = parseManifests(stdin, isChecked)
  if (fault !== undefined)
    throw new Failure(renderFaults([{ type: 'unrecognised', text: fault, isListed: false }]))
  if (manifests.length === 0) throw new Failure('error: no objects passed to create\n')
  if (isChecked) checkOpenApi(client)
  const resources = discover(client)
  const outcomes = manifests.map((manifest) => createOne(manifest, argv, client, resources, contextNamespace))
  const created = outcomes.filter((outcome) => typeof outcome !== 'string')
  const stderr = outcomes.filter((outcome) => typeof outcome === 'string').join('')
  return { stdout: renderCreated(argv, created), stderr, exitCode: stderr === '' ? 0 : 1 }
}

function renderCreated({ flags }: Argv, created: readonly Created[]): string {
  const objects = created.map(({ object }) => object)
  if (flags['output'] !== 'json') return created.map(({ line }) => line).join('')
  // One document behind the other, where `get` prints a List.
  return objects.map(renderObject).join('')
}

/** The line and the object, or what went wrong. */
function createOne(
  { object, isListed }: Manifest,
  argv: Argv,
  client: Client,
  resources: readonly Resource[],
  contextNamespace: string,
): Created | string {
  const resource = resourceFor(resources, object.apiVersion, object.kind)
  if (resource === undefined) return renderFaults([unmatched(object, isListed)])
  const isDry = argv.flags['dry-run'] === 'server'
  const namespace = object.metadata.namespace ?? argv.flags['namespace'] ?? contextNamespace
  const query = new URLSearchParams({
    ...(isDry ? { dryRun: 'All' } : {}),
    fieldManager: argv.flags['field-manager'] ?? 'kubectl-create',
    fieldValidation: argv.flags['validate'] === 'false' ? 'Ignore' : 'Strict',
  })
  const reply = client.send('POST', `${pathOf(resource, namespace)}?${query.toString()}`, {
    contentType: 'application/json',
    body: `${JSON.stringify(placed(object, resource, namespace))}\n`,
  })
  if ('unreachable' in reply) throw new Failure(unreachableText(reply))
  // recorded 1.33/407, 410
  if (reply.status >= 400)
    return errorText(reply).replace(/^(Error from server( \(\w+\))?: )/, '$1error when creating "STDIN": ')
  const name = displayName(resource, textOf(at(reply.body, 'metadata', 'name')) ?? '')
  const line = argv.flags['output'] === 'name' ? name : `${name} created${isDry ? ' (server dry run)' : ''}`
  return { line: `${line}\n`, object: reply.body }
}
