// Problems of the DK9xxx family: what can only be a fault in devk8s itself.
import { problem } from './problem.ts'
import type { Problem, ProblemKind } from './problem.ts'

export const unexpectedError: ProblemKind = {
  code: 'DK9001',
  title: 'devk8s met an error that it does not know',
  exit: 70,
  hint: 'This is a fault in devk8s, not in your set-up. Running the command again is safe: it looks at what is there and does the rest. Report it with the lines shown and the journal file.',
}

export const changeWhileLooking: ProblemKind = {
  code: 'DK9002',
  title: 'A check tried to change something',
  exit: 70,
  hint: 'Checks only look. The change was stopped before it happened, so nothing is lost; please report it.',
}

export const brokenPlan: ProblemKind = {
  code: 'DK9003',
  title: 'The plan contradicts itself',
  exit: 70,
  hint: 'Steps name what they need, and these cannot be put in an order. Nothing was changed; please report it with the output of devk8s plan --json.',
}

/** Most lines of a stack that go into a report: enough to find the place, short enough to read. */
const stackLines = 12

/**
 * An error of unknown make as a problem: DK9001, exit 70. The message and stack go into `evidence` alone,
 * which writers pass through redaction.
 *
 * @param where what was being done, as a phrase: `checking "Cluster"`.
 */
export function bugProblem(error: unknown, where: string): Problem {
  const name = error instanceof Error ? error.name : typeof error
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return problem(unexpectedError, {
    detail: `${name} while ${where}.`,
    evidence: text.split('\n').slice(0, stackLines),
  })
}
