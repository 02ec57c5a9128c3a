import { at, fieldsOf, sameJson, textOf } from '../kube-api/object.ts'
import type { Argv } from './argv.ts'
import { type Client, errorText, expectOk, Failure, unreachableText } from './client.ts'
import { discover, displayName, pathOf, type Resource, resourceFor } from './discover.ts'
import type { KubectlResult } from './contract.ts'
import { renderFaults, unmatched } from './faults.ts'
import { parseManifests } from './manifests.ts'
import { renderObject } from './print.ts'
import { targetsIn } from './targets.ts'

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
export function patch(argv: Argv, stdin: string, client: Client, contextNamespace: string): KubectlResult {
  const file = argv.flags['patch-file']
  if (file !== undefined) throw new Failure(unreadable(file))
  const type = argv.flags['type'] ?? 'strategic'
  const contentType = patchTypes[type]
  if (contentType === undefined) {
    throw new Failure(`error: --type must be one of [json merge strategic], not "${type}"\n`)
  }
  if (argv.flags['filename'] !== undefined) return patchAll(argv, stdin, client, contentType)
  const { resource, name, path } = oneTarget(argv, argv.words.slice(1), client, contextNamespace)
  const before = expectOk(client.send('GET', path))
  const body = argv.flags['patch'] ?? '{}'
  const manager = argv.flags['field-manager'] ?? 'kubectl-patch'
  const after = expectOk(client.send('PATCH', `${path}?fieldManager=${manager}`, { contentType, body }))
  if (argv.flags['output'] === 'json') return ok(renderObject(after))
  if (argv.flags['output'] === 'name') return ok(`${displayName(resource, name)}\n`)
  return ok(`${displayName(resource, name)} patched${sameJson(before, after) ? ' (no change)' : ''}\n`)
}

/** `kubectl patch -f -`: a PATCH for each object of standard input, none of them read before (recorded 1.33/430-432). */
function patchAll(argv: Argv, stdin: string, client: Client, contentType: string): KubectlResult {
  const { manifests, fault } = parseManifests(stdin, false)
  if (fault !== undefined) throw new Failure(`error: ${fault}\n`)
  if (manifests.length === 0) throw new Failure('error: no objects passed to patch\n')
  const resources = discover(client)
  const outcomes = manifests.map(({ object }) => {
    const resource = resourceFor(resources, object.apiVersion, object.kind)
    if (resource === undefined) return { stderr: renderFaults([unmatched(object, false)]) }
    const { name, namespace = argv.flags['namespace'] ?? 'default' } = object.metadata
    const address = `${pathOf(resource, namespace, name)}?fieldManager=${argv.flags['field-manager'] ?? 'kubectl-patch'}`
    const reply = client.send('PATCH', address, { contentType, body: argv.flags['patch'] ?? '{}' })
    if ('unreachable' in reply) throw new Failure(unreachableText(reply))
    if (reply.status >= 400) return { stderr: errorText(reply) }
    return { stdout: `${displayName(resource, name)}${argv.flags['output'] === 'name' ? '' : ' patched'}\n` }
  })
  const stdout = outcomes.map((outcome) => outcome.stdout ?? '').join('')
  const stderr = outcomes.map((outcome) => outcome.stderr ?? '').join('')
  return { stdout, stderr, exitCode: stderr === '' ? 0 : 1 }
}

/**
 * It has no files. `/dev/stdin` cannot be opened either where standard input is a socket, as Node and execa make it: that
 * way is closed to devk8s, and the simulator says so (recorded 1.33/413).
 */
function unreadable(file: string): string {
  const cause = file === '/dev/stdin' ? 'no such device or address' : 'no such file or directory'
  return `error: unable to read patch file: open ${file}: ${cause}\n`
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
