import type { Event } from '../ports/event.ts'
import type { Files } from '../ports/files.ts'
import type { Problem } from '../problems/problem.ts'
import { problem } from '../problems/problem.ts'
import { stateNotWritable } from '../problems/state.ts'
import type { Redaction } from './redact.ts'
import { cleanEvent } from './redact.ts'

/** A listener that keeps what a run did, for people and bug reports; nothing reads it back to decide. */
export interface Journal {
  readonly path: string
  readonly emit: (event: Event) => void
  /** Waits until all is written. A journal that could not be written is told, and never stops a run. */
  readonly close: () => Promise<Problem | undefined>
}

export interface JournalInput {
  readonly files: Files
  /** `<state>/journal`. */
  readonly folder: string
  readonly command: string
  /** ms since 1970. */
  readonly startedAt: number
  readonly redaction: Redaction
  /** How many journals stay, this one included; 20 unless told. */
  readonly keep?: number
}

const keepUnlessTold = 20

/**
 * A journal as lines of JSON in `<folder>/<time>-<command>.ndjson`. Nothing is written before the run makes
 * its first change or meets a bug (exit 70): a run that only looks leaves no file behind. What came before
 * is kept and then written too. Progress without words is left out: it is a picture, not a record.
 */
export function createJournal(input: JournalInput): Journal {
  const separator = input.folder.includes('\\') ? '\\' : '/'
  const path = `${input.folder}${separator}${journalName(input.startedAt, input.command)}`
  let lines: string[] = []
  let isOpen = false
  let writing: Promise<void> = Promise.resolve()
  let fault: Problem | undefined

  async function write(): Promise<void> {
    const text = lines.join('')
    lines = []
    if (text === '' || fault !== undefined) return
    try {
      await input.files.append(path, text)
    } catch (error) {
      fault = notWritten(path, error)
    }
  }

  async function open(): Promise<void> {
    try {
      await input.files.makeFolder(input.folder, 0o700)
      await removeOld(input.files, input.folder, separator, (input.keep ?? keepUnlessTold) - 1)
    } catch (error) {
      fault = notWritten(path, error)
    }
  }

  return {
    path,
    emit(event) {
      if (isPicture(event)) return
      lines.push(`${JSON.stringify(cleanEvent(event, input.redaction))}\n`)
      if (!isOpen && !isWorthKeeping(event)) return
      if (!isOpen) writing = open()
      isOpen = true
      // Events of one moment share one append: the first write takes all lines, the others find none.
      writing = writing.then(write)
    },
    async close() {
      await writing
      return fault
    },
  }
}

/** `20260102T030405678Z-up.ndjson`: sorts by time, and is a legal name on Windows. */
function journalName(startedAt: number, command: string): string {
  const time = new Date(startedAt).toISOString().replaceAll(/[-:.]/g, '')
  return `${time}-${command.replaceAll(/[^\w.]/g, '-')}.ndjson`
}

/** What a person's own command prints is none of the journal's business: it may be anything, and any amount. */
const isPicture = (event: Event) =>
  event.type === 'output' || (event.type === 'step.progress' && event.message === undefined)

function isWorthKeeping(event: Event): boolean {
  if (event.type === 'step.started') return event.phase === 'apply'
  if (event.type === 'step.finished' || event.type === 'problem') return event.problem?.exit === 70
  return false
}

async function removeOld(files: Files, folder: string, separator: string, keep: number): Promise<void> {
  const names = (await files.list(folder)).filter((name) => name.endsWith('.ndjson')).toSorted()
  for (const name of names.slice(0, Math.max(0, names.length - keep))) {
    await files.remove(`${folder}${separator}${name}`)
  }
}

function notWritten(path: string, error: unknown): Problem {
  return problem(stateNotWritable, {
    detail: `The journal ${path} was not written: ${error instanceof Error ? error.message : String(error)}`,
  })
}
