import { stderr, stdin } from 'node:process'
import type { Emit } from '../ports/event.ts'
import type { Answer, Choice, Prompts, Question } from '../ports/prompts.ts'
import { Secret } from '../ports/secret.ts'
import { fail } from '../problems/problem.ts'
import { cannotAsk } from '../problems/state.ts'

export interface TerminalOptions {
  /**
   * `--yes`: consent to every confirmation, also of what destroys, but to none that only a person gives; a name to type
   * still has to be typed.
   */
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
    canAsk: options.input && options.isTTY,
    ask: async <Q extends Question>(question: Q, signal: AbortSignal): Promise<Answer<Q>> => {
      signal.throwIfAborted()
      const { answer, by } = withoutAsking(question, options) ?? (await askPerson(question, signal, options))
      options.emit({ type: 'asked', question: question.id, text: question.text, answer: toldAs(answer), by })
      // `Answer` maps the kinds to what each branch above returns; TypeScript cannot follow a generic there.
      return answer as Answer<Q>
    },
  }
}

interface Answered {
  readonly answer: boolean | string | Secret
  readonly by: By
}

/** What listeners hear of an answer: of a secret nothing. */
function toldAs(answer: Answered['answer']): string {
  if (answer instanceof Secret) return '***'
  return typeof answer === 'boolean' ? (answer ? 'yes' : 'no') : answer
}

function withoutAsking(
  question: Question,
  { yes, input, isTTY, typed }: TerminalOptions,
): Answered | undefined {
  if (yes && question.kind === 'confirm' && question.byPerson !== true) return { answer: true, by: 'flag' }
  const canAsk = input && isTTY
  if (canAsk && !(yes && question.fallback !== undefined)) return undefined
  if (question.fallback !== undefined) return { answer: question.fallback, by: 'fallback' }
  const why = input ? 'there is no terminal' : '--no-input, or an output for programs, was asked for'
  const isSecret = question.kind === 'secret'
  const wayOut = isSecret ? 'A secret is taken from a terminal only.' : `${question.flag} answers it.`
  fail(cannotAsk, {
    detail: `“${question.text}” cannot be asked: ${why}. ${wayOut}`,
    next: isSecret ? [question.flag] : typed === undefined ? [] : [withFlag(typed, question.flag)],
    // What is at stake is shown before it can be agreed to, terminal or not.
    ...(question.details === undefined ? {} : { evidence: question.details }),
  })
}

/** The line with one more flag; what stands behind `--` is another program's. */
function withFlag(typed: string, flag: string): string {
  const at = typed.indexOf(' -- ')
  return at === -1 ? `${typed} ${flag}` : `${typed.slice(0, at)} ${flag}${typed.slice(at)}`
}

async function askPerson(
  question: Question,
  signal: AbortSignal,
  { streams = { input: stdin, output: stderr }, onInterrupt }: TerminalOptions,
): Promise<Answered> {
  const { wrapDetail } = await import('./inquirer.ts')
  const { columns } = streams.output as { readonly columns?: number }
  for (const line of question.details ?? []) streams.output.write(`${wrapDetail(line, columns)}\n`)
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

async function show(question: Question, signal: AbortSignal, streams: Streams): Promise<Answered['answer']> {
  const { confirm, input, password, search, select } = await import('./inquirer.ts')
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
          choices: question.choices.map(asShown),
          ...(question.fallback === undefined ? {} : { default: question.fallback }),
        },
        context,
      )
    case 'search':
      return search(
        {
          message,
          source: (term = '') => matching(question.choices, term).map(asShown),
        },
        context,
      )
    case 'input':
      return question.fallback === undefined
        ? input({ message, required: true }, context)
        : input({ message, default: question.fallback }, context)
    case 'secret':
      return Secret.of(await password({ message, validate: formCheck(question) }, context))
    case 'type-name':
      // Whatever was typed was typed: a tick would say that it was right.
      return (
        (await input({ message, theme: { prefix: { idle: '?', done: '?' } } }, context)) === question.expected
      )
  }
}

const formCheck =
  ({ form }: Extract<Question, { kind: 'secret' }>) =>
  (text: string): true | string => {
    if (text === '') return 'Nothing was typed'
    return form === undefined || new RegExp(`^(?:${form.pattern})$`).test(text) || form.told
  }

const asShown = ({ value, label, hint }: Choice) => ({
  value,
  name: label,
  ...(hint === undefined ? {} : { description: hint }),
})

/** Those whose label holds every word that was typed. */
function matching(choices: readonly Choice[], term: string): readonly Choice[] {
  const words = term.toLowerCase().split(/\s+/)
  return choices.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)))
}
