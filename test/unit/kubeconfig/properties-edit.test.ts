import fc from 'fast-check'
import { isMap, isScalar, isSeq, parseDocument } from 'yaml'
import { describe, expect, test } from 'vitest'
import type { Edit } from '../../../src/kubeconfig/changes.ts'
import { bodyKey, sections } from '../../../src/kubeconfig/changes.ts'
import { parseKubeconfig } from '../../../src/kubeconfig/config.ts'
import { editKubeconfig } from '../../../src/kubeconfig/edit.ts'
import type { RemoteMarker } from '../../../src/kubeconfig/marker.ts'
import { scanKubeconfig } from '../../../src/kubeconfig/scan.ts'
import { kubeconfig } from './generated.ts'

const file = '/home/dev/.kube/config'
const runs = { numRuns: 1000, seed: 4 }
const marker: RemoteMarker = {
  team: 'acme',
  source: 'eks',
  namespace: 'payments',
  aliases: ['stg', 'on'],
  protected: true,
  account: '111122223333',
  region: 'eu-west-1',
}

/** What `devk8s contexts sync` writes for one context. */
const put: readonly Edit[] = [
  {
    kind: 'put',
    section: 'clusters',
    name: 'devk8s-Staging',
    fields: { server: 'https://ABC.gr7.eu-west-1.eks.amazonaws.com', 'certificate-authority-data': 'LS0t' },
    marker,
  },
  {
    kind: 'put',
    section: 'users',
    name: 'devk8s-Staging',
    fields: {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        args: ['token', '--'],
        command: '/bin/devk8s',
      },
    },
    marker,
  },
  {
    kind: 'put',
    section: 'contexts',
    name: 'Staging',
    fields: { cluster: 'devk8s-Staging', namespace: 'payments', user: 'devk8s-Staging' },
    marker,
  },
]
const remove: readonly Edit[] = put.map((edit) =>
  edit.kind === 'put' ? { kind: 'remove', section: edit.section, name: edit.name } : edit,
)

/** The source text of each entry that is not ours. */
function stanzas(text: string): readonly string[] {
  const body = text.replace(/^\uFEFF/, '')
  const [first = ''] = body.split(/^---\r?\nkind: Other/m)
  const { contents } = parseDocument(first, { uniqueKeys: false })
  if (!isMap(contents)) return []
  return contents.items.flatMap(({ key, value }) => {
    const section = sections.find((each) => isScalar(key) && key.value === each)
    if (section === undefined || !isSeq(value)) return []
    return value.items.flatMap((item) => {
      if (!isMap(item) || String(item.get('name')).endsWith('Staging')) return []
      expect(item.has(bodyKey[section])).toBe(true)
      return [own(first, item.range?.[0] ?? 0, item.range?.[1] ?? 0)]
    })
  })
}

/** Without comments behind the entry that are not deeper than its dash: they may belong to what follows. */
function own(text: string, start: number, end: number): string {
  const column = start - (text.lastIndexOf('\n', start - 1) + 1)
  const lines = text.slice(start, end).trimEnd().split('\n')
  const isOwn = (line: string) => !/^ *(#|\r?$)/.test(line) || line.search(/[^ ]/) >= column
  return lines
    .slice(0, lines.findLastIndex((line, index) => index === 0 || isOwn(line)) + 1)
    .join('\n')
    .trimEnd()
}

function markers(text: string): readonly unknown[] {
  const parsed = parseKubeconfig(text, file)
  if ('problem' in parsed) return []
  return sections.map(
    (section) => parsed.config[section].find(({ name }) => name.endsWith('Staging'))?.marker,
  )
}

describe('for any kubeconfig', () => {
  test('after ours were put, those of others are there byte for byte, and ours are read back', () => {
    fc.assert(
      fc.property(kubeconfig, ({ text }) => {
        const after = editKubeconfig(text, put, file)
        expect(stanzas(after)).toEqual(stanzas(text))
        expect(markers(after)).toEqual([marker, marker, marker])
        expect(editKubeconfig(after, put, file)).toBe(after)
        const scan = scanKubeconfig(after) ?? { contexts: [{ name: 'Staging', marker }] }
        expect(scan.contexts.find(({ name }) => name === 'Staging')?.marker).toEqual(marker)
      }),
      runs,
    )
  })

  test('after ours were taken out, those of others are there byte for byte', () => {
    fc.assert(
      fc.property(kubeconfig, ({ text }) => {
        const without = editKubeconfig(editKubeconfig(text, put, file), remove, file)
        expect(stanzas(without)).toEqual(stanzas(text))
        expect(without).not.toContain('Staging')
      }),
      { ...runs, numRuns: 300 },
    )
  })
})
