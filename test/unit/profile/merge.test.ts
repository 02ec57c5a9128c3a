import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { JsonMap } from '../../../src/profile/document.ts'
import type { Layer } from '../../../src/profile/merge.ts'
import { leaves, mergeLayers, mergeTrees, renderCanonical, withoutNulls } from '../../../src/profile/merge.ts'
import { head, loadText } from './load-helper.ts'

/** Trees of one shape, as the schema makes them: what is a map in one is a map in all. */
const shaped = fc.record(
  {
    a: fc.option(fc.integer(), { nil: null }),
    list: fc.array(fc.integer(), { maxLength: 3 }),
    map: fc.record(
      { x: fc.option(fc.string(), { nil: null }), y: fc.record({ z: fc.boolean() }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    ),
    open: fc.dictionary(fc.constantFrom('p', 'q', 'r'), fc.option(fc.integer(), { nil: null }), {
      maxKeys: 3,
    }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonMap>

const layer = (name: string, tree: JsonMap): Layer => ({
  tree,
  origin: () => ({ source: 'file', where: name }),
  place: () => undefined,
})

describe('merging', () => {
  test('nothing over a tree, or a tree over nothing, is the tree', () => {
    fc.assert(
      fc.property(shaped, (tree) => {
        expect(mergeTrees({}, tree)).toEqual(tree)
        expect(mergeTrees(tree, {})).toEqual(tree)
        expect(mergeTrees(tree, tree)).toEqual(tree)
      }),
    )
  })

  test('it does not matter which two of three are merged first', () => {
    fc.assert(
      fc.property(shaped, shaped, shaped, (a, b, c) => {
        expect(mergeTrees(mergeTrees(a, b), c)).toEqual(mergeTrees(a, mergeTrees(b, c)))
      }),
    )
  })

  test('its arguments stay as they are', () => {
    fc.assert(
      fc.property(shaped, shaped, (a, b) => {
        const before = JSON.stringify([a, b])
        mergeTrees(a, b)
        expect(JSON.stringify([a, b])).toBe(before)
      }),
    )
  })

  test('every value has exactly one origin, the last layer that says it', () => {
    fc.assert(
      fc.property(shaped, shaped, (a, b) => {
        const { tree, origins } = mergeLayers([layer('a', a), layer('b', b)])
        expect(Object.keys(origins)).toHaveLength(leaves(tree).length)
        for (const path of leaves(withoutNulls(b))) expect(origins[path.join('.')]?.where ?? 'b').toBe('b')
      }),
    )
  })

  test('null takes away what is below, and a later layer may bring it back', () => {
    const layers = [layer('a', { addons: { x: true, y: true } }), layer('b', { addons: { x: null } })]
    expect(mergeLayers(layers).tree).toEqual({ addons: { y: true } })
    expect(mergeLayers([...layers, layer('c', { addons: { x: { enabled: false } } })]).tree).toEqual({
      addons: { x: { enabled: false }, y: true },
    })
  })

  test('a map and a plain value replace each other', () => {
    expect(mergeTrees({ x: { enabled: true } }, { x: false })).toEqual({ x: false })
    expect(mergeTrees({ x: true }, { x: { options: {} } })).toEqual({ x: { options: {} } })
  })
})

describe('the hash', () => {
  const reversed = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(reversed)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .toReversed()
              .map(([key, each]) => [key, reversed(each)]),
          )
        : value

  test('the canonical text does not depend on the order of keys', () => {
    fc.assert(
      fc.property(shaped, (tree) => {
        expect(renderCanonical(reversed(tree))).toBe(renderCanonical(tree))
        expect(JSON.parse(renderCanonical(tree))).toEqual(tree)
      }),
    )
  })

  const bodies = fc.record({
    cluster: fc.record({
      cpus: fc.integer({ min: 2, max: 64 }),
      memory: fc.oneof(
        fc.constant('auto'),
        fc.integer({ min: 1800, max: 65_536 }),
        fc.integer({ min: 2, max: 64 }).map((gib) => `${gib}g`),
      ),
      featureGates: fc.dictionary(fc.stringMatching(/^[A-Z][A-Za-z0-9]{1,9}$/), fc.boolean(), { maxKeys: 3 }),
      ports: fc
        .uniqueArray(fc.integer({ min: 1, max: 65_535 }), { maxLength: 3 })
        .map((ports) => ports.map((port) => `${port}:80`)),
    }),
    namespaces: fc.uniqueArray(fc.stringMatching(/^[a-z]([a-z0-9]{0,8}[a-z])?$/), { maxLength: 3 }),
    addons: fc.dictionary(fc.constantFrom('ingress', 'dashboard', 'metrics-server'), fc.boolean()),
  })

  test('a rendered profile loads; spelling and order do not change its hash, a value does', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const one = await loadText(head + stringify(body))
        const turned = {
          ...(reversed(body) as object),
          metadata: { name: 'team' },
          kind: 'Profile',
          apiVersion: 'devk8s.dev/v1',
        }
        const other = await loadText(`# the same in other words\n${JSON.stringify(turned, null, 1)}\n`)
        expect(other.hash).toBe(one.hash)
        expect(one.profile.cluster.cpus).toBe(body.cluster.cpus)
        expect(one.profile.namespaces.map(({ name }) => name)).toEqual(body.namespaces)
        const changed = await loadText(
          head + stringify({ ...body, cluster: { ...body.cluster, cpus: body.cluster.cpus + 1 } }),
        )
        expect(changed.hash).not.toBe(one.hash)
      }),
      { numRuns: 30 },
    )
  })
})
