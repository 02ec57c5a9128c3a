import { parseDocument } from 'yaml'

/** The names of the contexts in a kubeconfig; none when it cannot be read, since a shell's Tab is no place for faults. */
export function contextNames(text: string): readonly string[] {
  const value: unknown = parseDocument(text).toJS()
  const contexts =
    typeof value === 'object' && value !== null ? (value as { contexts?: unknown }).contexts : undefined
  if (!Array.isArray(contexts)) return []
  return contexts.flatMap((entry: unknown) =>
    typeof entry === 'object' && entry !== null && 'name' in entry && typeof entry.name === 'string'
      ? [entry.name]
      : [],
  )
}
