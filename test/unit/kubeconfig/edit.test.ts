import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { editKubeconfig } from '../../../src/kubeconfig/edit.ts'
import type { Edit } from '../../../src/kubeconfig/changes.ts'
import type { Problem } from '../../../src/problems/problem.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'

const file = '/home/dev/.kube/config'
const marker = { profile: 'devk8s', namespace: 'default' }
const put: readonly Edit[] = [
  {
    kind: 'put',
    section: 'clusters',
    name: 'devk8s-local',
    fields: { server: 'https://192.168.49.2:8443', 'certificate-authority-data': 'Y2E=' },
    marker: { profile: 'devk8s' },
  },
  {
    kind: 'put',
    section: 'contexts',
    name: 'local',
    fields: { cluster: 'devk8s-local', namespace: 'default', user: 'devk8s-local' },
    marker,
  },
  {
    kind: 'put',
    section: 'users',
    name: 'devk8s-local',
    fields: { 'client-certificate-data': 'Y2VydA==', 'client-key-data': 'a2V5' },
    marker: { profile: 'devk8s' },
  },
]
const remove: readonly Edit[] = [
  { kind: 'remove', section: 'clusters', name: 'devk8s-local' },
  { kind: 'remove', section: 'contexts', name: 'local' },
  { kind: 'remove', section: 'users', name: 'devk8s-local' },
]

const work = `# my clusters - do not touch
apiVersion: v1
kind: Config
preferences: {}
current-context: work
clusters:
  # the company cluster
  - name: work
    cluster:
      server: https://k8s.example.com:6443   # behind the VPN
      insecure-skip-tls-verify: true
contexts:
  - name: work
    context: {cluster: work, user: me, namespace: team-a}
users:
  - name: me
    user:
      token: not-a-real-token   # rotated monthly
# the end
`

function problemOf(run: () => unknown): Problem | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (isDevK8sError(error)) return error.problems[0]
    throw error
  }
}

const codeOf = (run: () => unknown) => problemOf(run)?.code

