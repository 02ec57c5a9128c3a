import type { EventBody, Json } from './ports/event.ts'
import type { Problem } from './problems/problem.ts'
import type { World } from './world.ts'

/** How the person can run devk8s again. */
export interface Invocation {
  /** Through npx when it was started so, since it is not on PATH then. */
  readonly program: 'devk8s' | 'npx devk8s'
  /** What is tried next after a rehearsal is rehearsed too: the real laptop has nothing of what was made here. */
  readonly rehearsed: boolean
}

export function invocationOf(env: World['env'], rehearsed = false): Invocation {
  // npm tells its children which of its commands runs them; npx is `npm exec`.
  return { program: env['npm_command'] === 'exec' ? 'npx devk8s' : 'devk8s', rehearsed }
}

/** A command to paste as this person can run it; those of other programs stay as they are. */
export function commandAs(command: string, { program, rehearsed }: Invocation): string {
  if (!command.startsWith('devk8s ')) return command
  const words = command.slice('devk8s '.length)
  if (!rehearsed || / (?:--rehearse|--help)(?: |$)/.test(command)) return `${program} ${words}`
  // What stands behind `--` is another program's.
  const [own, ...rest] = words.split(/ (?=-- )/)
  return [program, own, '--rehearse', ...rest].join(' ')
}

/** The event with its commands to paste as this person can run them. */
export function asInvoked<E extends EventBody>(event: E, invocation: Invocation): E {
  const isPlain = invocation.program === 'devk8s' && !invocation.rehearsed
  return isPlain ? event : (rewritten(event, invocation) as E)
}

/** An answer for programs with its commands to paste, which are all that stands in a list called `next`, likewise. */
export function answerAsInvoked(value: Json, invocation: Invocation): Json {
  if (isList(value)) return value.map((each) => answerAsInvoked(each, invocation))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, each]) => [
    key,
    key === 'next' && isList(each)
      ? each.map((line) => nextAs(line, invocation))
      : answerAsInvoked(each, invocation),
  ])
  return Object.fromEntries(entries) as Json
}

const nextAs = (line: Json, invocation: Invocation): Json =>
  typeof line === 'string' ? commandAs(line, invocation) : answerAsInvoked(line, invocation)

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

function rewritten(event: EventBody, invocation: Invocation): EventBody {
  const command = (text: string) => commandAs(text, invocation)
  const mended = (problem: Problem): Problem => ({ ...problem, next: problem.next.map(command) })
  switch (event.type) {
    case 'run.finished':
      return { ...event, next: event.next.map(command) }
    case 'problem':
      return { ...event, problem: mended(event.problem) }
    case 'step.finished':
      return event.problem === undefined ? event : { ...event, problem: mended(event.problem) }
    default:
      return event
  }
}
