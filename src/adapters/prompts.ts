import { stderr, stdin } from 'node:process'
import type { Emit } from '../ports/event.ts'
import type { Answer, Prompts, Question } from '../ports/prompts.ts'
import { fail } from '../problems/problem.ts'
import { cannotAsk } from '../problems/state.ts'

export interface TerminalOptions {
  /** `--yes`: consent to every confirmation, also of what destroys; a name to type still has to be typed. */
  readonly yes: boolean
  /** False for `--no-input` and for outputs that a program reads. */
  readonly input: boolean
  /** Whether a person sits at both ends: stdin to answer, stderr to read the question. */
  readonly isTTY: boolean
  readonly emit: Emit
  /** The command line as typed, to which the flag that answers is appended: `devk8s up`. */
  readonly typed?: string
  /** Called when Ctrl-C ended a prompt: the terminal is in raw mode then, so no SIGINT arrives. */
  readonly onInterrupt?: () => void
  /** Where the questions appear; stdout is for results. */
  readonly streams?: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream }
}

type By = 'person' | 'flag' | 'fallback'
type Streams = NonNullable<TerminalOptions['streams']>

/**
 * Questions on a terminal, by @inquirer/prompts, loaded with the first one. Without a terminal the fallback
 * answers, and where there is none the run stops with DK8010.
 * Each answer is told as an `asked` event with who gave it.
 */
export function terminalPrompts(options: TerminalOptions): Prompts {
  return {
    ask: async <Q extends Question>(question: Q, signal: AbortSignal): Promise<Answer<Q>> => {
      signal.throwIfAborted()
      const { answer, by } = withoutAsking(question, options) ?? (await askPerson(question, signal, options))
      const text = typeof answer === 'boolean' ? (answer ? 'yes' : 'no') : answer
      options.emit({ type: 'asked', question: question.id, answer: text, by })
      // `Answer` maps the kinds to what each branch above returns; TypeScript cannot follow a generic there.
      return answer as Answer<Q>
    },
  }
}

function withoutAsking(
  question: Question,
  { yes, input, isTTY, typed }: TerminalOptions,
): { readonly answer: boolean | string; readonly by: By } | undefined {
  if (yes && question.kind === 'confirm') return { answer: true, by: 'flag' }
  const canAsk = input && isTTY
  if (canAsk && !(yes && question.fallback !== undefined)) return undefined
  if (question.fallback !== undefined) return { answer: question.fallback, by: 'fallback' }
  const why = input ? 'there is no terminal' : '--no-input, or an output for programs, was asked for'
  fail(cannotAsk, {
    detail: `“${question.text}” cannot be asked: ${why}. ${question.flag} answers it.`,
    next: typed === undefined ? [] : [`${typed} ${question.flag}`],
    // What is at stake is shown before it can be agreed to, terminal or not.
    ...(question.details === undefined ? {} : { evidence: question.details }),
  })
}

async function askPerson(
  question: Question,
  signal: AbortSignal,
  { streams = { input: stdin, output: stderr }, onInterrupt }: TerminalOptions,
): Promise<{ readonly answer: boolean | string; readonly by: By }> {
  for (const line of question.details ?? []) streams.output.write(`  ${line}\n`)
  try {
    return { answer: await show(question, signal, streams), by: 'person' }
  } catch (error) {
    signal.throwIfAborted()
    // ExitPromptError is inquirer's name for Ctrl-C and for a terminal that went away.
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error
    onInterrupt?.()
    // The same reason as a SIGINT to the process leaves behind, so that whoever waits treats both alike.
    AbortSignal.abort('SIGINT').throwIfAborted()
    throw error
  }
}

async function show(question: Question, signal: AbortSignal, streams: Streams): Promise<boolean | string> {
  const { confirm, input, select } = await import('@inquirer/prompts')
  const context = { ...streams, signal }
  const message = question.text
  switch (question.kind) {
    case 'confirm':
      // Enter alone must never destroy anything.
      return confirm(
        { message, default: question.destructive === true ? false : (question.fallback ?? true) },
        context,
      )
    case 'select':
      return select(
        {
          message,
          choices: question.choices.map(({ value, label, hint }) => ({
            value,
            name: label,
            ...(hint === undefined ? {} : { description: hint }),
          })),
          ...(question.fallback === undefined ? {} : { default: question.fallback }),
        },
        context,
      )
    case 'input':
      return question.fallback === undefined
        ? input({ message, required: true }, context)
        : input({ message, default: question.fallback }, context)
    case 'type-name':
      return (await input({ message }, context)) === question.expected
  }
}
