import { at, fieldsOf, sameJson, textOf, timestamp } from '../kube-api/object.ts'
import type { Argv } from './argv.ts'
import { type Client, expectOk, Failure, unreachableText } from './client.ts'
import { discover, displayName, pathOf, type Resource, resourceFor, typeName } from './discover.ts'
import type { KubectlResult } from './contract.ts'
import { type Fault, renderFaults, unmatched } from './faults.ts'
import { type Manifest, parseManifests } from './manifests.ts'
import { renderObject } from './print.ts'
import { type Named, targetsIn } from './targets.ts'

const noName = 'error: resource(s) were provided, but no name was specified\n'

const ok = (stdout: string): KubectlResult => ({ stdout, stderr: '', exitCode: 0 })

/** `kubectl create ns NAME`: one POST, no discovery (recorded 1.33/020, 021). */
export function createNamespace(argv: Argv, client: Client): KubectlResult {
  const [, , name] = argv.words
  if (name === undefined)
    throw new Failure(
      "error: exactly one NAME is required, got 0\nSee 'kubectl create namespace -h' for help and examples\n",
    )
  const address = '/api/v1/namespaces?fieldManager=kubectl-create&fieldValidation=Strict'
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  const made = expectOk(client.send('POST', address, { contentType: 'application/json', body }))
  return ok(argv.flags['output'] === 'json' ? renderObject(made) : `namespace/${name} created\n`)
}

interface DeleteTarget {
  readonly resource: Resource
  readonly name: string
  readonly namespace: string
}

/** `kubectl delete`: by name or from standard input. It does not wait: the simulator has no time of its own. */
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
    : targetsIn(argv.words.slice(1), resources).map((target) => named(target, namespace))
  const outcomes = targets.map((target) => ('type' in target ? target : deleteOne(target, argv, client)))
  const faults = [...outcomes.filter((outcome) => typeof outcome !== 'string'), ...unread]
  const stderr = isFromFile ? whenDeleting(renderFaults(faults)) : renderFaults(faults)
  const stdout = outcomes.filter((outcome) => typeof outcome === 'string').join('')
  return { stdout, stderr, exitCode: faults.length === 0 ? 0 : 1 }
}

function named({ resource, name }: Named, namespace: string): DeleteTarget {
  if (name === undefined) throw new Failure(noName)
  return { resource, name, namespace }
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

function oneTarget(
  argv: Argv,
  words: readonly string[],
  client: Client,
  contextNamespace: string,
): {
  readonly resource: Resource
  readonly name: string
  readonly path: string
} {
  const [target] = targetsIn(words, discover(client))
  if (target?.name === undefined) throw new Failure(noName)
  const namespace = argv.flags['namespace'] ?? contextNamespace
  const path = pathOf(target.resource, namespace, target.name)
  return { resource: target.resource, name: target.name, path }
}

const patchTypes: Readonly<Record<string, string>> = {
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
}

/** `kubectl patch`: GET, then PATCH (recorded 1.33/074-079). */
export function patch(argv: Argv, client: Client, contextNamespace: string): KubectlResult {
  const { resource, name, path } = oneTarget(argv, argv.words.slice(1), client, contextNamespace)
  const type = argv.flags['type'] ?? 'strategic'
  const contentType = patchTypes[type]
  if (contentType === undefined) {
    throw new Failure(`error: --type must be one of [json merge strategic], not "${type}"\n`)
  }
  const before = expectOk(client.send('GET', path))
  const body = argv.flags['patch'] ?? '{}'
  const manager = argv.flags['field-manager'] ?? 'kubectl-patch'
  const after = expectOk(client.send('PATCH', `${path}?fieldManager=${manager}`, { contentType, body }))
  if (argv.flags['output'] === 'json') return ok(renderObject(after))
  return ok(`${displayName(resource, name)} patched${sameJson(before, after) ? ' (no change)' : ''}\n`)
}

/** `kubectl label` and `annotate`: GET, then a merge patch (recorded 1.33/080-084). */
export function mark(
  field: 'labels' | 'annotations',
  argv: Argv,
  client: Client,
  contextNamespace: string,
): KubectlResult {
  const words = argv.words.slice(1)
  const changes = words.filter((word) => /=|[^/]-$/.test(word))
  const targetWords = words.filter((word) => !changes.includes(word))
  const noun = field === 'labels' ? 'label' : 'annotation'
  if (changes.length === 0) throw new Failure(`error: at least one ${noun} update is required\n`)
  const { resource, name, path } = oneTarget(argv, targetWords, client, contextNamespace)
  const before = expectOk(client.send('GET', path))
  const values = fieldsOf(at(before, 'metadata', field))
  const wanted = Object.fromEntries(changes.map(parseChange))
  refuseOverwrite(argv, field, values, wanted)
  const manager = argv.flags['field-manager'] ?? (field === 'labels' ? 'kubectl-label' : 'kubectl-annotate')
  const options = {
    contentType: 'application/merge-patch+json',
    body: JSON.stringify({ metadata: { [field]: wanted } }),
  }
  const after = expectOk(client.send('PATCH', `${path}?fieldManager=${manager}`, options))
  if (argv.flags['output'] === 'json') return ok(renderObject(after))
  return ok(`${displayName(resource, name)} ${outcomeWord(field, values, wanted)}\n`)
}

function parseChange(word: string): readonly [string, string | null] {
  const [key = '', ...rest] = word.split('=')
  return word.includes('=') ? [key, rest.join('=')] : [word.slice(0, -1), null]
}

function refuseOverwrite(
  argv: Argv,
  field: string,
  values: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, string | null>>,
): void {
  if (argv.flags['overwrite'] === 'true') return
  for (const [key, value] of Object.entries(wanted)) {
    const old = textOf(values[key])
    if (value === null || old === undefined || old === value) continue
    // recorded 1.33/082
    const text =
      field === 'labels'
        ? `error: '${key}' already has a value (${old}), and --overwrite is false\n`
        : `error: --overwrite is false but found the following declared annotation(s): '${key}' already has a value (${old})\n`
    throw new Failure(text)
  }
}

function outcomeWord(
  field: 'labels' | 'annotations',
  values: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, string | null>>,
): string {
  if (field === 'annotations') return 'annotated'
  const isSame = Object.entries(wanted).every(([key, value]) => (values[key] ?? null) === value)
  if (isSame) return 'not labeled'
  return Object.values(wanted).every((value) => value === null) ? 'unlabeled' : 'labeled'
}

/** `kubectl rollout restart`: a new annotation on the pod template (kubernetes: kubectl/pkg/polymorphichelpers/objectrestarter.go). */
export function rolloutRestart(
  argv: Argv,
  client: Client,
  contextNamespace: string,
  now: number,
): KubectlResult {
  const { resource, name, path } = oneTarget(argv, argv.words.slice(2), client, contextNamespace)
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(resource.kind)) {
    throw new Failure(`error: ${resource.plural} "${name}" restarting is not supported\n`)
  }
  expectOk(client.send('GET', path))
  const annotations = { 'kubectl.kubernetes.io/restartedAt': timestamp(now) }
  const body = JSON.stringify({ spec: { template: { metadata: { annotations } } } })
  const contentType = 'application/strategic-merge-patch+json'
  expectOk(client.send('PATCH', `${path}?fieldManager=kubectl-rollout`, { contentType, body }))
  return ok(`${displayName(resource, name)} restarted\n`)
}
