import type { EventBody } from './ports/event.ts'
import type { Problem } from './problems/problem.ts'
import type { World } from './world.ts'

/** How the person can run devk8s again: through npx when it was started so, since it is not on PATH then. */
export function invocationOf(env: World['env']): string {
  // npm tells its children which of its commands runs them; npx is `npm exec`.
  return env['npm_command'] === 'exec' ? 'npx devk8s' : 'devk8s'
}

/** The event with its commands to paste as this person can run them. */
export function asInvoked<E extends EventBody>(event: E, invocation: string): E {
  return invocation === 'devk8s' ? event : (rewritten(event, invocation) as E)
}

function rewritten(event: EventBody, invocation: string): EventBody {
  const command = (text: string) =>
    text.startsWith('devk8s ') ? `${invocation} ${text.slice('devk8s '.length)}` : text
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
