import { at, fieldsOf, listOf, textOf } from '../kube-api/object.ts'
import type { Argv } from './argv.ts'
import { type Client, errorText, expectOk, Failure, unreachableText } from './client.ts'
import { discover, displayName, pathOf, type Resource } from './discover.ts'
import { renderJsonPath } from './json-path.ts'
import { renderList, renderObject, renderTable } from './print.ts'
import type { KubectlResult } from './contract.ts'
import { targetsIn } from './targets.ts'
import { isWatching, selectorsOf, startWatch } from './watch.ts'

const asTable =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'

/** `kubectl get --raw PATH`: no discovery, the body as it comes (recorded 1.33/006, 008, 010). */
export function getRaw(path: string, client: Client): KubectlResult {
  const reply = client.send('GET', path, { accept: 'application/json, */*' })
  if ('unreachable' in reply) {
    const isTimeout = reply.unreachable === 'timeout'
    // recorded 1.33/292: another wording than for other commands
    const text = isTimeout
      ? 'Unable to connect to the server: context deadline exceeded\n'
      : unreachableText(reply)
    throw new Failure(text)
  }
  if (reply.status >= 400) throw new Failure(errorText(reply))
  return { stdout: reply.text.replace(/^(\{[^]*\})\n$/, '$1'), stderr: '', exitCode: 0 }
}

interface GetPlan {
  readonly argv: Argv
  readonly client: Client
  readonly namespace: string | undefined
}

/** `kubectl get`: lists and single objects, as a table, as JSON or by name. */
export function get(argv: Argv, client: Client, contextNamespace: string): KubectlResult {
  const resources = discover(client)
  const everywhere = argv.flags['all-namespaces'] === 'true'
  const namespace = everywhere ? undefined : (argv.flags['namespace'] ?? contextNamespace)
  const plan: GetPlan = { argv, client, namespace }
  const targets = targetsIn(argv.words.slice(1), resources)
  if (isWatching(argv)) return startWatch(argv, client, namespace, targets)
  if (targets.some((target) => target.name !== undefined)) return getNamed(plan, targets)
  return getLists(
    plan,
    targets.map((target) => target.resource),
  )
}

function getNamed(plan: GetPlan, targets: ReturnType<typeof targetsIn>): KubectlResult {
  const { argv, client, namespace } = plan
  const output = argv.flags['output']
  const accept = output === undefined ? asTable : 'application/json'
  const found = targets.map(({ resource, name }) => {
    const reply = client.send('GET', pathOf(resource, namespace, name), { accept })
    if ('unreachable' in reply) throw new Failure(unreachableText(reply))
    return { resource, reply }
  })
  const good = found.filter(({ reply }) => reply.status < 400)
  const faults = found
    .filter(({ reply }) => reply.status >= 400)
    .filter(({ reply }) => !(reply.status === 404 && argv.flags['ignore-not-found'] === 'true'))
  const stderr = faults.map(({ reply }) => errorText(reply)).join('')
  const isMany = targets.length > 1
  const stdout = renderGot(
    plan,
    good.map(({ resource, reply }) => ({ resource, body: reply.body })),
    isMany,
  )
  return { stdout, stderr, exitCode: faults.length > 0 ? 1 : 0 }
}

interface Got {
  readonly resource: Resource
  readonly body: unknown
}

function renderGot(plan: GetPlan, got: readonly Got[], isMany: boolean): string {
  const output = plan.argv.flags['output']
  if (output === undefined) return got.map(({ body }) => renderTable(body, '', false)).join('')
  if (output === 'name')
    return got.map(({ resource, body }) => `${displayName(resource, nameIn(body))}\n`).join('')
  expectJson(output)
  const [only] = got
  if (!isMany) return only === undefined ? '' : renderObject(only.body)
  return renderList(got.map(({ body }) => body))
}

function nameIn(body: unknown): string {
  return textOf(at(body, 'metadata', 'name')) ?? ''
}

function getLists(plan: GetPlan, types: readonly Resource[]): KubectlResult {
  const { argv, client, namespace } = plan
  const output = argv.flags['output']
  const selectors = new URLSearchParams({ ...selectorsOf(argv), limit: '500' })
  const accept = output === undefined ? asTable : 'application/json'
  const lists = types.map((resource) => {
    const reply = client.send('GET', `${pathOf(resource, namespace)}?${selectors.toString()}`, { accept })
    // recorded 1.33/278: with -o json an empty List is printed even though the request failed.
    const failedList =
      output === 'json' && !('unreachable' in reply) && reply.status === 200 && reply.body === undefined
    if (failedList) throw new Failure("error: serializer for text/html doesn't exist\n", renderList([]))
    return { resource, body: expectOk(reply) }
  })
  if (output === undefined) return tables(lists, namespace, types.length > 1)
  const items = lists.flatMap(({ resource, body }) => itemsOf(resource, body))
  if (output === 'name') {
    const lines = lists.flatMap(({ resource, body }) =>
      listOf(at(body, 'items')).map((item) => `${displayName(resource, nameIn(item))}\n`),
    )
    return { stdout: lines.join(''), stderr: '', exitCode: 0 }
  }
  const path = /^jsonpath=(.*)$/s.exec(output)?.[1]
  if (path !== undefined) return { stdout: renderJsonPath(path, { items }), stderr: '', exitCode: 0 }
  expectJson(output)
  return { stdout: renderList(items), stderr: '', exitCode: 0 }
}

function itemsOf(resource: Resource, body: unknown): readonly unknown[] {
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
  return listOf(at(body, 'items')).map((item) => ({ apiVersion, kind: resource.kind, ...fieldsOf(item) }))
}

function tables(lists: readonly Got[], namespace: string | undefined, isMany: boolean): KubectlResult {
  const full = lists.filter(({ body }) => listOf(at(body, 'rows')).length > 0)
  if (full.length === 0) {
    // recorded 1.33/025
    const isScoped = namespace !== undefined && lists.every(({ resource }) => resource.namespaced)
    const where = isScoped ? ` in ${namespace} namespace.` : ''
    return { stdout: '', stderr: `No resources found${where}\n`, exitCode: 0 }
  }
  const texts = full.map(({ resource, body }) => {
    const prefix = isMany ? displayName(resource, '') : ''
    return renderTable(body, prefix, namespace === undefined && resource.namespaced)
  })
  return { stdout: texts.join('\n'), stderr: '', exitCode: 0 }
}

function expectJson(output: string): void {
  if (output === 'json') return
  const allowed =
    'custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml'
  throw new Failure(
    `error: unable to match a printer suitable for the output format "${output}", allowed formats are: ${allowed}\n`,
  )
}
