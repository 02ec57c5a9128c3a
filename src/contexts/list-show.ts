import { renderBlock } from '../kubeconfig/render.ts'
import type { Json } from '../ports/event.ts'
import { recordOf } from './auth.ts'
import type { ContextEntries, FoundEntry } from './list-entries.ts'
import { tilde } from './list-rows.ts'
import { mask, shownArgs, shownVariables, withoutPassword } from './mask.ts'

type Fields = FoundEntry['fields']

/** What may be shown of a user entry. All else in it counts as secret: an unknown field may be anything. */
const publicUserFields = new Set([
  'client-certificate',
  'client-key',
  'tokenFile',
  'username',
  'as',
  'as-uid',
  'as-groups',
  'extensions',
])
const publicProviderFields = new Set([
  'idp-issuer-url',
  'client-id',
  'idp-certificate-authority',
  'extra-scopes',
])
const publicExecFields = new Set([
  'apiVersion',
  'command',
  'installHint',
  'interactiveMode',
  'provideClusterInfo',
])

/** The three entries of a context, for people: YAML with the file of each behind `#`, and without secrets. */
export function showText(context: ContextEntries, home: string): string {
  const { contextEntry, clusterEntry, userEntry } = context
  const block = (key: string, entry: FoundEntry | undefined, named: string | undefined, fields: Json) => {
    if (entry === undefined) {
      return named === undefined ? `${key}: # none named\n` : `${key}: # ${oneLine(named)}: no file has it\n`
    }
    const isEmpty = Object.keys(entry.fields).length === 0
    const body = isEmpty ? '' : `${indented(renderBlock(fields))}\n`
    return `${key}: # ${oneLine(entry.name)} in ${oneLine(tilde(entry.file, home))}\n${body}`
  }
  return [
    `${renderBlock({ name: context.name, current: context.isCurrent })}\n`,
    block('context', contextEntry, context.name, publicFields(contextEntry.fields)),
    block('cluster', clusterEntry, context.cluster, clusterFields(clusterEntry?.fields ?? {})),
    block('user', userEntry, context.user, userFields(userEntry?.fields ?? {})),
  ].join('')
}

/** The same for programs. */
export function showJson(context: ContextEntries): Json {
  const entry = (found: FoundEntry | undefined, fields: Json): Json =>
    found === undefined ? null : { name: found.name, file: found.file, fields }
  return {
    name: context.name,
    current: context.isCurrent,
    context: entry(context.contextEntry, publicFields(context.contextEntry.fields)),
    cluster: entry(context.clusterEntry, clusterFields(context.clusterEntry?.fields ?? {})),
    user: entry(context.userEntry, userFields(context.userEntry?.fields ?? {})),
  }
}

const publicFields = (fields: Fields): Json => fields as Json

function clusterFields(fields: Fields): Json {
  return mapFields(fields, (key, value) => {
    if (key === 'certificate-authority-data') return sizeOf(value)
    return typeof value === 'string' ? withoutPassword(value) : value
  })
}

/** A user entry without what signs in: certificates are told by their size, everything unknown is masked. */
export function userFields(fields: Fields): Json {
  return mapFields(fields, (key, value) => {
    if (key === 'client-certificate-data') return sizeOf(value)
    if (key === 'exec') return execFields(recordOf(value) ?? {})
    if (key === 'as-user-extra') return mapFields(recordOf(value) ?? {}, () => mask)
    if (key === 'auth-provider') return providerFields(recordOf(value) ?? {})
    return publicUserFields.has(key) ? value : mask
  })
}

function execFields(exec: Fields): Json {
  return mapFields(exec, (key, value) => {
    if (value === null || publicExecFields.has(key)) return value
    if (key === 'args') return shownArgs(exec)
    return key === 'env' && Array.isArray(value) ? shownVariables(value) : mask
  })
}

function providerFields(provider: Fields): Json {
  return mapFields(provider, (key, value) => {
    const config = recordOf(value)
    if (key !== 'config' || config === undefined) return key === 'name' ? value : mask
    return mapFields(config, (name, inner) => (publicProviderFields.has(name) ? inner : mask))
  })
}

function mapFields(fields: Fields, change: (key: string, value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, change(key, value) as Json]))
}

function sizeOf(value: unknown): string {
  return `(${String(value).length} characters)`
}

const indented = (text: string) => text.replaceAll(/^(?=.)/gm, '  ')
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ')
