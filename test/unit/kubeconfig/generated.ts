import fc from 'fast-check'
import { isPlainSafe } from '../../../src/kubeconfig/scalar.ts'

/** Names that some tool or person gives, those included that YAML 1.1 reads as something else. */
export const oddNames = [
  '08',
  'on',
  '433e40',
  'y',
  'No',
  'null',
  '~',
  '0x10',
  '1_000',
  '111122223333',
  '2026-11-24',
  '12:30',
  'true',
  'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
  'me@corp/team:one',
  'gke_project_europe-west1_main',
  'a b',
  "it's",
  'say "hi"',
  '#1',
  'a #b',
  'a: b',
  'a:',
  '- x',
  '{x}',
  '*x',
  'back\\slash',
  'grüße',
  '名前',
]

export const someName = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/) },
  { weight: 2, arbitrary: fc.constantFrom(...oddNames) },
)

/** How the file is written. */
export interface Style {
  readonly eol: '\n' | '\r\n'
  readonly bom: boolean
  readonly start: boolean
  readonly listIndent: 0 | 2 | 4
  readonly nameFirst: boolean
  readonly comments: number
  readonly quotes: readonly ('plain' | 'single' | 'double')[]
  readonly finalBreak: boolean
  readonly special: 'none' | 'flow' | 'anchors' | 'json' | 'jsonLine' | 'jsonTabs' | 'documents'
}

const style: fc.Arbitrary<Style> = fc.record({
  eol: fc.constantFrom('\n' as const, '\n' as const, '\r\n' as const),
  bom: fc.boolean(),
  start: fc.boolean(),
  listIndent: fc.constantFrom(0 as const, 2 as const, 4 as const),
  nameFirst: fc.boolean(),
  comments: fc.integer({ min: 0, max: 6 }),
  quotes: fc.array(
    fc.constantFrom('plain' as const, 'plain' as const, 'single' as const, 'double' as const),
    {
      minLength: 1,
      maxLength: 5,
    },
  ),
  finalBreak: fc.boolean(),
  special: fc.constantFrom<Style['special']>(
    'none',
    'none',
    'none',
    'none',
    'none',
    'flow',
    'anchors',
    'json',
    'jsonLine',
    'jsonTabs',
    'documents',
  ),
})

const remote = { provider: 'devk8s.dev', team: 'acme', source: 'eks' }
const extensions = fc.constantFrom(
  undefined,
  undefined,
  [
    {
      extension: { ...remote, aliases: ['p', 'on'], protected: true, account: '111122223333' },
      name: 'devk8s.dev',
    },
  ],
  [{ extension: { ...remote, aliases: [] }, name: 'devk8s.dev' }],
  [
    {
      extension: { 'last-update': 'Tue, 24 Nov 2026 10:00:00 UTC', provider: 'minikube.sigs.k8s.io' },
      name: 'context_info',
    },
    { extension: { provider: 'devk8s.dev', profile: 'devk8s', namespace: 'default' }, name: 'devk8s.dev' },
  ],
  [{ extension: {}, name: 'other' }],
)

const exec = {
  apiVersion: 'client.authentication.k8s.io/v1beta1',
  args: ['eks', 'get-token', '--cluster-name', 'prod', '-o'],
  command: 'aws',
  env: [{ name: 'AWS_PROFILE', value: 'acme: prod' }],
  installHint: 'Install it "here": https://example.com/#how\nor there, it’s easy',
  provideClusterInfo: false,
}

const users = fc.constantFrom<Plain[]>(
  {},
  { token: 'abc==' },
  { exec },
  { username: 'me', password: "o'x#1" },
)
const clusters = fc.constantFrom<Plain[]>(
  { server: 'https://127.0.0.1:6443' },
  { server: 'https://ABC.gr7.eu-west-1.eks.amazonaws.com', 'certificate-authority-data': 'LS0tLS1CRUdJTg==' },
  { server: '' },
  { server: 'https://x', 'x-unknown': { deep: [{ list: ['a', { b: 'c' }] }, 'plain'] } },
)

type Plain = string | boolean | null | readonly Plain[] | { readonly [key: string]: Plain | undefined }

const named = (key: string, body: fc.Arbitrary<Plain>) =>
  fc
    .uniqueArray(fc.tuple(someName, body), { maxLength: 5, selector: ([name]) => name })
    .map((all) => all.map(([name, fields]) => ({ name, [key]: fields })))

const context = fc.record(
  { cluster: someName, user: someName, namespace: fc.oneof(someName, fc.constant('')), extensions },
  { requiredKeys: ['cluster', 'user'] },
)

const content = fc
  .record(
    {
      apiVersion: fc.constant('v1'),
      kind: fc.constant('Config'),
      preferences: fc.constantFrom<Plain[]>({}, { colors: true }),
      clusters: fc.oneof(named('cluster', clusters), fc.constant(null)),
      contexts: fc.oneof(
        { weight: 8, arbitrary: named('context', context as fc.Arbitrary<Plain>) },
        { weight: 1, arbitrary: fc.constant(null) },
      ),
      users: named('user', users),
      'current-context': fc.oneof(someName, fc.constant(''), fc.constant(null)),
      'x-unknown': fc.constantFrom<Plain[]>('yes: no', ['a', 'b'], { a: { b: 'c' } }),
    },
    { requiredKeys: [] },
  )
  .chain((object) => fc.shuffledSubarray(Object.entries(object), { minLength: Object.keys(object).length }))
  .map((pairs) => Object.fromEntries<Plain>(pairs))

export interface Generated {
  readonly text: string
  readonly style: Style
  readonly content: { readonly [key: string]: Plain }
}

