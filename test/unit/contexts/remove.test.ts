import { parseKubeconfig } from '../../../src/kubeconfig/config.ts'
import { describe, expect, test } from 'vitest'
import { removalOf, textWithout } from '../../../src/contexts/remove.ts'
import { renamedText, renaming } from '../../../src/contexts/rename.ts'

/** Contexts as `name cluster user`. */
function config(contexts: readonly string[], current = ''): string {
  const rows = contexts.map((each) => each.split(' '))
  const names = (at: 1 | 2) => [...new Set(rows.map((row) => row[at] ?? ''))]
  return [
    '# mine',
    'apiVersion: v1',
    'clusters:',
    ...names(1).map((name) => `- name: ${name} # c\n  cluster: {server: https://${name}}`),
    'users:',
    ...names(2).map((name) => `- name: ${name}\n  user: {token: t}`),
    'contexts:',
    ...rows.map(
      ([name, cluster, user]) => `- name: ${name}\n  context: {cluster: ${cluster}, user: ${user}}`,
    ),
    `current-context: ${current === '' ? '""' : current}`,
    '',
  ].join('\n')
}

function removalIn(texts: readonly string[], names: readonly string[]) {
  const files = texts.map((text, at) => ({ path: `/f${at}`, text }))
  const found = removalOf(files, names)
  if ('problem' in found) throw new Error(found.problem.detail)
  return { files, removal: found.removal }
}

function namesIn(text: string) {
  const parsed = parseKubeconfig(text, '/f')
  if ('problem' in parsed) throw new Error(parsed.problem.detail)
  const { clusters, users, contexts, currentContext } = parsed.config
  const of = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).join(' ')
  return { contexts: of(contexts), clusters: of(clusters), users: of(users), current: currentContext }
}

describe('removal', () => {
  test('cluster and user go along when nothing else names them', () => {
    const { files, removal } = removalIn([config(['a ca ua', 'b cb ub'], 'a')], ['a'])
    const [file] = files
    const after = file === undefined ? '' : textWithout(file, files, removal)
    expect(namesIn(after)).toEqual({ contexts: 'b', clusters: 'cb', users: 'ub', current: undefined })
    expect(removal.currents).toEqual([{ name: 'a', file: '/f0' }])
    expect(after).toContain('# mine\n')
  })

  test('what another context of any file names stays, and is told with whose it is', () => {
    const texts = [config(['a shared ua']), config(['b shared ub'])]
    const { files, removal } = removalIn(texts, ['a'])
    expect(removal).toMatchObject({ clusters: [], users: ['ua'] })
    expect(removal.kept).toEqual([{ section: 'clusters', name: 'shared', neededBy: ['b'] }])
    expect(files.map((file) => namesIn(textWithout(file, files, removal)).clusters)).toEqual([
      'shared',
      'shared',
    ])
  })

  test('two that share a cluster take it along together', () => {
    const { removal } = removalIn([config(['a shared ua', 'b shared ub'])], ['a', 'b'])
    expect(removal).toMatchObject({ clusters: ['shared'], users: ['ua', 'ub'], kept: [] })
  })

  test('a cluster that somebody has come to need since stays', () => {
    const { removal } = removalIn([config(['a ca ua'])], ['a'])
    const now = [{ path: '/f0', text: config(['a ca ua', 'new ca un']) }]
    const [file] = now
    expect(namesIn(file === undefined ? '' : textWithout(file, now, removal))).toMatchObject({
      contexts: 'new',
      clusters: 'ca',
      users: 'un',
    })
  })

  test('a file that has none of it stays to the byte', () => {
    const { files, removal } = removalIn([config(['a ca ua']), config(['b cb ub'], 'b')], ['a'])
    const second = files[1]
    expect(second === undefined ? '' : textWithout(second, files, removal)).toBe(second?.text)
  })
})

describe('renaming', () => {
  const rename = (texts: readonly string[], from: string, to: string, bound?: string) => {
    const files = texts.map((text, at) => ({ path: `/f${at}`, text }))
    const wanted = renaming(files, { from, to }, bound)
    if ('problem' in wanted) throw new Error(wanted.problem.detail)
    return files.map((file) => renamedText(file, wanted))
  }

  test('one line for the name, one for the current context; the rest stays', () => {
    const before = config(['x cx ux', 'old co uo', 'z cz uz'], 'old')
    const [after = ''] = rename([before], 'old', 'yes')
    expect(after).toBe(
      before.replace('- name: old', '- name: "yes"').replace('context: old', 'context: "yes"'),
    )
  })

  test('JSON stays JSON', () => {
    const before = '{\n  "contexts": [{"name": "a", "context": {}}],\n  "current-context": "a"\n}\n'
    expect(rename([before], 'a', 'b')).toEqual([before.replaceAll('"a"', '"b"')])
  })

  test('the first of several files that have it; the current context everywhere', () => {
    const [first = '', second = ''] = rename([config(['a ca ua']), config(['a cx ux'], 'a')], 'a', 'b')
    expect(namesIn(first)).toMatchObject({ contexts: 'b' })
    expect(namesIn(second)).toMatchObject({ contexts: 'a', current: 'b' })
  })

  test('in a bound shell both the file that binds it and the person’s own', () => {
    const after = rename([config(['a ca ua'], 'a'), config(['a ca ua'])], 'a', 'b', '/f0')
    expect(after.map((text) => namesIn(text).contexts)).toEqual(['b', 'b'])
  })

  test('what has the name already makes room', () => {
    const [after = ''] = rename([config(['a ca ua', 'b cb ub'])], 'a', 'b')
    expect(namesIn(after)).toMatchObject({ contexts: 'b', clusters: 'ca cb' })
    expect(after).toContain('name: b\n  context: {cluster: ca')
  })
})
