import { renderScalar, quoted } from './scalar.ts'
import type { Scan } from './scan.ts'
import { scanKubeconfig } from './scan.ts'

/**
 * The text with another `current-context`, and nothing else changed: one line differs, or one is added. Done by the
 * line scanner where that is sure, and then scanned again, else by the parser.
 * @param context undefined unsets it as kubectl does, to the empty string.
 * @param file the path, only named in problems.
 * @returns the very text when it says so already.
 * @throws DevK8sError DK4030 when the text is no kubeconfig, DK4031 when it cannot be changed.
 */
export async function withCurrent(text: string, context: string | undefined, file: string): Promise<string> {
  const scan = scanKubeconfig(text)
  if (scan !== undefined) {
    if ((scan.current?.value ?? '') === (context ?? '')) return text
    const changed = spliced(text, scan, context ?? '')
    if (changed !== undefined && isAsMeant(scan, scanKubeconfig(changed), context ?? '')) return changed
  }
  const { editKubeconfig } = await import('./edit.ts')
  return editKubeconfig(text, [{ kind: 'current', context }], file)
}

function spliced(text: string, { current, insertion, json }: Scan, context: string): string | undefined {
  const value = json ? quoted(context) : renderScalar(context)
  if (current !== undefined) {
    const isBare = current.start === current.end
    return text.slice(0, current.start) + (isBare ? ` ${value}` : value) + text.slice(current.end)
  }
  if (insertion === undefined) return undefined
  const { at, before, after } = insertion
  const line = json ? `"current-context": ${value}` : `current-context: ${value}`
  return text.slice(0, at) + before + line + after + text.slice(at)
}

/** Everything else is untouched by construction; what is left to see is that it is still read in the same way. */
function isAsMeant(before: Scan, after: Scan | undefined, context: string): boolean {
  return (
    after?.current?.value === context &&
    after.contexts.length === before.contexts.length &&
    after.contexts.every((each, index) => each.name === before.contexts[index]?.name)
  )
}
