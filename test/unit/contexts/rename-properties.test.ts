import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { removalOf, textWithout } from '../../../src/contexts/remove.ts'
import { renamedText } from '../../../src/contexts/rename.ts'
import { parseKubeconfig } from '../../../src/kubeconfig/config.ts'
import { kubeconfig, someName } from '../kubeconfig/generated.ts'

const path = '/home/dev/.kube/config'
const runs = { numRuns: 500, seed: 4 }

function read(text: string) {
  const parsed = parseKubeconfig(text, path)
  if ('problem' in parsed) throw new Error(parsed.problem.detail)
  return parsed.config
}

/** A kubeconfig, one of its contexts, and a name that none of them has. */
const scene = fc
  .tuple(kubeconfig, fc.nat(), someName)
  .map(([{ text }, index, to]) => {
    const names = read(text).contexts.map(({ name }) => name)
    return { text, from: names[index % Math.max(1, names.length)] ?? '', to, names }
  })
  .filter(({ from, to, names }) => from !== '' && !names.includes(to))

describe('for any kubeconfig', () => {
  test('a renamed context keeps its place and all else is as before, line by line', () => {
    fc.assert(
      fc.property(scene, ({ text, from, to }) => {
        const after = renamedText({ path, text }, { from, to, files: [path] })
        const [before, now] = [read(text), read(after)]
        const renamed = (name: string | undefined) => (name === from ? to : name)
        expect(now).toEqual({
          ...before,
          contexts: before.contexts.map((each) => ({ ...each, name: renamed(each.name) })),
          currentContext: renamed(before.currentContext),
        })
        const [old, lines] = [text.split('\n'), after.split('\n')]
        expect(lines).toHaveLength(old.length)
        const differing = lines.filter((line, at) => line !== old[at])
        expect(differing.length).toBeLessThanOrEqual(before.currentContext === from ? 2 : 1)
      }),
      runs,
    )
  })

  test('removing a context leaves every other entry as it was, and takes no entry that is needed', () => {
    fc.assert(
      fc.property(scene, ({ text, from }) => {
        const files = [{ path, text }]
        const found = removalOf(files, [from])
        if ('problem' in found) throw new Error(found.problem.detail)
        const after = textWithout({ path, text }, files, found.removal)
        const [before, now] = [read(text), read(after)]
        for (const section of ['clusters', 'users', 'contexts'] as const) {
          const gone = found.removal[section]
          expect(now[section]).toEqual(before[section].filter(({ name }) => !gone.includes(name)))
        }
        const named = (key: string) => new Set(now.contexts.map(({ fields }) => fields[key]))
        expect(found.removal.clusters.filter((name) => named('cluster').has(name))).toEqual([])
        expect(found.removal.users.filter((name) => named('user').has(name))).toEqual([])
        expect(now.currentContext).toBe(before.currentContext === from ? undefined : before.currentContext)
      }),
      runs,
    )
  })
})
