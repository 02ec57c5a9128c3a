import { spawn } from '@lydell/node-pty'
import { stripVTControlCharacters } from 'node:util'
import { screenOf } from '../../report/screen.ts'
import { bin, type Person } from '../program.ts'

export const columns = 80

/** A terminal of 80 by 24 with devk8s in it. */
export interface Terminal {
  /** Resolves once everything shown so far, without escapes, matches; rejects when the program ends before. */
  until(text: RegExp): Promise<void>
  type(keys: string): void
  readonly end: Promise<{ readonly code: number; readonly signal: number; readonly output: string }>
}

export function openTerminal(person: Person, args: readonly string[]): Terminal {
  const pty = spawn(process.execPath, [person.bin ?? bin, ...args], {
    cols: columns,
    rows: 24,
    cwd: person.cwd,
    env: { LANG: 'C.UTF-8', ...person.env, TERM: 'xterm-256color' },
    ...(person.uid !== undefined && { uid: person.uid, gid: person.uid }),
  })
  let output = ''
  let waiting: {
    readonly text: RegExp
    readonly resolve: () => void
    readonly reject: (why: Error) => void
  }[] = []
  const look = () => {
    const shown = stripVTControlCharacters(output)
    waiting = waiting.filter(({ text, resolve }) => {
      if (!text.test(shown)) return true
      resolve()
      return false
    })
  }
  pty.onData((text) => {
    output += text
    look()
  })
  const end = new Promise<{ code: number; signal: number; output: string }>((done) => {
    pty.onExit(({ exitCode, signal }) => {
      for (const { text, reject } of waiting) reject(new Error(`ended before ${text}: ${output}`))
      done({ code: exitCode, signal: signal ?? 0, output })
    })
  })
  return {
    until: (text) =>
      new Promise((resolve, reject) => {
        waiting.push({ text, resolve, reject })
        look()
      }),
    type: (keys) => pty.write(keys),
    end,
  }
}

/** What stays in a terminal that never scrolls, line by line. */
export function screenAfter(output: string): readonly string[] {
  // oxlint-disable-next-line no-control-regex -- colours take no place
  return screenOf(output.replaceAll('\r\n', '\n').replaceAll(/\u001B\[[\d;]*m/g, ''))
}

/** Every line that was written at any time, also those of a live region that were drawn over. */
export function linesDrawn(output: string): readonly string[] {
  // oxlint-disable-next-line no-control-regex -- a line ends where the cursor leaves it
  return output.split(/\r\n|\u001B\[\d*[AG]/).map((line) => stripVTControlCharacters(line))
}
