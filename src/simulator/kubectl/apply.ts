import { at, type KubeObject, textOf } from '../kube-api/object.ts'
import type { Argv } from './argv.ts'
import { type Client, dialFault, Failure, genericMessage, unreachableText } from './client.ts'
import type { KubectlResult } from './contract.ts'
import {
  discover,
  discoveryFault,
  displayName,
  pathOf,
  recognizeFailure,
  type Resource,
  resourceFor,
} from './discover.ts'
import { type Fault, renderFaults, unmatched } from './faults.ts'
import { expectManifests, type Manifest, notValid, parseManifests } from './manifests.ts'
import { goJson, renderApplyList, renderObject } from './print.ts'

interface Applied {
  readonly line: string
  readonly object: unknown
}

/** `kubectl apply --server-side -f -`: good documents are applied, the rest reported, exit 1 (recorded 1.33/036). */
export function apply(argv: Argv, stdin: string, client: Client, contextNamespace: string): KubectlResult {
  if (argv.flags['server-side'] !== 'true') {
    throw new Failure('error: the simulated kubectl applies with --server-side only\n')
  }
  const isChecked = argv.flags['validate'] !== 'false'
  const { manifests, fault } = expectManifests(parseManifests(stdin, isChecked))
  const unread: readonly Fault[] =
    fault === undefined ? [] : [{ type: 'unrecognised', text: fault, isListed: false }]
  if (manifests.length === 0) throw new Failure(renderFaults(unread))
  if (isChecked) checkOpenApi(client)
  const resources = isChecked ? discover(client) : discoverOnce(client)
  const outcomes = manifests.map((manifest) => applyOne(manifest, argv, client, resources, contextNamespace))
  const applied = outcomes.filter((outcome) => 'line' in outcome)
  const faults = [...outcomes.filter((outcome) => 'type' in outcome), ...unread]
  return {
    stdout: renderApplied(argv, applied),
    stderr: renderFaults(faults),
    exitCode: faults.length === 0 ? 0 : 1,
  }
}

function renderApplied(argv: Argv, applied: readonly Applied[]): string {
  if (argv.flags['output'] !== 'json') return applied.map(({ line }) => line).join('')
  const [only] = applied
  if (only === undefined) return ''
  return applied.length === 1
    ? renderObject(only.object)
    : renderApplyList(applied.map(({ object }) => object))
}

/** kubectl 1.33 hides the cause in this wording (recorded 1.33/201, 221, 263). */
export function checkOpenApi(client: Client): void {
  const reply = client.send('GET', `/openapi/v3?timeout=${client.timeout}`, {
    accept: 'application/json, */*',
  })
  const cause =
    'unreachable' in reply
      ? `Get "https://${reply.server}/openapi/v2?timeout=${client.timeout}": ${dialFault(reply)}`
      : reply.status >= 400
        ? genericMessage(reply)
        : undefined
  if (cause === undefined) return
  throw new Failure(`error: ${notValid(`failed to download openapi: ${cause}`)}
`)
}

/** Without validation the types are asked for once only (recorded 1.33/224). */
function discoverOnce(client: Client): readonly Resource[] {
  const probe = client.send('GET', `/api?timeout=${client.timeout}`)
  const fault = discoveryFault(probe, client)
  if (fault !== undefined) throw new Failure(recognizeFailure(client, fault))
  return discover(client)
}

function applyOne(
  { object, isListed }: Manifest,
  argv: Argv,
  client: Client,
  resources: readonly Resource[],
  contextNamespace: string,
): Applied | Fault {
  const resource = resourceFor(resources, object.apiVersion, object.kind)
  if (resource === undefined) return unmatched(object, isListed)
  const name = textOf(at(object, 'metadata', 'name')) ?? ''
  if (name === '') return { type: 'unrecognised', text: 'resource name may not be empty', isListed: false }
  const namespace = textOf(at(object, 'metadata', 'namespace')) ?? argv.flags['namespace'] ?? contextNamespace
  const address = `${pathOf(resource, namespace, name)}?${applyQuery(argv).toString()}`
  const reply = client.send('PATCH', address, {
    contentType: 'application/apply-patch+yaml',
    body: `${goJson(placed(object, resource, namespace), 0)}\n`,
  })
  if ('unreachable' in reply) throw new Failure(unreachableText(reply))
  if (reply.status >= 400) return { type: 'refused', reply }
  const dryMark = argv.flags['dry-run'] === 'server' ? ' (server dry run)' : ''
  return { line: `${displayName(resource, name)} serverside-applied${dryMark}\n`, object: reply.body }
}

function applyQuery(argv: Argv): URLSearchParams {
  return new URLSearchParams({
    ...(argv.flags['dry-run'] === 'server' ? { dryRun: 'All' } : {}),
    fieldManager: argv.flags['field-manager'] ?? 'kubectl',
    fieldValidation: argv.flags['validate'] === 'false' ? 'Ignore' : 'Strict',
    force: argv.flags['force-conflicts'] ?? 'false',
  })
}

/** kubectl writes the namespace it chose into what it sends. */
export function placed(object: KubeObject, resource: Resource, namespace: string): KubeObject {
  return resource.namespaced ? { ...object, metadata: { ...object.metadata, namespace } } : object
}
