import * as v from 'valibot'
import type { Path } from './faults.ts'

/** The parts of a valibot schema that a walk needs; a piped schema shows those of its first item. */
interface Shape {
  readonly type: string
  readonly wrapped?: v.GenericSchema
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly value?: v.GenericSchema
  readonly item?: v.GenericSchema
  readonly options?: readonly unknown[]
}

const shapeOf = (schema: v.GenericSchema): Shape => schema

/** The schemas a value may follow: optional and nullable taken off, unions opened. */
function alternatives(schema: v.GenericSchema): readonly v.GenericSchema[] {
  const shape = shapeOf(schema)
  if (shape.wrapped !== undefined) return alternatives(shape.wrapped)
  if (shape.type === 'union') return (shape.options as readonly v.GenericSchema[]).flatMap(alternatives)
  return [schema]
}

/** The schema of the value at a path, with its description; undefined where no value may stand. */
export function schemaAt(schema: v.GenericSchema, path: Path): v.GenericSchema | undefined {
  const [step, ...rest] = path
  if (step === undefined) return schema
  for (const each of alternatives(schema)) {
    const { type, entries, value, item } = shapeOf(each)
    const child =
      type === 'strict_object' &&
      typeof step === 'string' &&
      entries !== undefined &&
      Object.hasOwn(entries, step)
        ? entries[step]
        : type === 'record' && typeof step === 'string'
          ? value
          : type === 'array' && typeof step === 'number'
            ? item
            : undefined
    const found = child === undefined ? undefined : schemaAt(child, rest)
    if (found !== undefined) return found
  }
  return undefined
}

/** The keys that the map at a path may have; empty when it may have any, or is no map. */
export function keysAt(schema: v.GenericSchema, path: Path): readonly string[] {
  const at = schemaAt(schema, path)
  return at === undefined ? [] : alternatives(at).flatMap((each) => Object.keys(shapeOf(each).entries ?? {}))
}

/** The words that the value at a path may be, where it is one of a list. */
export function wordsAt(schema: v.GenericSchema, path: Path): readonly string[] {
  const at = schemaAt(schema, path)
  if (at === undefined) return []
  return alternatives(at).flatMap((each) => {
    const { type, options } = shapeOf(each)
    return type === 'picklist' ? (options as readonly string[]) : []
  })
}

/** Whether a value at the path may be a list, or a map. */
export function takes(schema: v.GenericSchema, path: Path, what: 'list' | 'map' | 'text'): boolean {
  const types = {
    list: ['array'],
    map: ['strict_object', 'record'],
    text: ['string', 'picklist', 'literal'],
  }[what]
  const at = schemaAt(schema, path)
  return at !== undefined && alternatives(at).some((each) => types.includes(shapeOf(each).type))
}

/** What the value at a path must be, in words. */
export function describeAt(schema: v.GenericSchema, path: Path): string | undefined {
  let at = schemaAt(schema, path)
  while (at !== undefined) {
    const description = v.getDescription(at)
    if (description !== undefined) return description
    at = shapeOf(at).wrapped
  }
  return undefined
}
