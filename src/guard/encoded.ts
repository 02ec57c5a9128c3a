import { base64Class, nextRun, runEnd } from './runs.ts'

/** A text that stands in another one in base64. */
export interface Layer {
  readonly text: string
  /** Where the base64 begins and ends in the text around it. */
  readonly start: number
  readonly end: number
}

/** Characters: an access key id alone. */
const shortest = 27
/** Only lines as long as `base64` and `openssl` make them (64, 76) go on in the next one. */
const wrappedFrom = 60
/** Enough to tell text from bytes: of random ones a 32-character sample is printable once in 10^10. */
const sampleLength = 32
const nextLine = /\r?\n[ \t]*([A-Za-z0-9+/]+)={0,2}(?=[ \t]*(?:\r?\n|$))/y

/** What is text in base64 within a text, such as the values of a Secret; not what is bytes, such as an image. */
export function decodedLayers(text: string): readonly Layer[] {
  const layers: Layer[] = []
  let end = 0
  for (;;) {
    const start = nextRun(text, base64Class, shortest, end)
    if (start === -1) return layers
    end = runEnd(text, base64Class, start)
    if (!isText(decoded(text.slice(start, Math.min(end, start + sampleLength))))) continue
    if (end - start >= wrappedFrom) end = wrappedEnd(text, end)
    const inner = decoded(text.slice(start, end).replaceAll(/[\s=]+/g, ''))
    if (inner !== undefined && isText(inner)) layers.push({ text: inner, start, end })
  }
}

/** Where base64 that goes on over several lines ends. */
function wrappedEnd(text: string, end: number): number {
  nextLine.lastIndex = end
  let last = end
  while (nextLine.test(text)) last = nextLine.lastIndex
  return last
}

/** The text that base64 stands for, byte by byte; undefined when it is none. What is cut off is left out. */
export function decoded(base64: string): string | undefined {
  const bare = base64.replace(/=+$/, '')
  // A rest of one character holds no whole byte.
  const whole = bare.length % 4 === 1 ? bare.slice(0, -1) : bare
  try {
    return atob(whole)
  } catch {
    return undefined
  }
}

function isText(inner: string | undefined): boolean {
  return inner !== undefined && inner.length > 0 && /^[\t\n\r\u0020-\u007E]*$/.test(inner.slice(0, 2048))
}
