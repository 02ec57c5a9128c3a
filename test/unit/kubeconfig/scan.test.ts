import { describe, expect, test } from 'vitest'
import { scanKubeconfig } from '../../../src/kubeconfig/scan.ts'

const kubectlStyle = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTg==
    server: https://ABC.gr7.eu-west-1.eks.amazonaws.com
  name: arn:aws:eks:eu-west-1:111122223333:cluster/prod
contexts:
- context:
    cluster: arn:aws:eks:eu-west-1:111122223333:cluster/prod
    extensions:
    - extension:
        account: "111122223333"
        aliases:
        - p
        - "on"
        color: red
        protected: true
        provider: devk8s.dev
        source: eks
        team: acme
      name: devk8s.dev
    namespace: payments
    user: devk8s-prod
  name: prod
- context:
    cluster: kind-kind
    user: kind-kind
  name: "433e40"
current-context: prod
kind: Config
preferences: {}
users:
- name: gke
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: gke-gcloud-auth-plugin
      installHint: Install gke-gcloud-auth-plugin for use with kubectl by following
        https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin
      provideClusterInfo: true
- name: block
  user:
    exec:
      args: []
      installHint: |
        contexts:
          current-context: "not this
`

const prod = {
  name: 'prod',
  cluster: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
  namespace: 'payments',
  user: 'devk8s-prod',
  marker: {
    team: 'acme',
    source: 'eks',
    account: '111122223333',
    aliases: ['p', 'on'],
    color: 'red',
    protected: true,
  },
}

/** Two contexts as people write them, with what is put in its place. */
function handWritten(change: { readonly from?: string; readonly to?: string } = {}): string {
  const text = `# mine
---
kind: Config   # a comment
current-context: 'it''s'

contexts:
  # the first
  - name: "a \\"b\\""
    context: {}
  - name:   c   # not c # or this
    context:

      cluster: k8s.example.com:6443
      user: me@corp
