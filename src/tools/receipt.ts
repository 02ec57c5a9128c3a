import type { FileStat } from '../ports/files.ts'

/** What devk8s remembers of a tool it verified, so that looking again is a stat and not a hash of 130 MB. */
export interface Receipt {
  readonly version: string
  readonly sha256: string
  readonly sizeBytes: number
  readonly mtimeMs: number
}

/** Beside the tool: `minikube.json` for `minikube`. */
export function receiptPath(tool: string): string {
  return `${tool}.json`
}

export function renderReceipt(receipt: Receipt): string {
  return `${JSON.stringify(receipt, null, 2)}\n`
}

/** Undefined for anything that is not a whole receipt: the tool is then hashed, nothing is lost. */
export function parseReceipt(text: string | undefined): Receipt | undefined {
  const value = parseObject(text ?? '')
  const { version, sha256, sizeBytes, mtimeMs } = value
  if (typeof version !== 'string' || typeof sha256 !== 'string') return undefined
  if (typeof sizeBytes !== 'number' || typeof mtimeMs !== 'number') return undefined
  return { version, sha256, sizeBytes, mtimeMs }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    // A damaged receipt is as good as none.
    return {}
  }
}

/** Whether the file is the one the receipt was written for, as far as a stat can tell. */
export function isSameFile(receipt: Receipt, stat: FileStat): boolean {
  return (
    stat.kind === 'file' &&
    stat.sizeBytes === receipt.sizeBytes &&
    // File systems keep fractions of a millisecond that JSON and copies may round.
    Math.trunc(stat.mtimeMs) === Math.trunc(receipt.mtimeMs)
  )
}
