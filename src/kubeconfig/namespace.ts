import { renderScalar } from './scalar.ts'
import type { Scan, ScannedContext } from './scan.ts'
import { scanKubeconfig } from './scan.ts'

/**
 * The text with another namespace for one of its contexts, and nothing else changed: one line differs, or one is added.
 * Done by the line scanner where that is sure, and then scanned again, else by the parser.
 * @param file the path, only named in problems.
 * @returns the very text when it says so already.
 * @throws DevK8sError DK4030 when the text is no kubeconfig, DK4031 when it cannot be changed.
 */
export async function withNamespaceOf(
  text: string,
  context: string,
  namespace: string,
  file: string,
): Promise<string> {
  const scan = scanKubeconfig(text)
  const changed = scan === undefined ? undefined : spliced(text, scan, context, namespace)
  if (scan !== undefined && changed !== undefined) {
    if (changed === text || isAsMeant(scan, scanKubeconfig(changed), context, namespace)) return changed
  }
  const { editKubeconfig } = await import('./edit.ts')
  return editKubeconfig(
    text,
    [{ kind: 'put', section: 'contexts', name: context, fields: { namespace } }],
    file,
  )
}

function spliced(
  text: string,
  { contexts, spans }: Scan,
  context: string,
  namespace: string,
): string | undefined {
  const index = contexts.findIndex(({ name }) => name === context)
  const span = spans[index]?.namespace
  if (span === undefined || contexts.findLastIndex(({ name }) => name === context) !== index) return undefined
  if (contexts[index]?.namespace === namespace) return text
  const { start, end, column } = span
  const value = renderScalar(namespace)
  const eol = /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n'
  const line = column === undefined ? value : `${' '.repeat(column)}namespace: ${value}${eol}`
  return text.slice(0, start) + line + text.slice(end)
}

/** Every context is what it was, apart from the one namespace. */
function isAsMeant(before: Scan, after: Scan | undefined, context: string, namespace: string): boolean {
  const told = ({ namespace: present, ...rest }: ScannedContext) =>
    JSON.stringify([rest, rest.name === context ? namespace : present])
  return (
    after?.current?.value === before.current?.value &&
    after?.contexts.length === before.contexts.length &&
    after.contexts.find(({ name }) => name === context)?.namespace === namespace &&
    after.contexts.every((each, index) => {
      const old = before.contexts[index]
      return old !== undefined && told(each) === told(old)
    })
  )
}