/** A kubeconfig as kubectl, a cloud tool or a person might have written it. */
export const kubeconfig: fc.Arbitrary<Generated> = fc
  .tuple(content, style)
  .map(([object, how]) => ({ text: written(object, how), style: how, content: object }))

function written(object: { readonly [key: string]: Plain }, how: Style): string {
  const body = how.special.startsWith('json') ? json(object, how) : new Writer(how).file(object)
  const ended = how.finalBreak ? body : body.replace(/\n+$/, '')
  return (how.bom ? '\uFEFF' : '') + ended.replaceAll('\n', how.eol)
}

function json(object: object, { special }: Style): string {
  const indent = special === 'jsonLine' ? undefined : special === 'jsonTabs' ? '\t' : 2
  return `${JSON.stringify(object, null, indent)}\n`
}

/** Writes YAML by hand, since a library writes every file in one way. */
class Writer {
  readonly #how: Style
  #seen = 0

  constructor(how: Style) {
    this.#how = how
  }

  file(object: { readonly [key: string]: Plain }): string {
    const { start, special } = this.#how
    const head = start || special === 'documents' ? '---\n' : ''
    const keys = Object.entries(object).map(([key, value]) => this.#top(key, value))
    const anchor = special === 'anchors' ? 'x-base: &base\n  server: https://base\nx-copy: *base\n' : ''
    return (
      head +
      this.#comment('') +
      anchor +
      keys.join('') +
      (special === 'documents' ? '---\nkind: Other\n' : '')
    )
  }

  #top(key: string, value: Plain): string {
    const lines = this.#entry(key, value, 0)
    return this.#comment('') + lines
  }

  #entry(key: string, value: Plain | undefined, column: number): string {
    const pad = ' '.repeat(column)
    if (value === undefined) return ''
    if (value === null) return `${pad}${key}:${this.#trailing()}\n`
    if (Array.isArray(value)) {
      if (value.length === 0) return `${pad}${key}: []${this.#trailing()}\n`
      const indent = column + this.#how.listIndent
      return `${pad}${key}:${this.#trailing()}\n${value.map((item: Plain) => this.#item(item, indent)).join('')}`
    }
    if (typeof value === 'object') {
      if (Object.keys(value).length === 0) return `${pad}${key}: {}${this.#trailing()}\n`
      if (this.#isFlow()) return `${pad}${key}: ${JSON.stringify(value)}${this.#trailing()}\n`
      return `${pad}${key}:${this.#trailing()}\n${this.#map(value, column + 2)}`
    }
    if (typeof value === 'string' && value.includes('\n')) return this.#text(key, value, column)
    return `${pad}${key}: ${this.#scalar(value)}${this.#trailing()}\n`
  }

  #map(value: object, column: number): string {
    const pairs = Object.entries(value) as [string, Plain][]
    const ordered = this.#how.nameFirst ? pairs : pairs.toReversed()
    return ordered
      .map(([key, inner]) => this.#comment(' '.repeat(column)) + this.#entry(key, inner, column))
      .join('')
  }

  #item(value: Plain, column: number): string {
    const pad = ' '.repeat(column)
    if (value === null || typeof value !== 'object')
      return `${pad}- ${this.#scalar(value)}${this.#trailing()}\n`
    if (this.#isFlow() || Object.keys(value).length === 0) return `${pad}- ${JSON.stringify(value)}\n`
    const lines = this.#entryLines(value, column + 2)
    return this.#comment(pad) + `${pad}- ${lines.slice(column + 2)}`
  }

  /** Without a comment before the first key, which stands behind the dash. */
  #entryLines(value: object, column: number): string {
    const pairs = Object.entries(value) as [string, Plain][]
    const ordered = this.#how.nameFirst ? pairs : pairs.toReversed()
    return ordered.map(([key, inner]) => this.#entry(key, inner, column)).join('')
  }

  /** Text of two lines: as a block scalar, in quotes, or over several lines without quotes. */
  #text(key: string, value: string, column: number): string {
    const pad = ' '.repeat(column)
    const deep = ' '.repeat(column + 2)
    switch (this.#next() % 4) {
      case 0:
        return `${pad}${key}: |-\n${value.replaceAll(/^/gm, deep)}\n`
      case 1:
        return `${pad}${key}: >\n${value.replaceAll(/^/gm, deep)}\n\n`
      case 2:
        return `${pad}${key}: Install it by following\n${deep}https://example.com/docs#how\n`
      default:
        return `${pad}${key}: ${JSON.stringify(value)}\n`
    }
  }

  #scalar(value: string | boolean | null): string {
    if (typeof value !== 'string') return String(value)
    const { quotes } = this.#how
    switch (quotes[this.#next() % quotes.length]) {
      case 'single':
        return `'${value.replaceAll("'", "''")}'`
      case 'plain':
        if (isPlainSafe(value)) return value
        return JSON.stringify(value)
      default:
        return JSON.stringify(value)
    }
  }

  #isFlow(): boolean {
    return this.#how.special === 'flow' && this.#next() % 4 === 0
  }

  #comment(pad: string): string {
    const { comments } = this.#how
    if (comments === 0 || this.#next() % (comments + 2) !== 0) return ''
    return this.#seen % 2 === 0 ? `${pad}# it's a "comment": #${this.#seen}\n` : '\n'
  }

  #trailing(): string {
    const { comments } = this.#how
    if (comments === 0 || this.#next() % (comments + 3) !== 0) return ''
    return this.#seen % 2 === 0 ? ` # behind: it's` : '  '
  }

  #next(): number {
    this.#seen += 1
    return this.#seen
  }
}