users:
`
  return text.replace(change.from ?? '', change.to ?? '')
}

describe('the scanner', () => {
  test('reads what kubectl writes, our markers, and long texts of others', () => {
    const scan = scanKubeconfig(kubectlStyle)
    expect(scan?.contexts).toMatchObject([prod, { name: '433e40', cluster: 'kind-kind', user: 'kind-kind' }])
    expect(scan?.current).toMatchObject({ value: 'prod' })
    expect(kubectlStyle.slice(scan?.current?.start, scan?.current?.end)).toBe('prod')
    expect(kubectlStyle.slice(scan?.spans[0]?.at)).toMatch(/^- context:\n {4}cluster: arn/)
  })

  test.each([
    ['as it is', (text: string) => text],
    ['with CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['with a byte order mark', (text: string) => `\uFEFF${text}`],
    ['without its last line break', (text: string) => text.trimEnd()],
  ])('reads what people write, %s', (_, change) => {
    const text = change(handWritten())
    const scan = scanKubeconfig(text)
    expect(scan?.contexts).toMatchObject([
      { name: 'a "b"' },
      { name: 'c', cluster: 'k8s.example.com:6443', user: 'me@corp' },
    ])
    expect(scan?.current?.value).toBe("it's")
    expect(text.slice(scan?.current?.start, scan?.current?.end)).toBe("'it''s'")
  })

  test.each([
    ['an empty text', ''],
    ['comments', '# nothing\n\n'],
    ['a document without content', '---\n'],
    ['an empty object', '{}\n'],
    ['lists without entries', 'contexts: []\nusers:\nclusters:\n'],
    ['an empty name', 'current-context: ""\n'],
    ['null', 'current-context: null\n'],
    ['no value', 'current-context:   # none\n'],
  ])('finds nothing in %s', (_, text) => {
    const scan = scanKubeconfig(text)
    expect(scan?.contexts).toEqual([])
    expect(scan?.current?.value ?? '').toBe('')
  })

  test.each([
    ['JSON', JSON.stringify],
    ['JSON on several lines', (value: unknown) => JSON.stringify(value, null, '\t')],
  ])('reads %s', (_, write) => {
    const text = write({
      kind: 'Config',
      contexts: [{ name: 'a', context: { cluster: 'c', 'current-context': 'no' } }],
      users: [{ name: 'current-context', user: { token: '{"current-context": "\\"' } }],
      'current-context': 'a"b',
    })
    const scan = scanKubeconfig(text)
    expect(scan).toMatchObject({
      json: true,
      contexts: [{ name: 'a', cluster: 'c' }],
      current: { value: 'a"b' },
    })
    expect(text.slice(scan?.current?.start, scan?.current?.end)).toBe('"a\\"b"')
  })

  test.each([
    ['a flow collection', { from: 'context: {}', to: 'context: {cluster: x}' }],
    ['an anchor', { from: 'cluster: k8s', to: 'cluster: &c k8s' }],
    ['an alias', { from: 'user: me@corp', to: 'user: *me' }],
    ['a tag', { from: 'user: me', to: 'user: !!str me' }],
    ['a merge key', { from: 'user: me@corp', to: '<<: x' }],
    ['a tab', { from: 'kind: Config', to: 'kind:\tConfig' }],
    ['NUL', { from: 'me@corp', to: 'me\0corp' }],
    ['what was not UTF-8', { from: 'me@corp', to: 'me\uFFFDcorp' }],
    ['a line break of YAML 1.1', { from: 'me@corp', to: 'me\u2028corp' }],
    ['a carriage return alone', { from: 'me@corp', to: 'me\rcorp' }],
    ['a block scalar in a context', { from: 'user: me@corp', to: 'user: |-\n        me' }],
    ['a value over two lines in a context', { from: 'me@corp', to: 'me\n        too' }],
    ['a quoted value over two lines', { from: '"a \\"b\\""', to: '"a\n      b"' }],
    ['a second document', { from: 'users:', to: '---\nusers:' }],
    ['the end of the document', { from: 'users:', to: '...\n' }],
    ['a directive', { from: '# mine', to: '%YAML 1.1' }],
    ['a key twice', { from: 'users:', to: 'kind: Config' }],
    ['a quoted key', { from: 'users:', to: '"users":' }],
    ['a complex key', { from: 'users:', to: '? users' }],
    ['another kind', { from: 'kind: Config', to: 'kind: Pod' }],
    ['another version', { from: 'kind: Config', to: 'apiVersion: v2\nkind: Config' }],
    ['a list that is a mapping', { from: 'users:', to: 'users:\n  a: b' }],
    ['a list that is text', { from: 'users:', to: 'users: none' }],
    ['a name that is a number', { from: 'name:   c ', to: 'name: 08 ' }],
    ['a current context that is a number', { from: "'it''s'", to: '08' }],
    ['a current context below its key', { from: "'it''s'", to: '\n  here' }],
    ['wrong indentation', { from: '      user: me', to: '     user: me' }],
    ['a list in a list', { from: '  - name:   c', to: '  - - name: c' }],
    ['an item without content', { from: '  - name:   c', to: '  -\n  - name: c' }],
    ['text that is no key', { from: 'users:', to: 'users' }],
    ['text behind a quote', { from: "'it''s'", to: "'it' s" }],
    ['an unknown escape', { from: '\\"b', to: '\\qb' }],
    ['a colon in bare text', { from: 'me@corp', to: 'me: corp' }],
    ['a colon at the end of bare text', { from: 'me@corp', to: 'me:' }],
    ['an indented start', { from: 'kind: Config', to: ' kind: Config' }],
    ['a prototype', { from: 'user: me', to: '__proto__: me' }],
  ])('leaves %s to the parser', (_, change) => {
    const text = handWritten(change)
    expect(text).not.toBe(handWritten())
    expect(scanKubeconfig(text)).toBeUndefined()
  })

  test.each([
    ['a list as a whole', '[]'],
    ['flow collections of YAML', '{kind: Config}'],
    ['another kind', '{"kind":"Pod"}'],
    ['a list that is an object', '{"users":{}}'],
    ['a context that is a number', '{"current-context":1}'],
    ['current-context twice', '{"current-context":"a","current-context":"b"}'],
    ['an escaped key', '{"current\\u002dcontext":"a"}'],
  ])('leaves JSON with %s to the parser', (_, text) => {
    expect(scanKubeconfig(text)).toBeUndefined()
  })

  test('takes some 20 MB and 10,000 contexts in much less than kubectl’s six seconds', () => {
    const count = 10_000
    const many = (one: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => one(index)).join('')
    const data = 'QUJD'.repeat(400)
    const text = [
      'clusters:\n',
      many(
        (n) =>
          `- cluster:\n    certificate-authority-data: ${data}\n    server: https://c${n}\n  name: c${n}\n`,
      ),
      'contexts:\n',
      many((n) => `- context:\n    cluster: c${n}\n    user: u${n}\n  name: c${n}\n`),
      'current-context: c0\nusers:\n',
      many((n) => `- name: u${n}\n  user:\n    exec:\n      args:\n      - get-token\n      command: aws\n`),
    ].join('')
    const start = performance.now()
    expect(scanKubeconfig(text)?.contexts).toHaveLength(count)
    // Some 60 ms where this was written; the bound only tells a scan from a parse on a busy machine.
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
