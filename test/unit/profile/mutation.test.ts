import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Ajv as AjvClass } from 'ajv'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import type { Json } from '../../../src/ports/event.ts'
import type { JsonMap } from '../../../src/profile/document.ts'
import { profileJsonSchema } from '../../../src/profile/json-schema.ts'
import { bundledFolder, folderWith, loadIn, problemsOf } from './load-helper.ts'

const acme = parse(await readFile(`${bundledFolder}/acme.yaml`, 'utf8')) as JsonMap

type Path = readonly (string | number)[]

/** The path of every value, maps and lists included. */
function pathsOf(tree: Json, path: Path = []): readonly Path[] {
  if (typeof tree !== 'object' || tree === null) return [path]
  const entries: [string | number, Json][] = Array.isArray(tree) ? [...tree.entries()] : Object.entries(tree)
  return [path, ...entries.flatMap(([key, value]) => pathsOf(value, [...path, key]))]
}

function put(tree: Json, path: Path, value: Json): Json {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (Array.isArray(tree)) {
    return tree.map((item: Json, index) => (index === step ? put(item, rest, value) : item))
  }
  const map: JsonMap = typeof tree === 'object' && tree !== null ? (tree as JsonMap) : {}
  return { ...map, [step]: put(map[step] ?? null, rest, value) }
}

const paths = pathsOf(acme).filter((path) => path.length > 0)
const junk = fc.constantFrom<Json>(
  null,
  '',
  'x',
  '-',
  0,
  -1,
  1.5,
  1e21,
  true,
  [],
  {},
  [[]],
  [null],
  [{}],
  { a: null },
  JSON.parse('{"__proto__": null}') as Json,
  { name: 1 },
  'a:/b',
  '::',
  '1.1.1.1/33',
  '~',
)

const Ajv = createRequire(import.meta.url)('ajv') as typeof AjvClass
const isValidInEditor = new Ajv({ strict: false }).compile(profileJsonSchema())

test('a profile with any two values replaced by junk loads or is refused with places, and never crashes', async () => {
  const folder = await folderWith({ 'acme/limits.yaml': '' })
  const refused = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      junk,
      fc.constantFrom(...paths),
      junk,
      async (one, a, two, b) => {
        const mutated = put(put(acme, two, b), one, a)
        const inside = await folderWith({ 'devk8s.yaml': stringify(mutated), 'acme/limits.yaml': '' })
        const problems = await problemsOf(loadIn(inside, { home: folder }))
        // The editor may accept more than the loader, never less.
        expect(problems.length > 0 || isValidInEditor(parse(stringify(mutated)))).toBe(true)
        for (const { code, place, exit } of problems) {
          refused.add(code)
          expect([exit, place?.line === undefined]).toEqual([2, false])
        }
      },
    ),
    { numRuns: 200 },
  )
  expect(refused.size).toBeGreaterThan(3)
})
