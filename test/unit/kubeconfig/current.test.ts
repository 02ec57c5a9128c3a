import { describe, expect, test } from 'vitest'
import { withCurrent } from '../../../src/kubeconfig/current.ts'

const file = '/home/dev/.kube/config'

describe('withCurrent', () => {
  test.each([
    [
      'a bare value',
      'kind: Config\ncurrent-context: a # mine\nusers: []\n',
      'b',
      'kind: Config\ncurrent-context: b # mine\nusers: []\n',
    ],
    ['a quoted value', 'current-context: "a"   \n', 'b', 'current-context: b   \n'],
    [
      'a name that YAML 1.1 takes for a number',
      'current-context: a\n',
      '433e40',
      'current-context: "433e40"\n',
    ],
    ['a name that YAML 1.1 takes for a boolean', 'current-context: a\n', 'on', 'current-context: "on"\n'],
    ['an empty value', 'current-context:\nkind: Config\n', 'b', 'current-context: b\nkind: Config\n'],
    ['no value but a comment', 'current-context: # none\n', 'b', 'current-context: b # none\n'],
    ['null', 'current-context: null\n', 'b', 'current-context: b\n'],
    ['CRLF', 'current-context: a\r\nkind: Config\r\n', 'b', 'current-context: b\r\nkind: Config\r\n'],
    ['a byte order mark', '\uFEFFcurrent-context: a\n', 'b', '\uFEFFcurrent-context: b\n'],
    [
      'none yet',
      'kind: Config\nusers:\n- name: a\n  user: {}\n  # of a\n\n# end\n',
      'b',
      'kind: Config\nusers:\n- name: a\n  user: {}\n  # of a\ncurrent-context: b\n\n# end\n',
    ],
    [
      'none yet, without a last line break',
      'kind: Config\r\nusers: []',
      'b',
      'kind: Config\r\nusers: []\r\ncurrent-context: b',
    ],
    [
      'none yet, behind a block scalar',
      'kind: Config\nx:\n  y: |\n    text\n',
      'b',
      'kind: Config\nx:\n  y: |\n    text\ncurrent-context: b\n',
    ],
    [
      'none yet, behind a block scalar that keeps its line breaks',
      'kind: Config\nx:\n  y: |+\n    text\n\n\n# end\n',
      'b',
      'kind: Config\nx:\n  y: |+\n    text\n\n\ncurrent-context: b\n# end\n',
    ],
    [
      'JSON',
      '{"current-context": "a", "kind": "Config"}',
      'on',
      '{"current-context": "on", "kind": "Config"}',
    ],
    ['JSON with null', '{"current-context":null}', 'b', '{"current-context":"b"}'],
    [
      'JSON without one',
      '{\n\t"kind": "Config",\n\t"users": []\n}\n',
      'b',
      '{\n\t"kind": "Config",\n\t"users": [],\n\t"current-context": "b"\n}\n',
    ],
    [
      'an anchor elsewhere',
      'x: &a y\ncurrent-context: a\nz: *a\n',
      'b',
      'x: &a y\ncurrent-context: b\nz: *a\n',
    ],
    [
      'a second document',
      'current-context: a\n---\ncurrent-context: z\n',
      'b',
      'current-context: b\n---\ncurrent-context: z\n',
    ],
    ['an empty file', '', 'b', 'apiVersion: v1\nkind: Config\ncurrent-context: b\n'],
    ['unsetting', 'current-context: a\n', undefined, 'current-context: ""\n'],
  ])('changes the one line: %s', async (_, text, name, expected) => {
    expect(await withCurrent(text, name, file)).toBe(expected)
  })

  test.each([
    ['the same name', 'current-context: "a" # x\n', 'a'],
    ['the same name in JSON', '{"current-context":"a"}', 'a'],
    ['the same name, found by the parser', 'x: &a y\ncurrent-context: b\n', 'b'],
    ['none and no key', 'kind: Config\n', undefined],
    ['none and an empty one', 'current-context:\n', undefined],
    ['none in an empty file', '', undefined],
  ])('gives the very text for %s', async (_, text, name) => {
    expect(await withCurrent(text, name, file)).toBe(text)
  })

  test('refuses what is no kubeconfig', async () => {
    await expect(withCurrent('contexts: [', 'a', file)).rejects.toMatchObject({
      problems: [{ code: 'DK4030' }],
    })
  })
})
