import type { CurrentSpan, RawScan } from './scan.ts'
import { isRecord } from './entries.ts'

/** Reads a kubeconfig that is one JSON object; undefined when it is not, or not what kubectl takes. */
export function scanJson(text: string, from: number): RawScan | undefined {
  let value: unknown
  try {
    value = JSON.parse(text.slice(from))
  } catch {
    return undefined
  }
  if (!isRecord(value) || !isConfig(value)) return undefined
  const places = placesIn(text, from)
  if (places === undefined) return undefined
  const contexts = value['contexts']
  const current = value['current-context'] ?? ''
  if (typeof current !== 'string') return undefined
  return {
    contexts: Array.isArray(contexts) ? contexts : [],
    spans: [],
    json: true,
    ...(places.current === undefined ? {} : { current: { value: current, ...places.current } }),
    ...(places.insertion === undefined ? {} : { insertion: places.insertion }),
  }
}

function isConfig(value: Readonly<Record<string, unknown>>): boolean {
  const lists = ['clusters', 'users', 'contexts'].map((section) => value[section] ?? [])
  const isV1 = (value['apiVersion'] ?? 'v1') === 'v1'
  return isV1 && (value['kind'] ?? 'Config') === 'Config' && lists.every((list) => Array.isArray(list))
}

interface Places {
  readonly current?: Omit<CurrentSpan, 'value'>
  readonly insertion?: NonNullable<RawScan['insertion']>
}

/**
 * Where the object's members stand. The text is known to be JSON, so only strings and brackets are looked at.
 * Undefined when `current-context` is there twice, or is no string.
 */
function placesIn(text: string, from: number): Places | undefined {
  let depth = 0
  let current: Places['current']
  let lastKey = -1
  let lastKeyGap = ''
  let contentEnd = from
  for (let at = from; at < text.length; at += 1) {
    const char = text[at]
    if (char === '"') {
      const end = stringEnd(text, at)
      const colon = depth === 1 ? behindColon(text, end) : -1
      if (colon !== -1) {
        lastKey = at
        lastKeyGap = text.slice(contentEnd, at)
        if (text.slice(at + 1, end - 1).includes('\\')) return undefined
        if (text.slice(at, end) === '"current-context"') {
          const isNull = text.startsWith('null', colon)
          if (current !== undefined || (text[colon] !== '"' && !isNull)) return undefined
          current = { start: colon, end: isNull ? colon + 4 : stringEnd(text, colon) }
        }
      }
      at = end - 1
    } else if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']') depth -= 1
    if (depth === 0 && lastKey !== -1) break
    if (!isBlank(char)) contentEnd = at + 1
  }
  if (current !== undefined) return { current }
  if (lastKey === -1) return {}
  return { insertion: { at: contentEnd, before: `,${lastKeyGap}`, after: '' } }
}

/** Behind the closing quote of the string that begins at `at`. */
function stringEnd(text: string, at: number): number {
  for (let close = text.indexOf('"', at + 1); ; close = text.indexOf('"', close + 1)) {
    let backslash = close
    while (text[backslash - 1] === '\\') backslash -= 1
    if ((close - backslash) % 2 === 0) return close + 1
  }
}

/** Where the value begins when a colon follows; -1 when the string is no key. */
function behindColon(text: string, end: number): number {
  let at = end
  while (isBlank(text[at])) at += 1
  if (text[at] !== ':') return -1
  at += 1
  while (isBlank(text[at])) at += 1
  return at
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\n' || char === '\r' || char === '\t'
}
