import type { ProgramCall } from '../machine.ts'
import { box } from './box.ts'

/** A failure minikube ends with: a registered reason, its exit code and its advice. */
export interface Fatal {
  readonly name: string
  readonly exit: number
  readonly message: string
  readonly advice?: string
  readonly url?: string
  readonly issues?: readonly string[]
  /** Which frame follows: none, one that asks for `minikube logs`, or one that names a log file as well. */
  readonly box?: 'logs' | 'file'
  /** Text mode: `*` for what is not minikube's fault, `X` else (recorded 010, 060). */
  readonly mark?: '*' | 'X'
}

/** How minikube speaks: CloudEvents lines or text, never both (clauses 1, 6). */
export interface Output {
  readonly json: boolean
  /** `spinner`: text mode shows it on a terminal only, not on a pipe (recorded running-k8s-047). */
  step(name: string, message: string, how?: 'spinner'): void
  /** `option` is the indented `- ` form of text mode, `plain` has no mark. */
  info(message: string, style?: 'option' | 'plain'): void
  warning(message: string): void
  /** An error event without a name: a complaint, not an end (recorded running-k8s-001). */
  error(message: string): void
  /** Says the failure and gives its exit code back. */
  fatal(fatal: Fatal): number
}

const source = 'https://minikube.sigs.k8s.io/'

/**
 * Output of a command whose steps are `steps`; `onEvent` gets each JSON line, for the profile's events.json.
 * Recorded 059 (JSON), 058 (text).
 */
export function output(
  call: ProgramCall,
  json: boolean,
  steps: readonly string[],
  onEvent: (line: string) => void = () => {},
): Output {
  return json ? jsonOutput(call, steps, onEvent) : textOutput(call)
}

function jsonOutput(call: ProgramCall, steps: readonly string[], onEvent: (line: string) => void): Output {
  let count = 0
  const emit = (type: string, data: Readonly<Record<string, string>>) => {
    count += 1
    const line = goJson({
      specversion: '1.0',
      id: eventId(call.machine.clock.now(), count),
      source,
      type: `io.k8s.sigs.minikube.${type}`,
      datacontenttype: 'application/json',
      data,
    })
    onEvent(line)
    call.out(`${line}\n`)
  }
  return {
    json: true,
    step: (name, message) =>
      emit('step', {
        currentstep: String(steps.indexOf(name)),
        message,
        name,
        totalsteps: String(steps.length - 1),
      }),
    info: (message) => emit('info', { message }),
    warning: (message) => emit('warning', { message }),
    error: (message) => emit('error', { message }),
    fatal: (fatal) => {
      const { advice = '', exit, issues = [], message, name, url = '' } = fatal
      emit('error', { advice, exitcode: String(exit), issues: issues.join(','), message, name, url })
      if (fatal.box !== undefined) emit('error', { message: box(call.argv[0] ?? '', fatal.box, '') })
      return exit
    },
  }
}

function textOutput(call: ProgramCall): Output {
  return {
    json: false,
    step: (_, message, how) => {
      // Recorded 142: a spinner line leaves an empty line behind on a pipe.
      call.out(how === 'spinner' ? '\n' : `* ${message}\n`)
    },
    info: (message, style) => {
      const mark = style === 'option' ? '  - ' : style === 'plain' ? '' : '* '
      call.out(`${mark}${message}\n`)
    },
    warning: (message) => call.err(`! ${message}\n`),
    error: (message) => call.err(`* ${message}\n`),
    fatal: (fatal) => {
      call.out('\n\n')
      call.err(`${fatal.mark ?? 'X'} Exiting due to ${fatal.name}: ${fatal.message}\n`)
      if (fatal.advice) call.err(`* Suggestion: ${fatal.advice}\n`)
      if (fatal.url) call.err(`* Documentation: ${fatal.url}\n`)
      const issues = fatal.issues ?? []
      if (issues.length > 0) call.err(`* Related issues:\n${issues.map((url) => `  - ${url}\n`).join('')}`)
      if (fatal.box !== undefined) call.err(`* \n${box(call.argv[0] ?? '', fatal.box, '* ')}\n`)
      return fatal.exit
    },
  }
}

/** JSON as Go's encoding/json writes it: these characters are escaped (recorded 126: `\u003cno value\u003e`). */
export function goJson(value: unknown, indent?: string): string {
  return JSON.stringify(value, undefined, indent).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function eventId(now: number, count: number): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0').slice(-digits)
  return `${hex(now, 8)}-${hex(count, 4)}-4000-8000-${hex(now, 12)}`
}
