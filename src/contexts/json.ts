/** What a text says as JSON; undefined when it is none, as a file is that was cut short. */
export function jsonOf(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