describe('adding entries', () => {
  test('puts them behind the others and leaves every other byte', () => {
    const after = editKubeconfig(work, put, file)
    expect(after).toMatchInlineSnapshot(`
      "# my clusters - do not touch
      apiVersion: v1
      kind: Config
      preferences: {}
      current-context: work
      clusters:
        # the company cluster
        - name: work
          cluster:
            server: https://k8s.example.com:6443   # behind the VPN
            insecure-skip-tls-verify: true
        - cluster:
            server: https://192.168.49.2:8443
            certificate-authority-data: "Y2E="
            extensions:
            - extension:
                profile: devk8s
                provider: devk8s.dev
              name: devk8s.dev
          name: devk8s-local
      contexts:
        - name: work
          context: {cluster: work, user: me, namespace: team-a}
        - context:
            cluster: devk8s-local
            namespace: default
            user: devk8s-local
            extensions:
            - extension:
                profile: devk8s
                namespace: default
                provider: devk8s.dev
              name: devk8s.dev
          name: local
      users:
        - name: me
          user:
            token: not-a-real-token   # rotated monthly
        - user:
            client-certificate-data: "Y2VydA=="
            client-key-data: a2V5
            extensions:
            - extension:
                profile: devk8s
                provider: devk8s.dev
              name: devk8s.dev
          name: devk8s-local
      # the end
      "
    `)
    expect(editKubeconfig(after, put, file)).toBe(after)
    expect(editKubeconfig(after, remove, file)).toBe(work)
  })

  test.each([
    ['an empty file', ''],
    ['comments only', '# mine\n'],
    ['comments without a line break', '# mine'],
    ['a document marker', '---\n'],
    ['an empty mapping', '{}\n'],
    ['lists that are null', 'apiVersion: v1\nkind: Config\ncontexts:\nclusters: null\nusers: ~\n'],
    ['lists that are null with a comment', 'contexts:   # none yet\nkind: Config\n'],
    ['empty lists', 'clusters: []\ncontexts: [] # none\nusers: []'],
    ['no line break at the end', 'users:\n- name: a\n  user: {}'],
    ['flow lists', 'clusters: [{name: a, cluster: {server: "https://a"}}]\nkind: Config\n'],
    ['CRLF', work.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${work}`],
    ['JSON on one line', '{"kind":"Config","users":[{"name":"a","user":{}}],"contexts":[]}'],
    ['JSON, empty', '{}'],
    [
      'JSON on several lines',
      JSON.stringify({ kind: 'Config', clusters: [], users: [{ name: 'a', user: {} }] }, null, 2),
    ],
    [
      'JSON with tabs',
      JSON.stringify({ kind: 'Config', contexts: null, users: [{ name: 'a', user: {} }] }, null, '\t'),
    ],
    ['a second document', `${work}---\nsecond: document\n`],
    ['a repeated key', 'kind: Config\nusers: []\nusers:\n- name: a\n  user: {}\n'],
    ['a whole file in flow style', '{kind: Config, users: [{name: a, user: {}}]}\n'],
  ])('%s', (_, text) => {
    const after = editKubeconfig(text, [...put, { kind: 'current', context: 'local' }], file)
    const value = after.startsWith('{"')
      ? JSON.parse(after)
      : parse(after.replace('\uFEFF', '').split('---\nsecond')[0]!, { uniqueKeys: false })
    expect(value.contexts.at(-1)).toEqual({
      name: 'local',
      context: {
        cluster: 'devk8s-local',
        namespace: 'default',
        user: 'devk8s-local',
        extensions: [
          {
            name: 'devk8s.dev',
            extension: { provider: 'devk8s.dev', profile: 'devk8s', namespace: 'default' },
          },
        ],
      },
    })
    expect(value['current-context']).toBe('local')
    expect(editKubeconfig(after, put, file)).toBe(after)
    for (const line of text.split('\n').filter((line) => line.includes('#') && !line.includes('none'))) {
      expect(after).toContain(line)
    }
    expect(after.replaceAll('\r\n', '').includes('\n')).toBe(after.includes('\n') && !text.includes('\r\n'))
    expect(after.startsWith('\uFEFF')).toBe(text.startsWith('\uFEFF'))
    const gone = editKubeconfig(after, [...remove, { kind: 'current', context: undefined }], file)
    expect(gone).not.toContain('local')
    expect(editKubeconfig(gone, remove, file)).toBe(gone)
  })
})

describe('changing entries', () => {
  const ours = editKubeconfig(work, put, file)

  function changedLines(before: string, after: string): string[] {
    const old = new Set(before.split('\n'))
    return after.split('\n').filter((line) => !old.has(line))
  }

  test('a new address changes one line', () => {
    const after = editKubeconfig(
      ours,
      [
        {
          kind: 'put',
          section: 'clusters',
          name: 'devk8s-local',
          fields: { server: 'https://127.0.0.1:32771' },
        },
      ],
      file,
    )
    expect(changedLines(ours, after)).toEqual(['      server: https://127.0.0.1:32771'])
    expect(after.split('\n').length).toBe(ours.split('\n').length)
  })

  test('a trailing comment of a changed line stays', () => {
    const after = editKubeconfig(
      work,
      [{ kind: 'put', section: 'clusters', name: 'work', fields: { server: 'https://other' } }],
      file,
    )
    expect(changedLines(work, after)).toEqual(['      server: https://other   # behind the VPN'])
  })

  test('switching the current context changes one line', () => {
    const after = editKubeconfig(work, [{ kind: 'current', context: 'local' }], file)
    expect(changedLines(work, after)).toEqual(['current-context: local'])
  })

  test('fields that a person added to our entry stay, and a field can be taken out', () => {
    const mine = ours.replace(
      '      certificate-authority-data: "Y2E="',
      '      certificate-authority: /old/ca.crt\n      proxy-url: http://proxy:3128 # mine',
    )
    const after = editKubeconfig(
      mine,
      put.map((edit) =>
        edit.kind === 'put' && edit.section === 'clusters'
          ? { ...edit, without: ['certificate-authority'] }
          : edit,
      ),
      file,
    )
    const value = parse(after).clusters[1].cluster
    expect(value).toMatchObject({ 'proxy-url': 'http://proxy:3128', 'certificate-authority-data': 'Y2E=' })
    expect(value).not.toHaveProperty('certificate-authority')
    expect(after).toContain('      server: https://k8s.example.com:6443   # behind the VPN')
  })

  test('the entry in a flow list is written anew, its neighbours are not', () => {
    const flow =
      'kind: Config\nclusters: [ {name: a, cluster: {server: x}} , {name: devk8s-local, cluster: {}} ]\n'
    const after = editKubeconfig(flow, put, file)
    expect(after).toContain(
      'clusters: [ {name: a, cluster: {server: x}} , {"name":"devk8s-local","cluster":{"server"',
    )
    const gone = editKubeconfig(after, remove.slice(0, 1), file)
    expect(parse(gone).clusters).toEqual([{ name: 'a', cluster: { server: 'x' } }])
    expect(editKubeconfig(gone, [{ kind: 'remove', section: 'clusters', name: 'a' }], file)).toContain(
      'clusters: []',
    )
  })

  test('comments around an entry that goes stay, also when it was the only one', () => {
    const text =
      'users: # who\n  # the only one\n  - name: devk8s-local # ours\n    user: {}\n  # after\nkind: Config\n'
    expect(editKubeconfig(text, remove, file)).toBe(
      'users: [] # who\n  # the only one\n  # after\nkind: Config\n',
    )
  })

  test('several entries of one section at once, in a list that was not there', () => {
    const edits = ['a', 'b', 'c'].map((name): Edit => ({
      kind: 'put',
      section: 'contexts',
      name,
      fields: {},
    }))
    const after = editKubeconfig('', edits, file)
    expect(parse(after).contexts.map(({ name }: { name: string }) => name)).toEqual(['a', 'b', 'c'])
    const gone = edits.map((edit): Edit =>
      edit.kind === 'put' ? { kind: 'remove', section: edit.section, name: edit.name } : edit,
    )
    expect(editKubeconfig(after, gone, file)).toBe('apiVersion: v1\nkind: Config\ncontexts: []\n')
  })

  test('the first item of a flow list can go', () => {
    const flow = 'users: [{name: a, user: {}}, {name: b, user: {}}]\n'
    expect(editKubeconfig(flow, [{ kind: 'remove', section: 'users', name: 'a' }], file)).toBe(
      'users: [{name: b, user: {}}]\n',
    )
  })

  test.each([
    'y',
    'no',
    'ON',
    'null',
    '08',
    '433e40',
    '0x10',
    '1e3',
    '1_000',
    'a: b',
    'a b',
    'trailing:',
    '',
    '~',
    '\u0085',
    '-',
  ])('the name %j is quoted, so that YAML 1.1 reads a string', (name) => {
    const after = editKubeconfig(
      '',
      [
        { kind: 'current', context: name || 'x' },
        { kind: 'put', section: 'contexts', name, fields: { cluster: name } },
      ],
      file,
    )
    const value = parse(after, { version: '1.1' })
    expect(value.contexts[0]).toEqual({ name, context: { cluster: name } })
    expect(value['current-context']).toBe(name || 'x')
    expect(after).toMatch(/name: "/)
  })

  test('anchors and merge keys of others stay', () => {
    const anchors = [
      'x-defaults: &defaults {insecure-skip-tls-verify: true}',
      'clusters:',
      '- name: a',
      '  cluster: &a',
      '    <<: *defaults',
      '    server: https://a',
      '- name: b',
      '  cluster: *a',
      '',
    ].join('\n')
    const after = editKubeconfig(anchors, put, file)
    expect(after.startsWith(anchors)).toBe(true)
    expect(editKubeconfig(after, remove, file).startsWith(anchors)).toBe(true)
  })
})

describe('what is refused', () => {
  test.each([
    ['broken YAML', 'contexts: [\nusers: {', 'DK4030'],
    ['a list', '- a\n', 'DK4030'],
    ['a word', 'hello', 'DK4030'],
    ['another kind', 'kind: Pod\n', 'DK4030'],
    ['a section that is no list', 'contexts: {a: b}\n', 'DK4030'],
    ['an alias without anchor', 'contexts: *nothing\n', 'DK4030'],
    ['UTF-16', '\uFFFDk\0i\0n\0d\0', 'DK4030'],
    ['a name twice', 'contexts:\n- name: local\n- name: local\n', 'DK4031'],
    ['a list that is an alias', 'x: &x [{name: a}]\ncontexts: *x\n', 'DK4031'],
    ['an anchor that others need', 'contexts:\n- &c\n  name: local\n  context: {}\n- *c\n', 'DK4031'],
    ['an empty first document before another', '---\n---\nkind: Config\n', 'DK4031'],
  ])('%s: %s', (_, text, code) => {
    expect(codeOf(() => editKubeconfig(text, put, file))).toBe(code)
    expect(codeOf(() => editKubeconfig(text, [...remove, ...put], file))).toBe(code)
  })

  test('the place is named and the content is not', () => {
    const found = problemOf(() =>
      editKubeconfig('users:\n- name: a\n  user:\n    token: "hush" hush\n', put, file),
    )
    expect(found?.place).toEqual({ file, line: 4, column: 19 })
    expect(JSON.stringify(found)).not.toContain('hush')
  })
})
