import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foreignEntry, isOfTeam, placeRemote, remoteEdits } from '../../../src/contexts/remote-place.ts'
import { trimmingOf } from '../../../src/contexts/remote-trim.ts'
import { stanzasOf, type Stanzas } from '../../../src/contexts/stanzas.ts'
import { sections } from '../../../src/kubeconfig/changes.ts'
import { editKubeconfig } from '../../../src/kubeconfig/edit.ts'
import { parseAll } from '../../../src/kubeconfig/local-context.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import { kubeconfig, someName } from '../kubeconfig/generated.ts'

const path = '/home/dev/.kube/config'
// The generated files have entries of a team called acme.
const team = 'ours'
const runs = { numRuns: 300, seed: 4 }

function read(text: string) {
  const parsed = parseAll([{ path, text }])
  if ('problem' in parsed) throw new Error(parsed.problem.detail)
  return parsed
}

const wanted: fc.Arbitrary<Stanzas> = fc
  .record({
    name: someName.filter((name) => name !== '' && !/[\s\p{Cc}]/u.test(name)),
    namespace: fc.option(fc.constantFrom('shop', 'payments'), { nil: undefined }),
    color: fc.option(fc.constantFrom('red' as const, 'blue' as const), { nil: undefined }),
    isProtected: fc.boolean(),
  })
  .map(({ name, namespace, color, isProtected }) =>
    stanzasOf({
      spec: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(color === undefined ? {} : { color }),
        ...(isProtected ? { protected: true } : {}),
        eks: { cluster: 'acme-dev', region: 'eu-west-1' },
      },
      found: { server: 'https://dev.eks.test', caData: 'Q0E=', region: 'eu-west-1', account: '123456789012' },
      name,
      protectedAs: name,
      launcher: '/data/bin/devk8s',
    }),
  )

/** The text once the context is in it; undefined when somebody else has the name, or the file cannot be edited. */
function synced(text: string, stanzas: Stanzas): string | undefined {
  const parsed = read(text)
  if (foreignEntry(parsed, team, stanzas.name) !== undefined) return undefined
  try {
    return editKubeconfig(text, remoteEdits(path, placeRemote(parsed, stanzas, team)), path)
  } catch (error) {
    if (isDevK8sError(error)) return undefined
    throw error
  }
}

const foreign = (text: string) => {
  const [file] = read(text)
  return sections.map((section) => file?.config[section].filter((entry) => !isOfTeam(team)(entry)))
}

describe('for any kubeconfig and any context of a team', () => {
  const given = fc.tuple(kubeconfig, wanted)

  test('a second sync finds nothing to change, and the current context is what it was', () => {
    let written = 0
    fc.assert(
      fc.property(given, ([{ text }, stanzas]) => {
        const once = synced(text, stanzas)
        if (once === undefined) return
        written += 1
        const again = placeRemote(read(once), stanzas, team)
        expect(again.changes).toEqual([])
        expect(editKubeconfig(once, remoteEdits(path, again), path)).toBe(once)
        expect(read(once)[0]?.config.currentContext).toBe(read(text)[0]?.config.currentContext)
        expect(foreign(once)).toEqual(foreign(text))
      }),
      runs,
    )
    // Most files take it: the law is not kept by refusing.
    expect(written).toBeGreaterThan(runs.numRuns / 2)
  })

  test('taken out again, what others wrote is as before and nothing of ours is left', () => {
    fc.assert(
      fc.property(given, ([{ text }, stanzas]) => {
        const once = synced(text, stanzas)
        if (once === undefined) return
        const { edits, names } = trimmingOf(read(once), team, () => false)
        expect(names).toEqual([stanzas.name])
        const gone = editKubeconfig(once, edits.get(path) ?? [], path)
        expect(trimmingOf(read(gone), team, () => false).changes).toEqual([])
        expect(foreign(gone)).toEqual(foreign(text))
      }),
      runs,
    )
  })
})
