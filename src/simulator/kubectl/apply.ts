import { at, type KubeObject, textOf } from '../kube-api/object.ts'
import type { Argv } from './argv.ts'
import {
  type Client,
  dialFault,
  errorText,
  Failure,
  genericMessage,
  type Reply,
  unreachableText,
} from './client.ts'
import {
  discover,
  discoveryFault,
  displayName,
  pathOf,
  recognizeFailure,
  type Resource,
  resourceFor,
} from './discover.ts'
import type { KubectlResult } from './contract.ts'
import { expectManifests, parseManifests } from './manifests.ts'
import { goJson, renderList, renderObject } from './print.ts'

// recorded 1.33/034
const conflictAdvice = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
`

interface Applied {
  readonly line: string
  readonly object: unknown
}

/** `kubectl apply --server-side -f -`: good documents are applied, the rest reported, exit 1 (recorded 1.33/036). */
export function apply(argv: Argv, stdin: string, client: Client, contextNamespace: string): KubectlResult {
  if (argv.flags['server-side'] !== 'true') {
    throw new Failure('error: the simulated kubectl applies with --server-side only\n')
  }
  const manifests = expectManifests(parseManifests(stdin), 'apply')
  if (manifests.objects.length === 0) throw new Failure(manifests.fault ?? '')
  const isChecked = argv.flags['validate'] !== 'false'
  if (isChecked) checkOpenApi(client)
  const resources = isChecked ? discover(client) : discoverOnce(client)
  const outcomes = manifests.objects.map((object) =>
    applyOne(object, argv, client, resources, contextNamespace),
  )
  const applied = outcomes.filter((outcome) => typeof outcome !== 'string')
  // What cannot be recognised is reported after the rest has been applied (recorded 1.33/047, 048).
  const faults = [...outcomes.filter((outcome) => typeof outcome === 'string'), manifests.fault ?? '']
  const stderr = faults.join('')
  return { stdout: renderApplied(argv, applied), stderr, exitCode: stderr === '' ? 0 : 1 }
}

function renderApplied(argv: Argv, applied: readonly Applied[]): string {
  if (argv.flags['output'] !== 'json') return applied.map(({ line }) => line).join('')
  const [only] = applied
  if (only === undefined) return ''
  return applied.length === 1 ? renderObject(only.object) : renderList(applied.map(({ object }) => object))
}

/** kubectl 1.33 hides the cause in this wording (recorded 1.33/201, 221, 263). */
function checkOpenApi(client: Client): void {
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
  throw new Failure(
    `error: error validating "STDIN": error validating data: failed to download openapi: ${cause}; if you choose to ignore these errors, turn validation off with --validate=false\n`,
  )
}

/** Without validation the types are asked for once only (recorded 1.33/224). */
function discoverOnce(client: Client): readonly Resource[] {
  const probe = client.send('GET', `/api?timeout=${client.timeout}`)
  const fault = discoveryFault(probe, client)
  if (fault !== undefined) throw new Failure(recognizeFailure(client, fault))
  return discover(client)
}

function applyOne(
  object: KubeObject,
  argv: Argv,
  client: Client,
  resources: readonly Resource[],
  contextNamespace: string,
): Applied | string {
  const resource = resourceFor(resources, object.apiVersion, object.kind)
  const name = textOf(at(object, 'metadata', 'name')) ?? ''
  if (resource === undefined) return unmatched(object, name)
  const namespace = textOf(at(object, 'metadata', 'namespace')) ?? argv.flags['namespace'] ?? contextNamespace
  const manager = argv.flags['field-manager'] ?? 'kubectl'
  const isDry = argv.flags['dry-run'] === 'server'
  const validation = argv.flags['validate'] === 'false' ? 'Ignore' : 'Strict'
  const query = new URLSearchParams({
    ...(isDry ? { dryRun: 'All' } : {}),
    fieldManager: manager,
    fieldValidation: validation,
    force: argv.flags['force-conflicts'] ?? 'false',
  })
  const reply = client.send('PATCH', `${pathOf(resource, namespace, name)}?${query.toString()}`, {
    contentType: 'application/apply-patch+yaml',
    body: `${goJson(placed(object, resource, namespace), 0)}\n`,
  })
  if ('unreachable' in reply) throw new Failure(unreachableText(reply))
  if (reply.status >= 400) return applyFault(reply)
  const dryMark = isDry ? ' (server dry run)' : ''
  return { line: `${displayName(resource, name)} serverside-applied${dryMark}\n`, object: reply.body }
}

/** kubectl writes the namespace it chose into what it sends. */
function placed(object: KubeObject, resource: Resource, namespace: string): KubeObject {
  return resource.namespaced ? { ...object, metadata: { ...object.metadata, namespace } } : object
}

// recorded 1.33/044
function unmatched(object: KubeObject, name: string): string {
  const namespace = textOf(at(object, 'metadata', 'namespace')) ?? ''
  return `error: resource mapping not found for name: "${name}" namespace: "${namespace}" from "STDIN": no matches for kind "${object.kind}" in version "${object.apiVersion}"\nensure CRDs are installed first\n`
}

function applyFault(reply: Reply): string {
  const isConflict = reply.status === 409 && at(reply.body, 'reason') === 'Conflict'
  if (!isConflict) return errorText(reply)
  return `error: ${textOf(at(reply.body, 'message')) ?? ''}\n${conflictAdvice}`
}
