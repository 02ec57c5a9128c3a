import fc from 'fast-check'
import { Document, isMap, isSeq, parse, parseDocument, visit } from 'yaml'
import { describe, expect, test } from 'vitest'
import { parseKubeconfig } from '../../../src/kubeconfig/config.ts'
import type { Edit } from '../../../src/kubeconfig/changes.ts'
import { editKubeconfig } from '../../../src/kubeconfig/edit.ts'
import { renderBlock } from '../../../src/kubeconfig/render.ts'
import { isPlainSafe, renderScalar } from '../../../src/kubeconfig/scalar.ts'

const file = '/home/dev/.kube/config'
const name = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/),
  fc.constantFrom(
    'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
    'me@corp',
    '433e40',
    'yes',
    '12:30',
    'a b',
  ),
)
const value = fc.oneof(
  name,
  fc.boolean(),
  fc.string({ maxLength: 30 }),
  fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,8}$/), fc.string({ maxLength: 8 }), { maxKeys: 3 }),
  fc.array(name, { maxLength: 3 }),
)
const fields = fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,10}$/), value, { maxKeys: 4 })
const entries = (key: string) =>
  fc
    .uniqueArray(name, { maxLength: 5 })
    .filter((names) => !names.some((each) => each.startsWith('devk8s-') || each === 'local'))
    .chain((names) => fc.tuple(...names.map((each) => fields.map((body) => ({ name: each, [key]: body })))))

interface Style {
  readonly indentSeq: boolean
  readonly indent: number
  readonly comments: boolean
  readonly flow: number
  readonly eol: string
  readonly form: 'yaml' | 'json'
}

const style: fc.Arbitrary<Style> = fc.record({
  indentSeq: fc.boolean(),
  indent: fc.constantFrom(2, 3, 4),
  comments: fc.boolean(),
  flow: fc.integer({ min: 0, max: 7 }),
  eol: fc.constantFrom('\n', '\r\n'),
  form: fc.constantFrom('yaml' as const, 'yaml' as const, 'yaml' as const, 'json' as const),
})

const config = fc
  .record(
    {
      apiVersion: fc.constant('v1'),
      kind: fc.constant('Config'),
      clusters: entries('cluster'),
      contexts: entries('context'),
      users: entries('user'),
      'current-context': fc.oneof(name, fc.constant('')),
      preferences: fc.constant({}),
    },
    { requiredKeys: [] },
  )
  .chain((object) => fc.shuffledSubarray(Object.entries(object), { minLength: Object.keys(object).length }))
  .map((pairs) => Object.fromEntries(pairs))

/** The object as somebody might have written it; layouts that the YAML library cannot write are passed over. */
function render(object: object, how: Style): string {
  const text = written(object, how)
  const document = parseDocument(text)
  fc.pre(document.errors.length === 0 && JSON.stringify(document.toJS()) === JSON.stringify(object))
  return text
}

function written(object: object, { indentSeq, indent, comments, flow, eol, form }: Style): string {
  if (form === 'json') return JSON.stringify(object, null, indent).replaceAll('\n', eol)
  const document = new Document(object)
  let seen = 0
  visit(document, {
    Collection(key, node) {
      seen += 1
      if ((isMap(node) || isSeq(node)) && flow > 0 && seen % (flow + 3) === 0) node.flow = true
      else if (comments && key !== null && seen % 2 === 0) node.commentBefore = ` before ${seen}`
    },
    Scalar(key, node) {
      seen += 1
      if (comments && key === 'value' && seen % 3 === 0 && typeof node.value === 'string')
        node.comment = ` behind ${seen}`
    },
  })
  return document.toString({ indentSeq, indent, lineWidth: 0 }).replaceAll('\n', eol)
}

const put: readonly Edit[] = (['clusters', 'contexts', 'users'] as const).map((section) => ({
  kind: 'put',
  section,
  name: section === 'contexts' ? 'local' : 'devk8s-local',
  fields: { server: 'https://192.168.49.2:8443', data: 'Y2VydA==' },
  marker: { profile: 'devk8s' },
}))
const remove: readonly Edit[] = put.map((edit) =>
  edit.kind === 'put' ? { kind: 'remove', section: edit.section, name: edit.name } : edit,
)

const emptyList = /((?:clusters|contexts|users)"?:(?:\s|#[^\n]*)*)\[\]/g
const runs = { numRuns: 300 }

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('for any kubeconfig', () => {
  test('after putting our entries, each line of it is there still, in its order', () => {
    fc.assert(
      fc.property(config, style, (object, how) => {
        const before = render(object, how)
        const after = editKubeconfig(before, put, file)
        // Every byte of the old text is in the new one, in order: only insertions were made. A list that was
        // empty or missing is the one thing that is replaced.
        let at = 0
        for (const char of before.replace(emptyList, (_, key: string) => key.trimEnd())) {
          const found = after.indexOf(char, at)
          expect(found).not.toBe(-1)
          at = found + 1
        }
        expect(isJson(after)).toBe(isJson(before))
        const foreign = { ...parse(before, { version: '1.2' }) }
        const now = parse(after, { version: '1.2' })
        for (const section of ['clusters', 'contexts', 'users']) {
          expect(now[section].slice(0, -1)).toEqual(foreign[section] ?? [])
        }
        expect(now['current-context']).toEqual(foreign['current-context'])
      }),
      runs,
    )
  })

  test('putting twice is putting once', () => {
    fc.assert(
      fc.property(config, style, (object, how) => {
        const once = editKubeconfig(render(object, how), put, file)
        expect(editKubeconfig(once, put, file)).toBe(once)
      }),
      runs,
    )
  })

  test('taking out what was put gives the bytes of before, where each list had an entry', () => {
    fc.assert(
      fc.property(config, style, (object, how) => {
        fc.pre(
          ['clusters', 'contexts', 'users'].every(
            (section) => (object[section] as unknown[] | undefined)?.length,
          ),
        )
        const before = render(object, how)
        expect(editKubeconfig(editKubeconfig(before, put, file), remove, file)).toBe(before)
      }),
      runs,
    )
  })

  test('taking out gives the values of before', () => {
    fc.assert(
      fc.property(config, style, (object, how) => {
        const before = render(object, how)
        const after = editKubeconfig(editKubeconfig(before, put, file), remove, file)
        expect(parseKubeconfig(after, file)).toEqual(parseKubeconfig(before, file))
      }),
      runs,
    )
  })

  test('parse sees what edit put', () => {
    fc.assert(
      fc.property(config, style, name, (object, how, current) => {
        const after = editKubeconfig(
          render(object, how),
          [...put, { kind: 'current', context: current }],
          file,
        )
        const parsed = parseKubeconfig(after, file)
        expect(parsed).toMatchObject({ config: { currentContext: current } })
        const last = 'config' in parsed ? parsed.config.contexts.at(-1) : undefined
        expect(last).toMatchObject({
          name: 'local',
          fields: { server: 'https://192.168.49.2:8443' },
          marker: { profile: 'devk8s' },
        })
      }),
      runs,
    )
  })
})

describe('scalars', () => {
  test('YAML 1.1 and 1.2 both read back the same string', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), name), (text) => {
        for (const version of ['1.1', '1.2'] as const) {
          expect(parse(`a: ${renderScalar(text)}`, { version })).toEqual({ a: text })
          expect(parse(renderBlock({ a: [text] }), { version })).toEqual({ a: [text] })
        }
        expect(isPlainSafe(text)).toBe(renderScalar(text) === text)
      }),
      { examples: [['e0'], ['e-0']] },
    )
  })
})
