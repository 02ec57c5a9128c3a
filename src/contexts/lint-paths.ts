import type { Finding } from './lint-finding.ts'

/** A path in an entry counts from the folder of its file, as client-go counts it (facts sheet, 2.1). */
export function besides(file: string, path: string): string {
  if (/^(?:[/\\]|[A-Za-z]:[/\\])/.test(path)) return path
  return file.replace(/[^/\\]*$/, '') + path.replace(/^\.[/\\]/, '')
}

/** A text with something in it. */
export function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function missingFile(file: string, line: number, whose: string, key: string, path: string): Finding {
  return {
    rule: 'missing-file',
    severity: 'error',
    file,
    line,
    text: `${whose} names ${key} ${path}, which is not there`,
    advice: 'Put the file there, or correct its path.',
  }
}
