import { describe, expect, test } from 'vitest'
import { withNamespaceOf } from '../../../src/kubeconfig/namespace.ts'

const file = '/home/dev/.kube/config'
const text = `contexts:
- context:
    cluster: c
    user: u
  name: a
- context:
    cluster: c
    namespace: old # mine
    user: u
  name: b
`

describe('withNamespaceOf', () => {
  test.each([
    ['a value there is', text, 'b', 'new', text.replace('old', 'new')],
    ['a value that needs quotes', text, 'b', 'on', text.replace('old', '"on"')],
    ['none yet', text, 'a', 'new', text.replace('    user: u', '    namespace: new\n    user: u')],
    [
      'none yet, with CRLF',
      text.replaceAll('\n', '\r\n'),
      'a',
      'new',
      text.replace('    user: u', '    namespace: new\n    user: u').replaceAll('\n', '\r\n'),
    ],
    ['the same value', text, 'b', 'old', text],
    [
      'flow style, by the parser',
      'contexts: [{name: a, context: {cluster: c, namespace: x}}]\n',
      'a',
      'new',
      'contexts: [{"name":"a","context":{"cluster":"c","namespace":"new"}}]\n',
    ],
  ])('changes the one line: %s', async (_, before, name, namespace, after) => {
    expect(await withNamespaceOf(before, name, namespace, file)).toBe(after)
  })

  test.each([
    ['there twice', `${text}- context: {}\n  name: a\n`, 'DK4031'],
    ['in no kubeconfig', 'contexts: [', 'DK4030'],
  ])('refuses a context that is %s', async (_, before, code) => {
    await expect(withNamespaceOf(before, 'a', 'new', file)).rejects.toMatchObject({ problems: [{ code }] })
  })
})
